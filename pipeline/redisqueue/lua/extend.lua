-- ARGV: microseconds of a lease, then id and fence of each. Answers 0,
-- or the place of the first that is lost, and then extends none.

for i = 2, #ARGV, 2 do
  if redis.call('HGET', HELD, ARGV[i]) ~= ARGV[i + 1] then return i / 2 end
end
for i = 2, #ARGV, 2 do
  leave(ARGV[i])
  redis.call('ZADD', LEASE, text(now + ARGV[1]), ARGV[i])
  count('l', ARGV[i], 1)
end
return 0
