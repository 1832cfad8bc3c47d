-- ARGV: provider, problem as JSON, seconds. Writes `until problem`; of two pauses at once the longer stays.
local t = redis.call('TIME')
local ends = t[1] + t[2] / 1000000 + ARGV[3]
local name = 'ib:pause:' .. ARGV[1]
local before = redis.call('GET', name)
if before and tonumber(string.match(before, '^%S+')) > ends then return before end
local text = string.format('%.6f ', ends) .. ARGV[2]
redis.call('SET', name, text, 'PX', math.max(1, math.ceil(ARGV[3] * 1000)))
return text
