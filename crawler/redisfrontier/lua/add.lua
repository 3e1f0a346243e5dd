-- ARGV: run, gap, fill, cap, segment, shard's cap, mode, how many profiles and
-- how many single leads there are; reference and profile each; of each single
-- lead which key is the prefix of its shard, its host, which is its group, its
-- integer and its record; then parcels: key, host, group, how many leads, their
-- integers, their records. Mode "again" also opens what was seen and is nowhere
-- now. Returns an answer for each single lead and parcel, which is but a number
-- where a lead is new (1) or not (0) and there is no more to say; several shards
-- are named where all are one server.
local run, want, fill, cap, segment, most, mode = ARGV[1], num(ARGV[2]), num(ARGV[3]), num(ARGV[4]), num(ARGV[5]), num(ARGV[6]), ARGV[7]
local first = 10 + 2 * num(ARGV[8])
local parcels = first + 4 * num(ARGV[9])
-- Of a run in a shard: whether it has each profile, and whether a lane was ever
-- so long (deep) that it may have a tail.
local fields = {'state', 'reason', 'sb', 'sn', 'open', 'deep'}
for i = 10, first - 1, 2 do fields[#fields + 1] = 'p:' .. ARGV[i] end

-- What was seen, and is neither open nor leased nor given up, in a lane.
local function nowhere(name, g, ln, twice, i, n, recs)
  local known, again = {}, 0
  for _, q in ipairs({'q0:', 'q1:', 't:'}) do
    for _, rec in ipairs(call('LRANGE', P .. q .. ln, 0, -1)) do known[id(rec)] = true end
  end
  for _, m in ipairs(call('ZRANGE', P .. 'later', 0, -1)) do
    local a, b, rec = parse(m)
    if a == run and b == name then known[id(rec)] = true end
  end
  local held = job(g)
  if held and held.run == run then known[id(held.rec)] = true end
  for x = i, i + n - 1 do
    local rec = ARGV[x + n]
    if twice[x] and not known[id(rec)] and call('HEXISTS', P .. 'end:' .. run, id(rec)) == 0 then
      known[id(rec)] = true
      recs[#recs + 1] = rec
      again = again + 1
    end
  end
  return again
end

-- Whether what comes to a lane that was deep has to queue up behind its tail.
local function full(ln)
  if call('EXISTS', P .. 's:' .. ln, P .. 't:' .. ln) > 0 then return true end
  local len = call('LLEN', P .. 'q1:' .. ln)
  if len >= cap then return true end
  if len < segment then return false end
  local sum = -num(call('HGET', P .. 'stat', 'packed'))
  for _, r in ipairs(call('SMEMBERS', P .. 'runs')) do sum = sum + num(call('HGET', P .. 'run:' .. r, 'open')) end
  return sum >= most
end

-- Whether nobody has work at a group: a lane may be left that has run dry.
local function rests(g, v)
  for _, e in ipairs(lanes(v)) do
    local a, b = split(g, e)
    local l = lane(a, b)
    if call('EXISTS', P .. 'q0:' .. l, P .. 'q1:' .. l, P .. 's:' .. l, P .. 't:' .. l) > 0 then return false end
  end
  return true
end

-- When a group is due, since leads came to it or its gap is another.
local function due(g, v, had, came, longer)
  if came == 0 and not longer or shut(v) or v.lanes == '' then return -1e15 end
  if had == v.lanes and not longer then return -1e15 end -- it has its turn already
  if call('HEXISTS', J, g) == 1 then return -1e15 end
  local at = not longer and num(call('ZSCORE', R, g))
  if not at or at == 0 then
    at = math.max(free(v), NOW)
    call('ZADD', R, str(at), g)
  end
  return at - NOW
end

-- Leads of one host, whose integers begin at ARGV[i].
local function add(name, g, n, i)
  local ln = lane(run, name)
  local h = host(name)
  if h.moved then return {'moved', h.moved} end
  if h.grp ~= g then
    if h.told or call('HEXISTS', G, name) == 1 then return {'moved', h.grp} end
    h.grp = g
    savehost(name, h)
  end
  local rk = P .. 'run:' .. run
  local r = call('HMGET', rk, unpack(fields))
  if not r[1] then
    call('HSET', rk, 'state', 'running')
    call('SADD', P .. 'runs', run)
  end
  if r[1] == 'closed' then return {'ok', 0, n, 0, 0, 0, -1e15} end
  local why
  if r[1] == 'killed' then why = r[2] or 'killed' elseif h.state == 'killed' then why = h.reason end
  for x = 7, #fields do
    if not r[x] then
      call('HSETNX', P .. 'p', ARGV[2 * x - 4], ARGV[2 * x - 3])
      call('HSET', rk, fields[x], 1)
    end
  end
  if mode == 'again' then
    if call('EXISTS', P .. 's:' .. ln) == 1 then return {'unpack'} end
    if call('EXISTS', P .. 'doom') == 1 then return {'bury'} end
  end
  local had = math.max(num(r[3]), 1)
  local twice, fresh, buckets = see(run, fill, i, i + n - 1, had, num(r[4]))
  if buckets ~= had then call('HSET', rk, 'sb', buckets) end

  local again, recs, some = 0, nil, 0
  if why then
    for x = i, i + n - 1 do
      if not (twice and twice[x]) then finish(run, name, ARGV[x + n], 'F', why, '') end
    end
  elseif twice then
    recs = {}
    for x = i, i + n - 1 do
      if not twice[x] then recs[#recs + 1] = ARGV[x + n] end
    end
    if mode == 'again' then again = nowhere(name, g, ln, twice, i, n, recs) end
    some = #recs
    count(run, 'done', -again)
  else
    some = n
  end
  if some + fresh > 0 then call('HSET', rk, 'sn', str(num(r[4]) + fresh), 'open', str(num(r[5]) + some)) end

  local v = group(g)
  local lanesHad, gapHad = v.lanes, v.gap
  -- While a host has work the longest declared gap holds; the first that comes
  -- to an idle one is taken at its word.
  if want > v.gap or want < v.gap and call('HEXISTS', J, g) == 0 and rests(g, v) then
    v.gap = want
    longest(want)
  end
  local tight = 0
  if some > 0 then
    local behind = r[6] and full(ln)
    local q, len = P .. (behind and 't:' or 'q1:') .. ln, 0
    if recs then
      for x = 1, #recs, 1000 do len = call('RPUSH', q, unpack(recs, x, math.min(x + 999, #recs))) end
    else
      len = call('RPUSH', q, unpack(ARGV, i + n, i + 2 * n - 1))
    end
    if behind and len >= segment then tight = 1 end
    if not r[6] and len >= math.min(cap, segment) then call('HSET', rk, 'deep', 1) end
    enlist(v, g, run, name)
  end
  local longer = v.gap ~= gapHad
  if longer or v.lanes ~= lanesHad then save(g, v) end
  return {'ok', why and 0 or fresh, n - fresh, why and fresh or 0, again, tight, due(g, v, lanesHad, some, longer)}
end

-- One lead of a host that has its turn already, where there is nothing special
-- about run, host or group, as of most: returns whether it is new, or nil
-- before anything was written. Of a host that has orders the group says so, or
-- has no lane for it. Keys are put together once.
local plain = pack('>d', want) .. run
local rk, q1 = 'run:' .. run, 'q1:' .. run .. '\0'
local limit = math.min(cap, segment)
local function quick(name, k, rec)
  local s = call('HGET', P .. 'g', name)
  if not s or string.byte(s) ~= 0 or string.sub(s, 10) ~= plain then return nil end
  local key = P .. rk
  local r = call('HMGET', key, unpack(fields))
  if r[1] ~= 'running' or r[6] then return nil end
  for x = 7, #fields do
    if not r[x] then return nil end
  end
  local had = math.max(num(r[3]), 1)
  local fresh, buckets = seeone(run, fill, k, had, num(r[4]))
  if fresh == 0 then return 0 end
  local len = call('RPUSH', P .. q1 .. name, rec)
  call('HSET', key, 'sn', str(num(r[4]) + 1), 'open', str(num(r[5]) + 1))
  if buckets ~= had then call('HSET', key, 'sb', buckets) end
  if len >= limit then call('HSET', key, 'deep', 1) end
  return 1
end

local out, i = {}, first
while i < parcels do
  local name = ARGV[i + 1]
  P = KEYS[num(ARGV[i])]
  local said = quick(name, ARGV[i + 2], ARGV[i + 3])
  if not said then
    at(P)
    said = add(name, name, 1, i + 2)
  end
  out[#out + 1] = said
  i = i + 4
end
while ARGV[i] do
  at(KEYS[num(ARGV[i])])
  local n = num(ARGV[i + 3])
  out[#out + 1] = add(ARGV[i + 1], ARGV[i + 2], n, i + 4)
  i = i + 4 + 2 * n
end
return out
