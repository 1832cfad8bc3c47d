-- ARGV: name, window seconds, cost, limit ('': none). Counts in a window that begins with its first count.
-- Answers whether it was within the limit, the count, and the milliseconds left; what is refused is not counted.
local counter = 'ib:rate:' .. ARGV[1]
local used = tonumber(redis.call('GET', counter) or 0)
local allowed = ARGV[4] == '' or used + ARGV[3] <= tonumber(ARGV[4])
if allowed then used = redis.call('INCRBY', counter, ARGV[3]) end
local left = redis.call('PTTL', counter)
local window = math.ceil(ARGV[2] * 1000)
-- More than a window is left only where the clock was set back.
if (left < 0 or left > window) and used > 0 then
  left = window
  redis.call('PEXPIRE', counter, left)
end
return {allowed and 1 or 0, used, math.max(left, 0)}
