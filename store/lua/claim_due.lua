-- ARGV: most keys, claim seconds. Takes what is due and puts it a claim ahead, so that any number of ticks may run:
-- a key comes back only if nobody has scheduled it meanwhile.
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local due = redis.call('ZRANGEBYSCORE', 'ib:due', '-inf', now, 'LIMIT', 0, ARGV[1])
for _, key in ipairs(due) do redis.call('ZADD', 'ib:due', now + ARGV[2], key) end
return due
