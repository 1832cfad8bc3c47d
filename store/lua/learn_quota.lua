-- ARGV: provider, remaining, reset at (epoch seconds), limit ('' where it said none), longest seconds to believe.
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local left = math.min(ARGV[3] - now, tonumber(ARGV[5]))
local said = 'ib:quota:' .. ARGV[1] .. ':said'
if left <= 0 then return redis.call('DEL', said) end
redis.call('HSET', said, 'remaining', ARGV[2], 'reset_at', string.format('%.6f', now + left), 'limit', ARGV[4],
  'left', string.format('%.6f', left))
redis.call('PEXPIRE', said, math.ceil(left * 1000))
