-- ARGV: id, fence, verdict, microseconds to wait, attempts to remember,
-- reason. Answers 1; 0 where the name is gone; -1 where the lease is
-- another's or has been settled.

local id, verdict = ARGV[1], ARGV[3]
local fence = redis.call('HGET', HELD, id)
if fence ~= ARGV[2] then
  if fence or redis.call('ZSCORE', WAIT, id) or redis.call('ZSCORE', DEAD, id) then return -1 end
  return 0
end
local again = redis.call('SISMEMBER', AGAIN, id) == 1
leave(id)
if again and (verdict == 'done' or verdict == 'dead') then
  wait(id, rising('turn'), 0)
elseif verdict == 'done' then
  redis.call('HDEL', HELD, id)
  redis.call('HDEL', TRIES, id)
elseif verdict == 'dead' then
  bury(id, ARGV[5], ARGV[6])
else
  wait(id, tonumber(ARGV[4]) > 0 and now + ARGV[4] or rising('turn'), tonumber(ARGV[5]))
end
return 1
