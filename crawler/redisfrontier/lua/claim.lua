-- ARGV: how many, ttl, then runs to pass over. Four times as many groups are
-- looked at, and some.
-- Returns the wait, when the leases expire, lanes whose segments have to be
-- unpacked, runs that have a budget, then group and job of each lease.
--
-- Most groups have one lane, whose next lead is new: these need no more than
-- to have it popped, or to be told that it has run dry. For all others slow()
-- is called, once, so that what it defines costs nothing where it is not
-- needed.
local n, ttl = num(ARGV[1]), num(ARGV[2])
local look = 4 * n + 32
local pass = {}
for i = 3, #ARGV do pass[ARGV[i]] = true end
local sub, find, byte, format = string.sub, string.find, string.byte, string.format

-- Another server answers than before when the replication id is another; to
-- ask for it is dear, so it is asked only where the server's process seems to
-- be another: something lies elsewhere in its memory, or it saved since.
local stat = call('HMGET', P .. 'stat', 'srv', 'rest', 'fence', 'maxgap', 'proc')
local quiet = num(stat[2])
local saved = redis.pcall('LASTSAVE')
local proc = tostring(call) .. (type(saved) == 'number' and ' ' .. saved or '')
if stat[5] ~= proc or not find(proc, '0x', 1, true) then
  local srv = string.match(call('INFO', 'replication'), 'master_replid:(%x+)')
  if stat[1] and stat[1] ~= srv then -- it may have lost the last moments
    quiet = NOW + num(stat[4])
    call('HSET', P .. 'stat', 'rest', str(quiet))
  end
  call('HSET', P .. 'stat', 'srv', srv, 'proc', proc)
end
if quiet > NOW then return {quiet - NOW, NOW, {}, {}} end

