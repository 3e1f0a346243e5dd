-- KEYS: wishes, their order. ARGV: how many. Answers number and order of each.

local out = {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, ARGV[1] - 1)) do
  table.insert(out, id)
  table.insert(out, redis.call('HGET', KEYS[1], id))
end
return out
