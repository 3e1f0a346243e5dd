-- ARGV: ids. A name that waits stays where it is.

for _, id in ipairs(ARGV) do
  if redis.call('HEXISTS', HELD, id) == 1 then
    redis.call('SADD', AGAIN, id)
  elseif redis.call('ZSCORE', DEAD, id) then
    revive(id)
  elseif not redis.call('ZSCORE', WAIT, id) then
    redis.call('ZADD', WAIT, text(rising('turn')), id)
    count('w', id, 1)
  end
end
return #ARGV
