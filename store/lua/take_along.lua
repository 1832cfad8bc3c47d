-- Part of claim_job.lua, whose ARGV it reads: 1 is the id of the job whose message has come, 5 how many may be taken.
-- Answers the ids and request ids, in turn, of jobs that nobody has started or taken along yet,
-- of the same queue, the oldest first; none beside a job that was started before, since it may have killed its worker,
-- nor beside a batch of checks, which fills its process.
local taken = {}
local queue = redis.call('HGET', 'ib:job:' .. ARGV[1], 'queue')
local function fresh(id)
  local said = redis.call('HMGET', 'ib:job:' .. id, 'state', 'queue', 'claimed_at', 'taken')
  return said[1] == 'queued' and said[2] == queue and not said[3] and not said[4]
end
-- A part that flies with another job by now is fetched by that one.
local function flies(id)
  for _, key in ipairs(redis.call('HKEYS', 'ib:job:' .. id .. ':parts')) do
    if redis.call('GET', 'ib:flight:' .. key) ~= id then return false end
  end
  return true
end
if ARGV[5] == '0' or not queue or queue == 'checks' or not fresh(ARGV[1]) then return taken end
redis.call('HSET', 'ib:job:' .. ARGV[1], 'taken', 1)
-- Jobs of other queues and jobs that run stand in between.
for start = 0, 900, 100 do
  local page = redis.call('ZRANGE', 'ib:jobs:open', start, start + 99)
  for _, id in ipairs(page) do
    if #taken == 2 * tonumber(ARGV[5]) then return taken end
    if fresh(id) and flies(id) then
      redis.call('HSET', 'ib:job:' .. id, 'taken', 1)
      taken[#taken + 1] = id
      taken[#taken + 1] = redis.call('HGET', 'ib:job:' .. id, 'request_id')
    end
  end
  if #page < 100 then break end
end
return taken
