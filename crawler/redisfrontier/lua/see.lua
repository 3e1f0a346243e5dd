-- What was seen of a run stands in buckets that grow by linear hashing: at any
-- time those below the split stand at twice the modulus of the others, and one
-- is split whenever the average is above fill.
local function part(sk, base, buckets)
  local src, moved = sk .. (buckets - base), {}
  for _, m in ipairs(call('SMEMBERS', src)) do
    if tonumber(string.sub(m, -9)) % (base * 2) == buckets then moved[#moved + 1] = m end
  end
  for x = 1, #moved, 1000 do
    local y = math.min(x + 999, #moved)
    call('SREM', src, unpack(moved, x, y))
    call('SADD', sk .. buckets, unpack(moved, x, y))
  end
end

-- Of an integer alone: whether it is new, and how many buckets there are now.
local function seeone(run, fill, k, buckets, before)
  local sk, base, b = P .. 'seen:' .. run .. ':', 1, '0'
  if buckets > 1 then
    while base * 2 <= buckets do base = base * 2 end
    local hash = tonumber(string.sub(k, -9))
    b = hash % (base * 2)
    if b >= buckets then b = hash % base end
  end
  if call('SADD', sk .. b, k) == 0 then return 0, buckets end
  if before < fill * buckets then return 1, buckets end
  part(sk, base, buckets)
  return 1, buckets + 1
end

-- Puts integers, ARGV from first to last, into the seen-set of a run, which has
-- so many buckets and held so many; returns a table of the places of those that
-- were there, or nil if all are new, how many are new, and how many buckets
-- there are now: the caller writes both down.
local function see(run, fill, first, last, buckets, before)
  local sk = P .. 'seen:' .. run .. ':'
  local base = 1
  while base * 2 <= buckets do base = base * 2 end
  local twice, fresh = nil, 0
  local function put(k, ks, at)
    local told = #ks > 2 and call('SMISMEMBER', k, unpack(ks))
    local old = 0
    for y = 1, #ks do
      local there
      if told then there = told[y] ~= 0 else there = call('SADD', k, ks[y]) == 0 end
      if there then
        twice = twice or {}
        twice[at and at[y] or first + y - 1] = true
        old = old + 1
      end
    end
    fresh = fresh + #ks - old
    if told and old < #ks then call('SADD', k, unpack(ks)) end
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
  if fresh > 0 and before + fresh > fill * buckets then
    part(sk, base, buckets)
    buckets = buckets + 1
  end
  return twice, fresh, buckets
end
