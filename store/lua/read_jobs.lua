-- ARGV: ids. Answers the two hashes of each job.
local answer = {}
for _, id in ipairs(ARGV) do
  answer[#answer + 1] = redis.call('HGETALL', 'ib:job:' .. id)
  answer[#answer + 1] = redis.call('HGETALL', 'ib:job:' .. id .. ':parts')
end
return answer
