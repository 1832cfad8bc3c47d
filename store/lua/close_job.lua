-- ARGV: id, owner ('' whoever it is), state, error, attempts, ended seconds. Only the owner may end a running job.
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local job, parts = 'ib:job:' .. ARGV[1], 'ib:job:' .. ARGV[1] .. ':parts'
local state = redis.call('HGET', job, 'state')
local open = state == 'queued' or state == 'running'
if open and ARGV[2] ~= '' and redis.call('HGET', job, 'owner') ~= ARGV[2] then return 0 end
redis.call('ZREM', 'ib:jobs:open', ARGV[1])
if not open then return 0 end
redis.call('HSET', job, 'state', ARGV[3], 'finished_at', now, 'error', ARGV[4], 'attempts', ARGV[5])
redis.call('DEL', 'ib:lease:' .. ARGV[1])
local group = redis.call('HGET', job, 'group')
if group and redis.call('GET', 'ib:batch:' .. group) == ARGV[1] then redis.call('DEL', 'ib:batch:' .. group) end
for _, key in ipairs(redis.call('HKEYS', parts)) do
  if redis.call('GET', 'ib:flight:' .. key) == ARGV[1] then redis.call('DEL', 'ib:flight:' .. key) end
  redis.call('PUBLISH', 'ib:landed', key)
end
redis.call('EXPIRE', job, ARGV[6])
redis.call('EXPIRE', parts, ARGV[6])
return 1
