-- ARGV: the bucket's field, the sum's field, seconds. Adds one duration to a histogram.
redis.call('HINCRBY', 'ib:metrics', ARGV[1], 1)
redis.call('HINCRBYFLOAT', 'ib:metrics', ARGV[2], ARGV[3])
