-- ARGV: run, host, group, gap, fill, cap, segment, shard's cap, mode, number of
-- profiles, then ref and profile each, then integer and record each.
-- Mode "again" also opens what was seen and is nowhere now.
local run, host, g = ARGV[1], ARGV[2], ARGV[3]
local gap, fill, cap, segment, most, mode = num(ARGV[4]), num(ARGV[5]), num(ARGV[6]), num(ARGV[7]), num(ARGV[8]), ARGV[9]
local ln = lane(run, host)

local h = call('HMGET', P .. 'h:' .. host, 'grp', 'state', 'reason', 'moved')
if h[4] then return {'moved', h[4]} end
if not h[1] then
  call('HSET', P .. 'h:' .. host, 'grp', g)
  call('SADD', P .. 'hosts', host)
elseif h[1] ~= g then
  return {'moved', h[1]}
end
local rk = P .. 'run:' .. run
local r = call('HMGET', rk, 'state', 'reason')
if not r[1] then
  call('HSET', rk, 'state', 'running')
  call('SADD', P .. 'runs', run)
end
local why
if r[1] == 'killed' then why = r[2] or 'killed' elseif h[2] == 'killed' then why = h[3] or 'killed' end

local i = 11
for _ = 1, num(ARGV[10]) do
  call('HSETNX', P .. 'p', ARGV[i], ARGV[i + 1])
  i = i + 2
end

local ks = {}
for j = i, #ARGV, 2 do ks[#ks + 1] = ARGV[j] end
if mode == 'again' then
  if call('EXISTS', P .. 's:' .. ln) == 1 then return {'unpack'} end
  if call('EXISTS', P .. 'doom') == 1 then return {'bury'} end
end
local new, twice = see(run, fill, ks)
for x = 1, #new do new[x] = i + 2 * (new[x] - 1) end
for x = 1, #twice do twice[x] = i + 2 * (twice[x] - 1) end

local recs = {}
if why then
  for x, j in ipairs(new) do finish(run, host, ARGV[j + 1], 'F', why, '') end
else
  for x, j in ipairs(new) do recs[x] = ARGV[j + 1] end
end
local shutout = why and #new or 0

local again = 0
if mode == 'again' and not why and #twice > 0 then
  local known = {}
  for _, q in ipairs({'q0:', 'q1:', 't:'}) do
    for _, rec in ipairs(call('LRANGE', P .. q .. ln, 0, -1)) do known[id(rec)] = true end
  end
  for _, m in ipairs(call('ZRANGE', P .. 'later', 0, -1)) do
    local a, b, rec = parse(m)
    if a == run and b == host then known[id(rec)] = true end
  end
  local held = job(g)
  if held and held.run == run then known[id(held.rec)] = true end
  for _, j in ipairs(twice) do
    local rec = ARGV[j + 1]
    if not known[id(rec)] and call('HEXISTS', P .. 'end:' .. run, id(rec)) == 0 then
      known[id(rec)] = true
      recs[#recs + 1] = rec
      again = again + 1
    end
  end
  count(run, 'done', -again)
end

local pack = 0
local v = group(g)
local idle = call('EXISTS', P .. 'lanes:' .. g) == 0 and call('HEXISTS', P .. 'job', g) == 0
if #recs > 0 then
  local full = call('EXISTS', P .. 's:' .. ln, P .. 't:' .. ln) > 0
  if not full then
    local n = call('LLEN', P .. 'q1:' .. ln)
    full = n >= cap or n >= segment and num(call('HGET', P .. 'stat', 'live')) >= most
  end
  local q = full and 't:' or 'q1:'
  local n = 0
  for x = 1, #recs, 1000 do n = call('RPUSH', P .. q .. ln, unpack(recs, x, math.min(x + 999, #recs))) end
  if full and n >= segment then pack = 1 end
  live(#recs)
  count(run, 'open', #recs)
end
if #new + again > 0 then count(run, 'v', 1) end

-- While a host has work the longest declared gap holds; the first that comes
-- to an idle one is taken at its word.
local was = v.gap
if idle or gap > v.gap then v.gap = gap end
if was ~= v.gap then
  call('HSET', P .. 'g:' .. g, 'gap', v.gap)
  longest(v.gap)
end
if #recs > 0 then enlist(run, host, g) end
local due = -1e15
if not shut(v) and (#recs > 0 or was ~= v.gap) and call('EXISTS', P .. 'lanes:' .. g) == 1 and call('HEXISTS', P .. 'job', g) == 0 then
  due = math.max(free(v), NOW)
  local s = call('ZSCORE', P .. 'ready', g)
  if not s or was ~= v.gap then
    call('ZADD', P .. 'ready', due, g)
  else
    due = num(s)
  end
end
if due > 0 then due = due - NOW end
return {'ok', #new - shutout, #twice, shutout, again, pack, due}
