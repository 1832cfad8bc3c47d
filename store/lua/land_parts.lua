-- ARGV: id, part keys. Ends the flights of parts that are done before the job is.
for i = 2, #ARGV do
  if redis.call('GET', 'ib:flight:' .. ARGV[i]) == ARGV[1] then redis.call('DEL', 'ib:flight:' .. ARGV[i]) end
  redis.call('PUBLISH', 'ib:landed', ARGV[i])
end
