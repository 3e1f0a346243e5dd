-- KEYS: members, when each was seen last. ARGV: name, its document,
-- microseconds after which one that was not seen is forgotten.

local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local function text(n) return string.format('%.0f', n) end
local gone = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', text(now - ARGV[3]), 'LIMIT', 0, 100)
for _, name in ipairs(gone) do
  redis.call('ZREM', KEYS[2], name)
  redis.call('HDEL', KEYS[1], name, name .. '\0since')
end
redis.call('ZADD', KEYS[2], text(now), ARGV[1])
redis.call('HSETNX', KEYS[1], ARGV[1] .. '\0since', text(now))
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
