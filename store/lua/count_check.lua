-- ARGV: part key, hour ('': the present one), status, hours kept. Counts a check in its hour, drops the hours that are
-- over, answers the hour and the rest.
local name = 'ib:history:' .. ARGV[1]
local hour = tonumber(ARGV[2]) or math.floor(redis.call('TIME')[1] / 3600)
local oldest = hour - ARGV[4] + 1
redis.call('HINCRBY', name, string.format('%d', hour) .. ':' .. ARGV[3], 1)
local answer = {hour}
local fields = redis.call('HGETALL', name)
for i = 1, #fields, 2 do
  if tonumber(string.match(fields[i], '^%d+')) < oldest then
    redis.call('HDEL', name, fields[i])
  else
    answer[#answer + 1] = fields[i]
    answer[#answer + 1] = fields[i + 1]
  end
end
redis.call('EXPIRE', name, (ARGV[4] + 1) * 3600)
return answer
