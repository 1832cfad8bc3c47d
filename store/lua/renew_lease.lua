-- ARGV: id, owner, lease milliseconds.
if redis.call('GET', 'ib:lease:' .. ARGV[1]) ~= ARGV[2] then return 0 end
return redis.call('PEXPIRE', 'ib:lease:' .. ARGV[1], ARGV[3])
