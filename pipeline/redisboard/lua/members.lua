-- KEYS: members, when each was seen last. ARGV: microseconds after which one
-- that was not seen is not listed. Answers document, since, and seen of each.

local t = redis.call('TIME')
local from = string.format('%.0f', t[1] * 1000000 + t[2] - ARGV[1])
local out = {}
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. from, '+inf')) do
  local known = redis.call('HMGET', KEYS[1], name, name .. '\0since')
  table.insert(out, known[1])
  table.insert(out, known[2])
  table.insert(out, redis.call('ZSCORE', KEYS[2], name))
end
return out
