-- ARGV: id, owner. Puts a running job back into its queue, as if it had not been started.
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local job = 'ib:job:' .. ARGV[1]
if redis.call('HGET', job, 'owner') ~= ARGV[2] or redis.call('HGET', job, 'state') ~= 'running' then return 0 end
redis.call('HINCRBY', job, 'starts', -1)
redis.call('HSET', job, 'state', 'queued', 'sent_at', now)
redis.call('ZADD', 'ib:jobs:open', now, ARGV[1])
redis.call('DEL', 'ib:lease:' .. ARGV[1])
return 1
