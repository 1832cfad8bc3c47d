-- ARGV: provider, remaining, reset at (epoch seconds), limit, each '' where it said none, longest seconds to believe.
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local quota = 'ib:quota:' .. ARGV[1]
if ARGV[4] ~= '' then redis.call('SET', quota .. ':limit', ARGV[4], 'EX', ARGV[5]) end
if ARGV[2] == '' or ARGV[3] == '' then return end
local left = math.min(ARGV[3] - now, tonumber(ARGV[5]))
local said = quota .. ':said'
if left <= 0 then return redis.call('DEL', said) end
redis.call('HSET', said, 'remaining', ARGV[2], 'reset_at', string.format('%.6f', now + left),
  'left', string.format('%.6f', left))
redis.call('PEXPIRE', said, math.ceil(left * 1000))
