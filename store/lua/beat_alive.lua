-- ARGV: part. Notes the time.
local t = redis.call('TIME')
redis.call('HSET', 'ib:alive', ARGV[1], string.format('%d.%06d', t[1], t[2]))
