-- ARGV: name, period seconds. Claims the present slot of a period, once over all callers.
local t = redis.call('TIME')
local name = 'ib:slot:' .. ARGV[1]
local slot = math.floor((t[1] + t[2] / 1000000) / ARGV[2])
local last = redis.call('GET', name)
-- A slot that lies far ahead was claimed before the clock was set back: waiting for it would stop all that is periodic.
if last and slot - last <= 0 and slot - last > -2 then return 0 end
redis.call('SET', name, string.format('%d', slot), 'PX', math.ceil(ARGV[2] * 2000))
return 1
