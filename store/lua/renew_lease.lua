-- ARGV: id, owner, lease milliseconds. A lease that has run out (a frozen process, a Redis that was away) is taken up
-- again as long as nobody else has: only another owner loses a job for us.
local lease, job = 'ib:lease:' .. ARGV[1], 'ib:job:' .. ARGV[1]
local holder = redis.call('GET', lease)
if holder and holder ~= ARGV[2] then return 0 end
local said = redis.call('HMGET', job, 'state', 'owner')
if said[1] ~= 'running' or said[2] ~= ARGV[2] then return 0 end
redis.call('SET', lease, ARGV[2], 'PX', ARGV[3])
return 1
