-- The buckets of the shard, and those that are no intset any more.
local out = {0}
for _, run in ipairs(call('SMEMBERS', P .. 'runs')) do
  for b = 0, math.max(num(call('HGET', P .. 'run:' .. run, 'sb')), 1) - 1 do
    local k = P .. 'seen:' .. run .. ':' .. string.format('%d', b)
    local e = call('EXISTS', k) == 1 and call('OBJECT', 'ENCODING', k)
    if e then out[1] = out[1] + 1 end
    if e and e ~= 'intset' then out[#out + 1] = k end
  end
end
return out
