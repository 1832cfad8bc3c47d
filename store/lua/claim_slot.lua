-- ARGV: name, period seconds. Claims the present slot of a period, once over all callers.
local t = redis.call('TIME')
local name = 'ib:slot:' .. ARGV[1]
local slot = math.floor((t[1] + t[2] / 1000000) / ARGV[2])
local last = redis.call('GET', name)
if last and tonumber(last) >= slot then return 0 end
redis.call('SET', name, string.format('%d', slot), 'PX', math.ceil(ARGV[2] * 2000))
return 1
