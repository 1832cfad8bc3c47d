-- ARGV: part key, body, etag, gzip, br, TTL seconds, validators, keep seconds, apart seconds. Writes a result and forgets the failures.
local t = redis.call('TIME')
local now = string.format('%d.%06d', t[1], t[2])
local snapshot = 'ib:snapshot:' .. ARGV[1]
redis.call('HSET', snapshot, 'body', ARGV[2], 'etag', ARGV[3], 'gzip', ARGV[4], 'br', ARGV[5], 'fetched_at', now,
  'ttl', ARGV[6], 'validators', ARGV[7], 'apart', ARGV[9])
redis.call('EXPIRE', snapshot, ARGV[8])
redis.call('DEL', 'ib:failure:' .. ARGV[1])
return now
