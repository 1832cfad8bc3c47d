-- ARGV: loading's name. Marks the copy as loaded, unless either half was lost since this loading began.
local whole = redis.call('ZREM', 'ib:revoked', ARGV[1]) + redis.call('HDEL', 'ib:generations', ARGV[1]) == 2
if not whole then return 0 end
redis.call('ZADD', 'ib:revoked', '+inf', 'loaded')
redis.call('HSET', 'ib:generations', 'loaded', 1)
return 1
