-- ARGV: name, cost. Takes back what was counted, if its window is still open.
local counter = 'ib:rate:' .. ARGV[1]
local used = tonumber(redis.call('GET', counter) or 0)
if used > 0 then redis.call('DECRBY', counter, math.min(used, tonumber(ARGV[2]))) end
