-- ARGV: provider. Answers how many of its parts are kept warm.
local t = redis.call('TIME')
return redis.call('ZCOUNT', 'ib:wanted:' .. ARGV[1], string.format('%.6f', t[1] + t[2] / 1000000), '+inf')
