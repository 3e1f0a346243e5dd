-- Of each shard that is named how long until something of it is due, in
-- microseconds, below zero if it has been for so long; -1e15: nothing waits for
-- time.
local t = redis.call('TIME')
local now, out = t[1] * 1000000 + t[2], {}
for i = 1, #KEYS do
  local e = redis.call('ZRANGE', KEYS[i] .. 'ready', 0, 0, 'WITHSCORES')
  out[i] = e[2] and tonumber(e[2]) - now or -1e15
end
return out