local runs, wanted, budgets = {}, {}, {}
local function going(run)
  local r = runs[run]
  if not r then
    local v = call('HMGET', P .. 'run:' .. run, 'state', 'budget', 'open', 'leased')
    local open = v[1] == 'running' or not v[1]
    r = {open = open, goes = open and not pass[run], n = 0, waiting = v[3], leased = v[4]}
    runs[run] = r
    if num(v[2]) > 0 then budgets[#budgets + 1] = run end
  end
  return r
end

local function slow()
--LIB
-- Takes the next lead of a lane, or says that it has to be unpacked first.
local function pop(ln, v)
  local rec
  if v.again == 1 then
    rec = call('LPOP', P .. 'q0:' .. ln)
    if rec then return rec end
    v.again = 0
  end
  rec = call('LPOP', P .. 'q1:' .. ln)
  if rec then return rec end
  rec = call('LPOP', P .. 'q0:' .. ln)
  if rec then
    v.again = 1
    return rec
  end
  if call('EXISTS', P .. 's:' .. ln) == 1 then
    wanted[#wanted + 1] = ln
    return nil, true
  end
  if call('EXISTS', P .. 't:' .. ln) == 1 then
    call('RENAME', P .. 't:' .. ln, P .. 'q1:' .. ln)
    return call('LPOP', P .. 'q1:' .. ln)
  end
  return nil
end

-- Takes a group's next lead, runs taking turns; a lane that has run dry is
-- taken out. Says also whether there are leads that only this caller passes
-- over.
local function take(g, v)
  local ls = {v.lanes}
  if v.lanes == '' then return false end
  if string.find(v.lanes, '\1', 1, true) then ls = lanes(v) end
  local left, passed = {}, false
  local run, name, rec, r
  for i, e in ipairs(ls) do
    local goes
    run, name = split(g, e)
    r = going(run)
    goes = r.goes
    local dry = false
    if goes then
      local packed
      local again = v.again
      rec, packed = pop(lane(run, name), v)
      if #ls > 1 and not rec then v.again = again end -- others may have some
      dry = not rec and not packed
      passed = passed or packed
    elseif r.open then
      passed = true
    end
    if rec then -- those behind come first next time
      local order = {}
      for j = i + 1, #ls do order[#order + 1] = ls[j] end
      for _, l in ipairs(left) do order[#order + 1] = l end
      order[#order + 1] = e
      if #order ~= 1 or #ls ~= 1 then v.lanes = table.concat(order, '\1') end
      return passed, run, name, rec, r
    end
    if not dry then left[#left + 1] = e end
  end
  v.lanes = table.concat(left, '\1')
  return passed
end


  -- Lets what waited for its moment wait for its turn.
  local function promote()
    for _, m in ipairs(call('ZRANGEBYSCORE', P .. 'later', '-inf', str(NOW), 'LIMIT', 0, 100)) do
      local run, name, rec = parse(m)
      call('ZREM', P .. 'later', m)
      call('RPUSH', P .. 'q0:' .. lane(run, name), rec)
      local h = host(name)
      if not h.moved then
        local v = group(h.grp)
        enlist(v, h.grp, run, name)
        v.again = 1
        save(h.grp, v)
        if not call('ZSCORE', R, h.grp) then schedule(h.grp, v) end
      end
    end
    local e = call('ZRANGE', P .. 'later', 0, 0, 'WITHSCORES')
    if e[2] then call('ZADD', R, e[2], '') else call('ZREM', R, '') end
  end

  -- Says of a group whether it has leads, and the next; changes are noted.
  local function other(g, s, dirty)
    local v = decode(s)
    local ls, again = v.lanes, v.again
    local passed, run, name, rec, r = take(g, v)
    local state = encode(v)
    if v.lanes ~= ls or v.again ~= again then dirty[#dirty + 1], dirty[#dirty + 2] = g, state end
    return passed, state, run and entry(g, run, name), rec, r
  end
  return promote, other
end

local promote, other

-- What there is to know of a group's only lane, by the group as it is written:
-- its run, and its host if that is not the group. Many groups' read the same.
local known = {}
local function lone(s)
  local l, e = false, sub(s, 18)
  if e ~= '' and not find(e, '\1', 1, true) then
    local run, name = e, nil
    local at = find(e, '\0', 1, true)
    if at then run, name = sub(e, 1, at - 1), sub(e, at + 1) end
    local r = going(run)
    if r.goes then l = {run = run, name = name, r = r, q = P .. 'q1:' .. run .. '\0', tail = '\2' .. e .. '\2'} end
  end
  known[s] = l
  return l
end

-- Whether a lane has nothing besides what is new.
local function dry(l, name)
  local ln = l.run .. '\0' .. name
  return call('EXISTS', P .. 'q0:' .. ln, P .. 's:' .. ln, P .. 't:' .. ln) == 0
end

-- Fences are written by hundreds: to write a number of sixteen digits is dear.
local TENS = '00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899'
local fence = math.max(num(stat[3]), NOW - 1)
local digits, last = nil, 99
local function hundred()
  local n = math.floor(fence / 100) + 1
  digits, last, fence = format('%d', n), -1, n * 100 - 1
end
local expires, now = str(NOW + ttl), str(NOW)
local turns, got, more = 0, 0, true
local out = {0, NOW + ttl, wanted, budgets}
while got < n and turns < look do
  local gs = call('ZRANGEBYSCORE', R, '-inf', now, 'LIMIT', 0, n - got + 1)
  more = #gs > n - got
  if more then gs[#gs] = nil end
  if #gs == 0 then break end
  local vs = call('HMGET', G, unpack(gs))
  local jobs, leases, m = {unpack(gs)}, {unpack(gs)}, 0 -- long enough: one that grows is copied
  local dirty, kept, ripe = nil, nil, false
  turns = turns + #gs
  for x = 1, #gs do
    local g, s, passed, empty = gs[x], vs[x], nil, nil
    local state, tail, rec
    if s and byte(s) == 0 then -- nothing special about it
      local l = known[s]
      if l == nil then l = lone(s) end
      if l then
        local name = l.name or g
        rec = call('LPOP', l.q .. name)
        if rec then
          l.r.n = l.r.n + 1
          state, tail = s, l.tail
        elseif dry(l, name) then
          empty = true
          dirty = dirty or {}
          dirty[#dirty + 1], dirty[#dirty + 2] = g, sub(s, 1, 17)
        end
      end
    end
    if g == '' then
      ripe = true
    elseif not rec and not empty then
      if not other then promote, other = slow() end
      dirty = dirty or {}
      local e, r
      passed, state, e, rec, r = other(g, s, dirty)
      if rec then
        r.n = r.n + 1
        tail = '\2' .. e .. '\2'
      end
    end
    if rec then
      if last == 99 then hundred() end
      last, fence = last + 1, fence + 1
      m = m + 2
      jobs[m - 1], jobs[m] = g, digits .. sub(TENS, 2 * last + 1, 2 * last + 2) .. '\1' .. state .. tail .. rec
      leases[m - 1], leases[m] = expires, g
    elseif passed then
      kept = kept or {}
      kept[#kept + 1] = str(NOW + 200000)
      kept[#kept + 1] = g
    end
  end
  call('ZREM', R, unpack(gs))
  if m > 0 then
    call('HSET', J, unpack(jobs, 1, m))
    call('ZADD', P .. 'lease', unpack(leases, 1, m))
    got = got + m / 2
    if out[5] then
      for i = 1, m do out[#out + 1] = jobs[i] end
    else
      out = {0, NOW + ttl, wanted, budgets, unpack(jobs, 1, m)}
    end
  end
  if kept then call('ZADD', R, unpack(kept)) end
  if dirty and dirty[1] then call('HSET', G, unpack(dirty)) end
  if ripe then
    if not other then promote, other = slow() end
    promote()
    more = true
  end
end
if got > 0 then
  call('HSET', P .. 'stat', 'fence', str(fence))
  for run, r in pairs(runs) do
    if r.n > 0 then call('HSET', P .. 'run:' .. run, 'open', str(num(r.waiting) - r.n), 'leased', str(num(r.leased) + r.n)) end
  end
end
if not more or got < n then
  local ready = call('ZRANGE', R, 0, 0, 'WITHSCORES')
  out[1] = ready[2] and num(ready[2]) - NOW or -1e15
end
return out
