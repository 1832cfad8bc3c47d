-- ARGV: provider. Answers in turn the parts that are wanted and are refreshed otherwise than by the TTL, and the seconds.
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local found, wanted = {}, 'ib:wanted:' .. ARGV[1]
local all = redis.call('ZRANGE', 'ib:refresh:' .. ARGV[1], 0, -1, 'WITHSCORES')
for i = 1, #all, 2 do
  local ends = redis.call('ZSCORE', wanted, all[i])
  if ends and tonumber(ends) > now then
    found[#found + 1] = all[i]
    found[#found + 1] = all[i + 1]
  end
end
return found
