-- ARGV: user and generation in turn. A generation never falls: an older record that arrives late changes nothing.
for i = 1, #ARGV, 2 do
  local known = redis.call('HGET', 'ib:generations', 'user:' .. ARGV[i])
  if not known or tonumber(known) < tonumber(ARGV[i + 1]) then
    redis.call('HSET', 'ib:generations', 'user:' .. ARGV[i], ARGV[i + 1])
  end
end
