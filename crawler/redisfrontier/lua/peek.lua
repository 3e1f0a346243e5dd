-- How long until something of the shard is due, in microseconds, below zero if
-- it has been for so long; -1e15: nothing waits for time.
local e = redis.call('ZRANGE', KEYS[1] .. 'ready', 0, 0, 'WITHSCORES')
if not e[2] then return -1e15 end
local t = redis.call('TIME')
return tonumber(e[2]) - (t[1] * 1000000 + t[2])
