-- ARGV: worker, how many, ttl, groups looked at at most, then runs to pass over.
-- Returns the wait and now, lanes whose segments have to be unpacked, then of
-- each lease: group, lane, fence, expires, budgeted, record.
local n, ttl, look = num(ARGV[2]), num(ARGV[3]), num(ARGV[4])
local pass = {}
for i = 5, #ARGV do pass[ARGV[i]] = true end

local stat = call('HMGET', P .. 'stat', 'srv', 'rest', 'fence', 'maxgap')
local srv = string.match(call('INFO', 'replication'), 'master_replid:(%x+)')
local quiet = num(stat[2])
if stat[1] ~= srv then
  if stat[1] then -- another server answers than before: it may have lost the last moments
    quiet = NOW + num(stat[4])
    call('HSET', P .. 'stat', 'srv', srv, 'rest', quiet)
  else
    call('HSET', P .. 'stat', 'srv', srv)
  end
end
if quiet > NOW then return {quiet - NOW, NOW, {}} end

for _, m in ipairs(call('ZRANGEBYSCORE', P .. 'later', '-inf', NOW, 'LIMIT', 0, 100)) do
  local run, host, rec = parse(m)
  call('ZREM', P .. 'later', m)
  call('RPUSH', P .. 'q0:' .. lane(run, host), rec)
  local g = call('HGET', P .. 'h:' .. host, 'grp') or host
  if enlist(run, host, g) and not call('ZSCORE', P .. 'ready', g) then schedule(g) end
end

local runs, wanted, out = {}, {}, {}
local function going(run)
  local r = runs[run]
  if not r then
    local v = call('HMGET', P .. 'run:' .. run, 'state', 'budget')
    r = {open = v[1] == 'running' or not v[1], budget = num(v[2]) > 0, n = 0}
    runs[run] = r
  end
  return r.open and not pass[run], r
end

-- Takes a group's next lead, runs taking turns. Says also whether it has
-- leads that only this caller passes over.
local function take(g)
  local k = P .. 'lanes:' .. g
  local passed = false
  for _ = 1, call('LLEN', k) do
    local ln = call('LMOVE', k, k, 'LEFT', 'RIGHT')
    if not ln then break end
    local run, host = split(ln)
    local packed = false
    local goes, r = going(run)
    if goes then
      local rec = call('LPOP', P .. 'q0:' .. ln) or call('LPOP', P .. 'q1:' .. ln)
      if not rec and call('EXISTS', P .. 's:' .. ln) == 1 then
        wanted[#wanted + 1] = ln
        packed, passed = true, true
      elseif not rec and call('EXISTS', P .. 't:' .. ln) == 1 then
        call('RENAME', P .. 't:' .. ln, P .. 'q1:' .. ln)
        rec = call('LPOP', P .. 'q1:' .. ln)
      end
      if rec then
        if call('EXISTS', P .. 'q1:' .. ln) == 0 and bare(ln) then delist(run, host, g) end
        return passed, run, host, rec, r
      end
      if not packed then delist(run, host, g) end
    elseif r.open then
      passed = true
    end
  end
  return passed
end

local jobs, leases, gone = {}, {}, {}
local fence = math.max(num(stat[3]), NOW - 1)
local turns = 0
while #jobs < n * 2 and turns < look do
  local gs = call('ZRANGEBYSCORE', P .. 'ready', '-inf', NOW, 'LIMIT', 0, n - #jobs / 2)
  if #gs == 0 then break end
  gone = {}
  for _, g in ipairs(gs) do
    turns = turns + 1
    local passed, run, host, rec, r = take(g)
    if rec then
      fence = fence + 1
      r.n = r.n + 1
      jobs[#jobs + 1] = g
      jobs[#jobs + 1] = string.format('%.0f', fence) .. '\0' .. run .. '\0' .. host .. '\0' .. rec
      leases[#leases + 1] = NOW + ttl
      leases[#leases + 1] = g
      out[#out + 1] = {g, run, host, fence, NOW + ttl, r.budget and 1 or 0, rec}
      gone[#gone + 1] = g
    elseif passed then
      call('ZADD', P .. 'ready', NOW + 200000, g)
    else
      gone[#gone + 1] = g
    end
  end
  if #gone > 0 then call('ZREM', P .. 'ready', unpack(gone)) end
end
if #jobs > 0 then
  call('HSET', P .. 'job', unpack(jobs))
  call('ZADD', P .. 'lease', unpack(leases))
  call('HSET', P .. 'stat', 'fence', fence)
  live(-#out)
  for run, r in pairs(runs) do
    count(run, 'open', -r.n)
    count(run, 'leased', r.n)
  end
end

return {wait(), NOW, wanted, unpack(out)}
