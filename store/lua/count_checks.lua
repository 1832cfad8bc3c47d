-- ARGV: hour ('': the present one), hours kept, then part key and status in turn. Counts each check in its hour, drops
-- the hours that are over, answers the hour and the rest of each.
local hour = tonumber(ARGV[1]) or math.floor(redis.call('TIME')[1] / 3600)
local oldest = hour - ARGV[2] + 1
local answer = {hour}
for i = 3, #ARGV, 2 do
  local name = 'ib:history:' .. ARGV[i]
  redis.call('HINCRBY', name, string.format('%d', hour) .. ':' .. ARGV[i + 1], 1)
  local fields, kept = redis.call('HGETALL', name), {}
  for n = 1, #fields, 2 do
    if tonumber(string.match(fields[n], '^%d+')) < oldest then
      redis.call('HDEL', name, fields[n])
    else
      kept[#kept + 1] = fields[n]
      kept[#kept + 1] = fields[n + 1]
    end
  end
  redis.call('EXPIRE', name, (ARGV[2] + 1) * 3600)
  answer[#answer + 1] = kept
end
return answer
