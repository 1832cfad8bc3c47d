-- ARGV: lane, token, limit, hold seconds. Takes a place for a while; those whose holders died are free again.
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local lane = 'ib:lane:' .. ARGV[1]
redis.call('ZREMRANGEBYSCORE', lane, '-inf', now)
-- No place is held for longer: these were taken before the clock was set back.
redis.call('ZREMRANGEBYSCORE', lane, now + ARGV[4] + 5, '+inf')
if redis.call('ZCARD', lane) >= tonumber(ARGV[3]) then return 0 end
redis.call('ZADD', lane, now + ARGV[4], ARGV[2])
local last = redis.call('ZRANGE', lane, -1, -1, 'WITHSCORES')
redis.call('PEXPIRE', lane, math.ceil((last[2] - now) * 1000))
return 1
