-- Puts integers into the seen-set of a run; returns the places, in the list, of
-- those that are new and of those that were there. Buckets grow by linear
-- hashing: at any time those below the split stand at twice the modulus of the
-- others, and one is split whenever the average is above fill.
local function see(run, fill, ks)
  local rk, sk = P .. 'run:' .. run, P .. 'seen:' .. run .. ':'
  local buckets = math.max(num(call('HGET', rk, 'sb')), 1)
  local base = 1
  while base * 2 <= buckets do base = base * 2 end
  local by, order = {}, {}
  for x, k in ipairs(ks) do
    local hash = tonumber(string.sub(k, -9))
    local b = hash % (base * 2)
    if b >= buckets then b = hash % base end
    local l = by[b]
    if not l then
      l = {}
      by[b] = l
      order[#order + 1] = b
    end
    l[#l + 1] = x
  end
  local new, twice = {}, {}
  for _, b in ipairs(order) do
    local l, of = by[b], {}
    local k = sk .. string.format('%d', b)
    for y, x in ipairs(l) do of[y] = ks[x] end
    local there = call('SMISMEMBER', k, unpack(of))
    local put = {}
    for y, x in ipairs(l) do
      if there[y] == 0 then
        put[#put + 1] = of[y]
        new[#new + 1] = x
      else
        twice[#twice + 1] = x
      end
    end
    if #put > 0 then call('SADD', k, unpack(put)) end
  end
  table.sort(new)
  if #new > 0 and num(call('HINCRBY', rk, 'sn', #new)) > fill * buckets then
    local from, moved = sk .. string.format('%d', buckets - base), {}
    for _, m in ipairs(call('SMEMBERS', from)) do
      if tonumber(string.sub(m, -9)) % (base * 2) == buckets then moved[#moved + 1] = m end
    end
    for x = 1, #moved, 1000 do
      local last = math.min(x + 999, #moved)
      call('SREM', from, unpack(moved, x, last))
      call('SADD', sk .. string.format('%d', buckets), unpack(moved, x, last))
    end
    call('HSET', rk, 'sb', buckets + 1)
  end
  return new, twice
end
