-- ARGV: id, most resends. Claims the right to send an open job's message again: 1, or 0 where it was sent too often,
-- or -1 where the job has ended meanwhile.
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local job = 'ib:job:' .. ARGV[1]
local state = redis.call('HGET', job, 'state')
if state ~= 'queued' and state ~= 'running' then
  redis.call('ZREM', 'ib:jobs:open', ARGV[1])
  return -1
end
if redis.call('HINCRBY', job, 'resends', 1) > tonumber(ARGV[2]) then return 0 end
redis.call('HSET', job, 'sent_at', now)
redis.call('ZADD', 'ib:jobs:open', now, ARGV[1])
return 1
