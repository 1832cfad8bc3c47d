-- ARGV: seconds after which a part is forgotten. Answers part and age in turn.
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local answer = {}
local fields = redis.call('HGETALL', 'ib:alive')
for i = 1, #fields, 2 do
  -- What lies ahead was noted before the clock was set back: how long ago is not known, and the living note it anew.
  local age = math.abs(now - fields[i + 1])
  if age > tonumber(ARGV[1]) then
    redis.call('HDEL', 'ib:alive', fields[i])
  else
    answer[#answer + 1] = fields[i]
    answer[#answer + 1] = string.format('%.6f', age)
  end
end
return answer
