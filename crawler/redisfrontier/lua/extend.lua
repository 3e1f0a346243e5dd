-- ARGV: ttl, then group, fence and run each. Returns of each whether it is held.
local ttl = num(ARGV[1])
local out = {}
for i = 2, #ARGV, 3 do
  local j = job(ARGV[i])
  local ok = j and j.fence == ARGV[i + 1] and j.run == ARGV[i + 2] and num(call('ZSCORE', P .. 'lease', ARGV[i])) > NOW
  if ok then call('ZADD', P .. 'lease', NOW + ttl, ARGV[i]) end
  out[#out + 1] = ok and 1 or 0
end
return out
