-- KEYS: wishes, their order, counter. ARGV: order, most that may wait.
-- Answers the number of the wish, or 0 where too many wait.

if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[2]) then return 0 end
local t = redis.call('TIME')
local id = math.max(t[1] * 1000000 + t[2], (tonumber(redis.call('GET', KEYS[3])) or 0) + 1)
id = string.format('%.0f', id)
redis.call('SET', KEYS[3], id)
redis.call('HSET', KEYS[1], id, ARGV[1])
redis.call('ZADD', KEYS[2], id, id)
return id
