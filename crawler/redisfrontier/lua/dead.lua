-- ARGV: run, lower bound, limit. A page of dead letters of this shard: order
-- and what is kept of each.
local ks = call('ZRANGEBYSCORE', P .. 'dead:' .. ARGV[1], ARGV[2], '+inf', 'WITHSCORES', 'LIMIT', 0, num(ARGV[3]))
local out = {}
for i = 1, #ks, 2 do
  out[#out + 1] = ks[i + 1]
  out[#out + 1] = call('HGET', P .. 'end:' .. ARGV[1], ks[i]) or ''
end
return out
