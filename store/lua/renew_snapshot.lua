-- ARGV: part key, TTL seconds, keep seconds, apart seconds. The upstream said that what we have is current; 0 when we have nothing.
local t = redis.call('TIME')
local snapshot = 'ib:snapshot:' .. ARGV[1]
if redis.call('HEXISTS', snapshot, 'body') == 0 then return 0 end
redis.call('HSET', snapshot, 'fetched_at', string.format('%d.%06d', t[1], t[2]), 'ttl', ARGV[2], 'apart', ARGV[4])
redis.call('EXPIRE', snapshot, ARGV[3])
redis.call('DEL', 'ib:failure:' .. ARGV[1])
return 1
