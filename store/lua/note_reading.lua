-- ARGV: provider, seconds that a reading keeps a part warm, seconds that a part is known, then key and params in turn.
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local ends = string.format('%.6f', now + ARGV[2])
for i = 4, #ARGV, 2 do
  local want = 'ib:want:' .. ARGV[i]
  redis.call('HSET', want, 'provider', ARGV[1], 'part', ARGV[i + 1], 'read_until', ends)
  redis.call('EXPIRE', want, ARGV[3])
  redis.call('ZADD', 'ib:wanted:' .. ARGV[1], 'GT', ends, ARGV[i])
  -- Only the first sight makes a part due; from then on each fetch sets its own next time.
  redis.call('ZADD', 'ib:due', 'NX', string.format('%.6f', now + 1), ARGV[i])
end
return 1
