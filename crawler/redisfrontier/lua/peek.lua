-- How long until something of the shard is due, in microseconds, below zero if
-- it has been for so long; -1e15: nothing waits for time.
local P, call = KEYS[1], redis.call
local t, at = call('TIME'), nil
for _, k in ipairs({'ready', 'later'}) do
  local e = call('ZRANGE', P .. k, 0, 0, 'WITHSCORES')
  if e[2] and (not at or tonumber(e[2]) < at) then at = tonumber(e[2]) end
end
if not at then return -1e15 end
return at - (t[1] * 1000000 + t[2])
