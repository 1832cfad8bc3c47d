-- ARGV: user, jti, generation, limit, requests let in before that were not counted yet. Admits a request by the copy of
-- the revocations, and counts it in the user's minute. Each half of the copy carries its own mark of being loaded, so
-- that losing either is seen.
local user, counter = ARGV[1], 'ib:rate:user:' .. ARGV[1]
local limit = tonumber(ARGV[4])
if not redis.call('ZSCORE', 'ib:revoked', 'loaded') then return {'unloaded', limit, 0} end
if redis.call('HEXISTS', 'ib:generations', 'loaded') == 0 then return {'unloaded', limit, 0} end
if redis.call('ZSCORE', 'ib:revoked', 'jti:' .. ARGV[2]) then return {'revoked', limit, 0} end
local generation = redis.call('HGET', 'ib:generations', 'user:' .. user)
if generation and tonumber(ARGV[3]) < tonumber(generation) then return {'revoked', limit, 0} end
local used = tonumber(redis.call('GET', counter) or 0)
if used < limit then used = redis.call('INCRBY', counter, 1 + ARGV[5]) else used = limit + 1 end
local left = redis.call('PTTL', counter)
if left < 0 or left > 60000 then
  left = 60000
  redis.call('PEXPIRE', counter, left)
end
if used > limit then return {'limited', 0, left} end
return {'admitted', limit - used, left}
