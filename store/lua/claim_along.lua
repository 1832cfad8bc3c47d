-- ARGV: provider, seconds ahead, claim seconds. Takes the provider's keys that are due soon, as claim_due.lua does.
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local taken = {}
for _, key in ipairs(redis.call('ZRANGE', 'ib:wanted:' .. ARGV[1], 0, -1)) do
  local due = redis.call('ZSCORE', 'ib:due', key)
  if due and tonumber(due) <= now + ARGV[2] then
    redis.call('ZADD', 'ib:due', now + ARGV[3], key)
    taken[#taken + 1] = key
  end
end
return taken
