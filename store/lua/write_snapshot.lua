-- ARGV: part key, body, etag, gzip, TTL seconds, validators, keep seconds, apart seconds. Writes a result and forgets the failures.
local t = redis.call('TIME')
local now = string.format('%d.%06d', t[1], t[2])
local snapshot = 'ib:snapshot:' .. ARGV[1]
redis.call('HSET', snapshot, 'body', ARGV[2], 'etag', ARGV[3], 'gzip', ARGV[4], 'fetched_at', now, 'ttl', ARGV[5],
  'validators', ARGV[6], 'apart', ARGV[8])
redis.call('EXPIRE', snapshot, ARGV[7])
redis.call('DEL', 'ib:failure:' .. ARGV[1])
return now
