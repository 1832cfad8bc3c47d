-- ARGV: most keys, claim seconds. Takes what is due and puts it a claim ahead, so that any number of ticks may run:
-- a key comes back only if nobody has scheduled it meanwhile.
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
-- A clock that was set back takes what is due with it, or nothing would be for as long.
local back = (redis.call('GET', 'ib:due:seen') or now) - now
if back > 5 then
  local all = redis.call('ZRANGE', 'ib:due', 0, -1, 'WITHSCORES')
  for i = 1, #all, 2 do redis.call('ZADD', 'ib:due', all[i + 1] - back, all[i]) end
end
redis.call('SET', 'ib:due:seen', string.format('%.6f', now))
local due = redis.call('ZRANGEBYSCORE', 'ib:due', '-inf', now, 'LIMIT', 0, ARGV[1])
for _, key in ipairs(due) do redis.call('ZADD', 'ib:due', now + ARGV[2], key) end
return due
