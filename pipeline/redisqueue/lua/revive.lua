-- ARGV: ids of dead letters. Answers how many live again.

local n = 0
for _, id in ipairs(ARGV) do
  if redis.call('ZSCORE', DEAD, id) then
    revive(id)
    n = n + 1
  end
end
return n
