-- ARGV: nothing for all, else the group after a NUL.

reap(1000)
return redis.call('HMGET', N, 'w' .. ARGV[1], 'l' .. ARGV[1], 'd' .. ARGV[1])
