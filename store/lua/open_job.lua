-- ARGV: new id, provider, group, batch, queue, request id, line, open seconds, since, then part key and params in turn.
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local id, group, queue = ARGV[1], ARGV[3], ARGV[5]
local answer, missing, send = {}, {}, {}
-- What landed after the asker last looked is there to be read: a flight that has just ended must not be flown again.
local function landed(key)
  local fetched = redis.call('HGET', 'ib:snapshot:' .. key, 'fetched_at')
  -- The upstream has said how often it wants to be asked at most (X-Poll-Interval).
  if fetched and redis.call('EXISTS', 'ib:rest:' .. key) == 1 then return true end
  local failure = redis.call('GET', 'ib:failure:' .. key)
  local failed = failure and string.match(failure, '^%S+ (%S+)')
  return math.max(tonumber(fetched or 0), tonumber(failed or 0)) > tonumber(ARGV[9])
end
-- The state of a job that can still be worked on; one half of which was evicted is as good as ended.
local function alive(job)
  local state = redis.call('HGET', 'ib:job:' .. job, 'state')
  local open = state == 'queued' or state == 'running'
  return open and redis.call('EXISTS', 'ib:job:' .. job .. ':parts') == 1 and state
end
-- A reader does not wait behind warming, nor live on its share: the job becomes the reader's, and its message is
-- doubled into the reader's queue; the second start ends at once.
local function promote(job)
  if queue ~= 'interactive' or redis.call('HGET', 'ib:job:' .. job, 'queue') ~= 'fetch' then return end
  redis.call('HSET', 'ib:job:' .. job, 'queue', queue, 'request_id', ARGV[6])
  send[#send + 1] = job
end
for i = 10, #ARGV, 2 do
  local flight = redis.call('GET', 'ib:flight:' .. ARGV[i])
  local state = flight and alive(flight)
  if state then
    answer[#answer + 1] = ARGV[i]; answer[#answer + 1] = flight
    if state == 'queued' then promote(flight) end
  elseif not landed(ARGV[i]) then
    missing[#missing + 1] = i
  end
end
if #missing > 0 then
  local target
  local waiting = group ~= '' and redis.call('GET', 'ib:batch:' .. group)
  if waiting and alive(waiting) == 'queued'
      and redis.call('HLEN', 'ib:job:' .. waiting .. ':parts') + #missing <= tonumber(ARGV[4]) then
    target = waiting
    promote(waiting)
  else
    target = id
    redis.call('HSET', 'ib:job:' .. id, 'id', id, 'provider', ARGV[2], 'state', 'queued', 'queue', queue,
      'enqueued_at', now, 'sent_at', now, 'starts', 0, 'resends', 0, 'attempts', 0,
      'request_id', ARGV[6], 'line', ARGV[7])
    redis.call('ZADD', 'ib:jobs:open', now, id)
    if group ~= '' then redis.call('SET', 'ib:batch:' .. group, id, 'EX', ARGV[8]); redis.call('HSET', 'ib:job:' .. id, 'group', group) end
    send[#send + 1] = id
  end
  for _, i in ipairs(missing) do
    redis.call('HSET', 'ib:job:' .. target .. ':parts', ARGV[i], ARGV[i + 1])
    redis.call('SET', 'ib:flight:' .. ARGV[i], target, 'EX', ARGV[8])
    answer[#answer + 1] = ARGV[i]; answer[#answer + 1] = target
  end
  redis.call('EXPIRE', 'ib:job:' .. target, ARGV[8])
  redis.call('EXPIRE', 'ib:job:' .. target .. ':parts', ARGV[8])
end
return {answer, send}
