-- ARGV[6]: how many parts, then each part's key and the ETag of the body that the reader holds, or * where none is
-- wanted; then provider names.
-- Everything a reader must know of parts, in one answer; a body that the reader holds already is not sent again.
local t = redis.call('TIME')
local parts = tonumber(ARGV[6])
local answer = {verdict, t[1], t[2], parts}
for i = 7, 6 + 2 * parts, 2 do
  local key = ARGV[i]
  local snapshot = 'ib:snapshot:' .. key
  local told = redis.call('HMGET', snapshot, 'etag', 'fetched_at', 'ttl', 'apart')
  local bodies = {false, false, false}
  if ARGV[i + 1] == '*' then
    bodies = {'', '', ''}
  elseif told[1] and told[1] ~= ARGV[i + 1] then
    bodies = redis.call('HMGET', snapshot, 'body', 'gzip', 'br')
  end
  answer[#answer + 1] = redis.call('GET', 'ib:flight:' .. key)
  answer[#answer + 1] = redis.call('GET', 'ib:failure:' .. key)
  for n = 1, 4 do answer[#answer + 1] = told[n] end
  for n = 1, 3 do answer[#answer + 1] = bodies[n] end
end
for i = 7 + 2 * parts, #ARGV do answer[#answer + 1] = redis.call('GET', 'ib:pause:' .. ARGV[i]) end
return answer
