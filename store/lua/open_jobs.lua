-- ARGV: provider, most parts of a job, queue, request id, open seconds, since, then of each batch: new id, group, line, how
-- many parts, then part key and params in turn. Answers part key and job id in turn, then the id and line of each job
-- whose message has to be sent.
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local provider, most, queue, request, open_s, since = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
local answer, send = {}, {}
-- The upstream has said for how long it wants to be left alone (X-Poll-Interval), in milliseconds; more than that is
-- left only where the clock was set back.
local function resting(key)
  local rest = redis.call('GET', 'ib:rest:' .. key)
  return rest and redis.call('PTTL', 'ib:rest:' .. key) <= tonumber(rest)
end
-- What landed after the asker last looked is there to be read: a flight that has just ended must not be flown again.
local function landed(key)
  local fetched = redis.call('HGET', 'ib:snapshot:' .. key, 'fetched_at')
  if fetched and resting(key) then return true end
  local failure = redis.call('GET', 'ib:failure:' .. key)
  local failed = failure and string.match(failure, '^%S+ (%S+)')
  -- What lies ahead is from before the clock was set back: that it is newer means nothing.
  local function newer(at) return at and tonumber(at) > since and tonumber(at) <= now + 5 end
  return newer(fetched) or newer(failed)
end
-- The state of a job that can still be worked on; one half of which was evicted is as good as ended.
local function alive(job)
  local state = redis.call('HGET', 'ib:job:' .. job, 'state')
  local open = state == 'queued' or state == 'running'
  return open and redis.call('EXISTS', 'ib:job:' .. job .. ':parts') == 1 and state
end
-- A reader does not wait behind warming, nor live on its share: the job becomes the reader's, and its message is
-- doubled into the reader's queue; the second start ends at once.
local function promote(job, line)
  if queue ~= 'interactive' or redis.call('HGET', 'ib:job:' .. job, 'queue') ~= 'fetch' then return end
  redis.call('HSET', 'ib:job:' .. job, 'queue', queue, 'request_id', request)
  send[#send + 1] = job
  send[#send + 1] = line
end
-- A waiting job of a group takes parts along. One that a part has landed after would count that part as done.
local function may_join(waiting, missing)
  if alive(waiting) ~= 'queued' then return false end
  local asked = tonumber(redis.call('HGET', 'ib:job:' .. waiting, 'enqueued_at'))
  for _, i in ipairs(missing) do
    local fetched = tonumber(redis.call('HGET', 'ib:snapshot:' .. ARGV[i], 'fetched_at') or '')
    if fetched and fetched >= asked and fetched <= now + 5 then return false end
  end
  return redis.call('HLEN', 'ib:job:' .. waiting .. ':parts') + #missing <= most
end
local function open(id, group, line, first, last)
  local missing = {}
  for i = first, last, 2 do
    local flight = redis.call('GET', 'ib:flight:' .. ARGV[i])
    local state = flight and alive(flight)
    if state then
      answer[#answer + 1] = ARGV[i]; answer[#answer + 1] = flight
      if state == 'queued' then promote(flight, line) end
    elseif not landed(ARGV[i]) then
      missing[#missing + 1] = i
    end
  end
  if #missing == 0 then return end
  local target
  local waiting = group ~= '' and redis.call('GET', 'ib:batch:' .. group)
  if waiting and may_join(waiting, missing) then
    target = waiting
    promote(waiting, line)
  else
    target = id
    -- Without a TTL until it ends: a Redis that is full would drop first what has waited longest.
    redis.call('HSET', 'ib:job:' .. id, 'id', id, 'provider', provider, 'state', 'queued', 'queue', queue,
      'enqueued_at', now, 'sent_at', now, 'starts', 0, 'resends', 0, 'attempts', 0,
      'request_id', request, 'line', line)
    redis.call('ZADD', 'ib:jobs:open', now, id)
    if group ~= '' then
      redis.call('SET', 'ib:batch:' .. group, id, 'EX', open_s)
      redis.call('HSET', 'ib:job:' .. id, 'group', group)
    end
    send[#send + 1] = id
    send[#send + 1] = line
  end
  for _, i in ipairs(missing) do
    redis.call('HSET', 'ib:job:' .. target .. ':parts', ARGV[i], ARGV[i + 1])
    redis.call('SET', 'ib:flight:' .. ARGV[i], target, 'EX', open_s)
    answer[#answer + 1] = ARGV[i]; answer[#answer + 1] = target
  end
end
local at = 7
while ARGV[at] do
  local last = at + 3 + 2 * tonumber(ARGV[at + 3])
  -- Two providers may call their groups the same.
  local group = ARGV[at + 1] ~= '' and provider .. ':' .. ARGV[at + 1] or ''
  open(ARGV[at], group, ARGV[at + 2], at + 4, last)
  at = last + 1
end
return {answer, send}
