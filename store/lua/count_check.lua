-- ARGV: part key, hour, status, hours kept. Counts a check in its hour, drops the hours that are over, answers the rest.
local name = 'ib:history:' .. ARGV[1]
local oldest = ARGV[2] - ARGV[4] + 1
redis.call('HINCRBY', name, ARGV[2] .. ':' .. ARGV[3], 1)
local answer = {}
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
