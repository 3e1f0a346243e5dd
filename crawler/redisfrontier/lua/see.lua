-- Puts integers, ARGV from first to last, into the seen-set of a run; returns
-- a table of the places of those that were there, or nil if all are new.
-- Buckets grow by linear hashing: at any time those below the split stand at
-- twice the modulus of the others, and one is split whenever the average is
-- above fill.
local function see(run, fill, first, last)
  local rk, sk = P .. 'run:' .. run, P .. 'seen:' .. run .. ':'
  local buckets = math.max(num(call('HGET', rk, 'sb')), 1)
  local base = 1
  while base * 2 <= buckets do base = base * 2 end
  local twice, fresh = nil, 0
  local function put(k, ks, at)
    local there = call('SMISMEMBER', k, unpack(ks))
    local old = 0
    for y = 1, #ks do
      if there[y] ~= 0 then
        twice = twice or {}
        twice[at and at[y] or first + y - 1] = true
        old = old + 1
      end
    end
    fresh = fresh + #ks - old
    if old == #ks then return end
    call('SADD', k, unpack(ks))
  end
  if buckets == 1 then
    put(sk .. '0', {unpack(ARGV, first, last)})
  else
    local by, at, order = {}, {}, {}
    local wide = base * 2
    for x = first, last do
      local k = ARGV[x]
      local hash = tonumber(string.sub(k, -9))
      local b = hash % wide
      if b >= buckets then b = hash % base end
      local l = by[b]
      if l then
        local n = #l + 1
        l[n] = k
        at[b][n] = x
      else
        by[b], at[b] = {k}, {x}
        order[#order + 1] = b
      end
    end
    for _, b in ipairs(order) do put(sk .. b, by[b], at[b]) end
  end
  if fresh > 0 and num(call('HINCRBY', rk, 'sn', fresh)) > fill * buckets then
    local src, moved = sk .. (buckets - base), {}
    for _, m in ipairs(call('SMEMBERS', src)) do
      if tonumber(string.sub(m, -9)) % (base * 2) == buckets then moved[#moved + 1] = m end
    end
    for x = 1, #moved, 1000 do
      local y = math.min(x + 999, #moved)
      call('SREM', src, unpack(moved, x, y))
      call('SADD', sk .. buckets, unpack(moved, x, y))
    end
    call('HSET', rk, 'sb', buckets + 1)
  end
  return twice, fresh
end
