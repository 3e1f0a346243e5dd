-- ARGV: run, host, group, gap, fill, cap, segment, shard's cap, mode, number of
-- profiles, then reference and profile each, then the integers of all leads,
-- then their records. Mode "again" also opens what was seen and is nowhere now.
local run, name, g = ARGV[1], ARGV[2], ARGV[3]
local want, fill, cap, segment, most, mode = num(ARGV[4]), num(ARGV[5]), num(ARGV[6]), num(ARGV[7]), num(ARGV[8]), ARGV[9]
local ln = lane(run, name)

local h = host(name)
if h.moved then return {'moved', h.moved} end
if h.grp ~= g then
  if h.told or call('HEXISTS', G, name) == 1 then return {'moved', h.grp} end
  h.grp = g
  savehost(name, h)
end
local rk = P .. 'run:' .. run
local r = call('HMGET', rk, 'state', 'reason')
if not r[1] then
  call('HSET', rk, 'state', 'running')
  call('SADD', P .. 'runs', run)
end
local why
if r[1] == 'killed' then why = r[2] or 'killed' elseif h.state == 'killed' then why = h.reason end

local i = 11
for _ = 1, num(ARGV[10]) do
  call('HSETNX', P .. 'p', ARGV[i], ARGV[i + 1])
  i = i + 2
end
if mode == 'again' then
  if call('EXISTS', P .. 's:' .. ln) == 1 then return {'unpack'} end
  if call('EXISTS', P .. 'doom') == 1 then return {'bury'} end
end
local n = (#ARGV - i + 1) / 2 -- record of the lead whose integer stands at x: x + n
local twice, fresh = see(run, fill, i, i + n - 1)

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
  some = #recs
else
  some = n
end

if mode == 'again' and not why and twice then
  local known = {}
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
  some = #recs
  count(run, 'done', -again)
end

local v = group(g)
local held = call('HEXISTS', J, g) == 1
local idle = not held and v.lanes == ''
if not held and not idle and want < v.gap then -- a lane may be left that has run dry
  idle = true
  for _, e in ipairs(lanes(v)) do
    local a, b = split(g, e)
    local l = lane(a, b)
    if call('EXISTS', P .. 'q0:' .. l, P .. 'q1:' .. l, P .. 's:' .. l, P .. 't:' .. l) > 0 then idle = false end
  end
end
local tight = 0
if some > 0 then
  local full = call('EXISTS', P .. 's:' .. ln, P .. 't:' .. ln) > 0
  if not full then
    local len = call('LLEN', P .. 'q1:' .. ln)
    full = len >= cap
    if not full and len >= segment then
      local sum = -num(call('HGET', P .. 'stat', 'packed'))
      for _, r in ipairs(call('SMEMBERS', P .. 'runs')) do sum = sum + num(call('HGET', P .. 'run:' .. r, 'open')) end
      full = sum >= most
    end
  end
  local q = P .. (full and 't:' or 'q1:') .. ln
  local len
  if recs then
    for x = 1, #recs, 1000 do len = call('RPUSH', q, unpack(recs, x, math.min(x + 999, #recs))) end
  else
    len = call('RPUSH', q, unpack(ARGV, i + n, #ARGV))
  end
  if full and len >= segment then tight = 1 end
  count(run, 'open', some)
end

-- While a host has work the longest declared gap holds; the first that comes
-- to an idle one is taken at its word.
local was, had = v.gap, v.lanes
if idle or want > v.gap then v.gap = want end
if was ~= v.gap then longest(v.gap) end
if some > 0 then enlist(v, g, run, name) end
if was ~= v.gap or had ~= v.lanes then save(g, v) end
local due = -1e15
if not shut(v) and not held and v.lanes ~= '' and (some > 0 or was ~= v.gap) then
  local s = call('ZSCORE', R, g)
  if not s or was ~= v.gap then
    due = math.max(free(v), NOW)
    call('ZADD', R, due, g)
  else
    due = num(s)
  end
  due = due - NOW
end
return {'ok', why and 0 or fresh, n - fresh, why and fresh or 0, again, tight, due}
