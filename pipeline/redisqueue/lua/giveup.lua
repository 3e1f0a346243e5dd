-- ARGV: why, then ids. What waits or is leased is a dead letter from now on;
-- whoever holds a lease of it has lost it. Answers how many.

local n = 0
for i = 2, #ARGV do
  local id = ARGV[i]
  if redis.call('ZSCORE', WAIT, id) or redis.call('ZSCORE', LEASE, id) then
    leave(id)
    bury(id, redis.call('HGET', TRIES, id) or '0', ARGV[1])
    n = n + 1
  end
end
return n
