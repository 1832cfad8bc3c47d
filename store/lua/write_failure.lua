-- ARGV: part key, problem as JSON, seconds to keep ('': first seconds, doubling up to most), first, most, remembered.
-- Writes `count failed_at next_try_at problem`; the problem's text is not ours and is not parsed here.
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local name = 'ib:failure:' .. ARGV[1]
local before = redis.call('GET', name)
local count = (before and tonumber(string.match(before, '^%d+')) or 0) + 1
local wait = tonumber(ARGV[3]) or math.min(tonumber(ARGV[4]) * 2 ^ math.min(count - 1, 30), tonumber(ARGV[5]))
local text = string.format('%d %.6f %.6f ', count, now, now + wait) .. ARGV[2]
redis.call('SET', name, text, 'PX', math.ceil((wait + ARGV[6]) * 1000))
return text
