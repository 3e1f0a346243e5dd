-- ARGV: "give", what it is about and its words; "in force" and the version that
-- is known; or "given", a version and how many after it. Returns the newest
-- version, and words: each with its own version and moment before it.
local k = P .. 'orders'
if ARGV[1] == 'give' then
  local v = call('HINCRBY', P .. 'stat', 'orders', 1)
  local w = string.format('%.0f', v) .. '\0' .. string.format('%.0f', NOW) .. '\0' .. ARGV[3]
  call('HSET', k, ARGV[2], w)
  call('RPUSH', P .. 'given', w)
  return {v}
end
local v = num(call('HGET', P .. 'stat', 'orders'))
if ARGV[1] == 'given' then
  return {v, unpack(call('LRANGE', P .. 'given', num(ARGV[2]), num(ARGV[2]) + num(ARGV[3]) - 1))}
end
if v == num(ARGV[2]) then return {v} end
return {v, unpack(call('HVALS', k))}
