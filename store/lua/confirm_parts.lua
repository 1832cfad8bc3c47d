-- ARGV[6] on: each part's key, the ETag and the time of fetching that the reader knows, then provider names after an
-- empty word. Answers the time, and 1 when all of that still holds and nothing has failed, is fetched or paused since.
local t = redis.call('TIME')
local outdated = {verdict, t[1], t[2], 0}
local place = 6
while ARGV[place] ~= '' do
  local told = redis.call('HMGET', 'ib:snapshot:' .. ARGV[place], 'etag', 'fetched_at')
  if told[1] ~= ARGV[place + 1] or tonumber(told[2]) ~= tonumber(ARGV[place + 2]) then return outdated end
  -- What lies ahead is from before the clock was set back: how old it is is not known.
  if tonumber(told[2]) > tonumber(t[1]) + 5 then return outdated end
  if redis.call('EXISTS', 'ib:failure:' .. ARGV[place], 'ib:flight:' .. ARGV[place]) > 0 then return outdated end
  place = place + 3
end
for i = place + 1, #ARGV do
  if redis.call('EXISTS', 'ib:pause:' .. ARGV[i]) == 1 then return outdated end
end
return {verdict, t[1], t[2], 1}
