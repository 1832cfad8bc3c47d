-- ARGV: id, most resends. Claims the right to send a job's message again, so that two reapers do not both send it.
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local job = 'ib:job:' .. ARGV[1]
if redis.call('HINCRBY', job, 'resends', 1) > tonumber(ARGV[2]) then return 0 end
redis.call('HSET', job, 'sent_at', now)
redis.call('ZADD', 'ib:jobs:open', now, ARGV[1])
return 1
