-- ARGV: provider, problem as JSON, seconds. Writes `until seconds problem`; of two pauses at once the one that lasts
-- longer stays, unless the clock was set back since it began.
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local ends, name = now + ARGV[3], 'ib:pause:' .. ARGV[1]
local before = redis.call('GET', name)
if before then
  local till, seconds = string.match(before, '^(%S+) (%S+)')
  if tonumber(till) > ends and till - seconds <= now + 5 then return before end
end
local text = string.format('%.6f %.6f ', ends, ARGV[3]) .. ARGV[2]
redis.call('SET', name, text, 'PX', math.max(1, math.ceil(ARGV[3] * 1000)))
return text
