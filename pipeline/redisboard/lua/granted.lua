-- KEYS: wishes, their order. ARGV: number. Answers 1, or 0 where it was gone.

redis.call('HDEL', KEYS[1], ARGV[1])
return redis.call('ZREM', KEYS[2], ARGV[1])
