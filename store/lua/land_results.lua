-- ARGV: job id, part key, body, etag, gzip, br, TTL seconds, validators, keep seconds, apart seconds, rest milliseconds,
-- run as JSON with a place for its time, runs kept, seconds runs are kept, the counter's field.
-- Everything that a good result leaves behind, in one step; answers its time and what is wanted of the part.
local t = redis.call('TIME')
local now = string.format('%d.%06d', t[1], t[2])
local key = ARGV[2]
local snapshot, runs = 'ib:snapshot:' .. key, 'ib:runs:' .. key
redis.call('HSET', snapshot, 'body', ARGV[3], 'etag', ARGV[4], 'gzip', ARGV[5], 'br', ARGV[6], 'fetched_at', now,
  'ttl', ARGV[7], 'validators', ARGV[8], 'apart', ARGV[10])
redis.call('EXPIRE', snapshot, ARGV[9])
redis.call('DEL', 'ib:failure:' .. key)
if tonumber(ARGV[11]) > 0 then redis.call('SET', 'ib:rest:' .. key, ARGV[11], 'PX', ARGV[11]) end
local run = string.gsub(ARGV[12], '"at": null', function() return '"at": ' .. now end, 1)
redis.call('LPUSH', runs, run)
redis.call('LTRIM', runs, 0, ARGV[13] - 1)
redis.call('EXPIRE', runs, ARGV[14])
redis.call('HINCRBYFLOAT', 'ib:metrics', ARGV[15], 1)
local flight = 'ib:flight:' .. key
if redis.call('GET', flight) == ARGV[1] then redis.call('DEL', flight) end
redis.call('PUBLISH', 'ib:landed', key)
return {now, redis.call('HGETALL', 'ib:want:' .. key)}
