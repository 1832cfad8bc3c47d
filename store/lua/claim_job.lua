-- ARGV: id, owner, lease milliseconds, most starts, most company. Answers, of a job that is ours to run, its two hashes,
-- when each of its parts was fetched last, the validators of its only part, how many parts of its provider are kept warm,
-- the limit that its provider said, its `company` (take_along.lua), and its provider's pause; or why it is not ours.
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local job = 'ib:job:' .. ARGV[1]
local state = redis.call('HGET', job, 'state')
if not state then return 'unknown' end
if state ~= 'queued' and state ~= 'running' then return 'ended' end
-- More than a lease is left only where the clock was set back and nobody has renewed it since.
local left = redis.call('PTTL', 'ib:lease:' .. ARGV[1])
if state == 'running' and left > 0 and left <= tonumber(ARGV[3]) then return 'running' end
if redis.call('HINCRBY', job, 'starts', 1) > tonumber(ARGV[4]) then return 'spent' end
redis.call('HSET', job, 'state', 'running', 'owner', ARGV[2], 'claimed_at', now)
redis.call('HSETNX', job, 'started_at', now)
redis.call('SET', 'ib:lease:' .. ARGV[1], ARGV[2], 'PX', ARGV[3])
local group = redis.call('HGET', job, 'group')
if group and redis.call('GET', 'ib:batch:' .. group) == ARGV[1] then redis.call('DEL', 'ib:batch:' .. group) end
local passed = redis.call('HGET', 'ib:queues:passed', redis.call('HGET', job, 'queue'))
local sent = redis.call('HGET', job, 'sent_at')
if not passed or tonumber(sent) > tonumber(passed) or tonumber(passed) > now + 5 then
  redis.call('HSET', 'ib:queues:passed', redis.call('HGET', job, 'queue'), sent)
end
local parts, landed = redis.call('HGETALL', job .. ':parts'), {}
for i = 1, #parts, 2 do landed[#landed + 1] = redis.call('HGET', 'ib:snapshot:' .. parts[i], 'fetched_at') end
local validators = #parts == 2 and redis.call('HGET', 'ib:snapshot:' .. parts[1], 'validators')
local provider = redis.call('HGET', job, 'provider')
local warmed = redis.call('ZCOUNT', 'ib:wanted:' .. provider, string.format('%.6f', now), '+inf')
local limit = redis.call('GET', 'ib:quota:' .. provider .. ':limit')
local pause = redis.call('GET', 'ib:pause:' .. provider)
return {redis.call('HGETALL', job), parts, landed, validators, warmed, limit, company, pause}
