-- ARGV: provider, share, seconds of the shortest window that refuses this caller, slots a window, then limit and seconds
-- in turn. Takes one request from every window, or from none; answers the seconds to wait as text. A window slides: it is
-- a hash of slots, and only what is older than the whole window leaves it, so no stretch of that length ever holds more
-- than the limit, but for callers that it only counts.
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local share, binding, slots = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local wait, windows = 0, {}

-- How much of a limit this caller may use up; the summand keeps 0.8 of 10 at 8.
local function usable(limit)
  return math.floor(limit * share + 0.000001)
end

for i = 5, #ARGV, 2 do
  local seconds = tonumber(ARGV[i + 1])
  local width = seconds / slots
  local current = math.floor(now / width)
  local window = {key = 'ib:quota:' .. ARGV[1] .. ':' .. ARGV[i + 1], slot = current, seconds = seconds, width = width}
  local counts, used, gone = {}, 0, {}
  local fields = redis.call('HGETALL', window.key)
  for j = 1, #fields, 2 do
    local slot = tonumber(fields[j])
    -- Counted before the clock was set back: a whole window from now is enough.
    if slot > current then
      redis.call('HDEL', window.key, fields[j])
      redis.call('HINCRBY', window.key, current, fields[j + 1])
      slot = current
    end
    if slot < current - slots then
      gone[#gone + 1] = fields[j]
    else
      counts[#counts + 1] = {slot = slot, count = tonumber(fields[j + 1])}
      used = used + fields[j + 1]
    end
  end
  if #gone > 0 then redis.call('HDEL', window.key, unpack(gone)) end
  local excess = seconds >= binding and used + 1 - math.max(1, usable(ARGV[i])) or 0
  table.sort(counts, function(a, b) return a.slot < b.slot end)
  for _, one in ipairs(counts) do
    if excess <= 0 then break end
    excess = excess - one.count
    wait = math.max(wait, (one.slot + slots + 1) * width - now)
  end
  windows[#windows + 1] = window
end

-- What the provider itself said it still allows, and until when; its limit it said then, or in the day before.
local said = 'ib:quota:' .. ARGV[1] .. ':said'
local fields = redis.call('HMGET', said, 'remaining', 'reset_at', 'left')
local remaining, reset_at = tonumber(fields[1] or ''), tonumber(fields[2] or '')
-- More is left than there was when it said so: the clock was set back, and the provider is to say it again.
if remaining and reset_at - now > (tonumber(fields[3] or '') or 0) + 5 then remaining = nil end
if remaining and reset_at > now then
  local limit = tonumber(redis.call('GET', 'ib:quota:' .. ARGV[1] .. ':limit') or '') or 0
  if remaining <= limit - usable(limit) then wait = math.max(wait, reset_at - now) end
end
if wait > 0 then return string.format('%.6f', wait) end

for _, window in ipairs(windows) do
  redis.call('HINCRBY', window.key, window.slot, 1)
  redis.call('PEXPIRE', window.key, math.ceil((window.seconds + 2 * window.width) * 1000))
end
if remaining and reset_at > now then redis.call('HINCRBY', said, 'remaining', -1) end
return '0'
