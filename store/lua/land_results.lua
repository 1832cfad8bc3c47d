-- ARGV: job id, owner, rest milliseconds, run as JSON with a place for its time, runs kept, seconds runs are kept, the
-- counter's field, then for each part its key, body, etag, gzip, br, TTL seconds, validators, keep seconds, apart seconds.
-- Everything that good results leave behind, in one step; answers its time and what is wanted of each part, or why
-- Redis refused a part, which takes no other along. Answers nothing where the job is somebody else's by now: whoever
-- was frozen meanwhile has older results than they seem. Of a job that was lost with an emptied Redis they are taken.
local job = 'ib:job:' .. ARGV[1]
local state = redis.call('HGET', job, 'state')
if state and (state ~= 'running' or redis.call('HGET', job, 'owner') ~= ARGV[2]) then return {} end
local t = redis.call('TIME')
local now = string.format('%d.%06d', t[1], t[2])
local run = string.gsub(ARGV[4], '"at": null', function() return '"at": ' .. now end, 1)
local function land(i)
  local key = ARGV[i]
  local snapshot, runs, flight = 'ib:snapshot:' .. key, 'ib:runs:' .. key, 'ib:flight:' .. key
  redis.call('HSET', snapshot, 'body', ARGV[i + 1], 'etag', ARGV[i + 2], 'gzip', ARGV[i + 3], 'br', ARGV[i + 4],
    'fetched_at', now, 'ttl', ARGV[i + 5], 'validators', ARGV[i + 6], 'apart', ARGV[i + 8])
  redis.call('EXPIRE', snapshot, ARGV[i + 7])
  redis.call('DEL', 'ib:failure:' .. key)
  if tonumber(ARGV[3]) > 0 then redis.call('SET', 'ib:rest:' .. key, ARGV[3], 'PX', ARGV[3]) end
  redis.call('LPUSH', runs, run)
  redis.call('LTRIM', runs, 0, ARGV[5] - 1)
  redis.call('EXPIRE', runs, ARGV[6])
  redis.call('HINCRBYFLOAT', 'ib:metrics', ARGV[7], 1)
  if redis.call('GET', flight) == ARGV[1] then redis.call('DEL', flight) end
  redis.call('PUBLISH', 'ib:landed', key)
  return redis.call('HGETALL', 'ib:want:' .. key)
end
local answer = {now}
for i = 8, #ARGV, 9 do
  local landed, wanted = pcall(land, i)
  answer[#answer + 1] = landed and wanted or (type(wanted) == 'table' and wanted.err or tostring(wanted))
end
return answer
