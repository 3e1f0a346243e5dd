-- ARGV: the policy, how many leases there are and of how many kinds; of each
-- kind its run, its outcome and how many of the leases, which come in that order;
-- then the groups of all leases; then their fences as one, of sixteen digits
-- each. A lease comes once. Returns when a group that was settled is due again;
-- the places of leases, each with what is to be said of it: not held (0), left
-- something to be buried (2), its host moves away (3); and the runs that have
-- a budget.
--
-- Most leads are done, at hosts with nothing special about them: of these only
-- the moment of the answer is written. For all others slow() is called, once.
-- Tables begin as long as they will be: one that grows is copied each time.
local sub, byte, find, format = string.sub, string.byte, string.find, string.format
local n, kinds = num(ARGV[2]), num(ARGV[3])
local groups = 3 + 3 * kinds
local last, fences = groups + n, ARGV[groups + n + 1]
local jobs = call('HMGET', J, unpack(ARGV, groups + 1, last))
local saved, ready = {unpack(ARGV, groups + 1, groups + 2 * n)}, {unpack(ARGV, groups + 1, groups + 2 * n)}
local held, taken, turns, sums, odd, moving = nil, 0, 0, {}, {}, {}
local due

local function hold(x)
  if not held then held = {unpack(ARGV, groups + 1, groups + x - 1)} end
end

local function slow()
--LIB
  local p = policy(string.match(ARGV[1], '(%d+) (%d+) (%d+) (%d+) (%d+)'))
  local function one(x, g, told)
    local j = unjob(g, jobs[x])
    local v = decode(j.group or call('HGET', G, g))
    if v.moved > 0 then
      moving[#moving + 1], moving[#moving + 2] = x, told
      return nil
    end
    if apply(p, outcome(told), g, j.run, j.host, j.rec, v, sums) then odd[#odd + 1], odd[#odd + 2] = x, 2 end
    return encode(v), v.lanes ~= '' and not shut(v) and free(v)
  end
  -- What comes back to a host that moves away goes to another group, which may
  -- be one of these: so it is settled when they are written.
  local function late(x, told)
    local g = ARGV[groups + x]
    local j, v = job(g), group(g)
    call('HDEL', J, g)
    call('ZREM', P .. 'lease', g)
    apply(p, outcome(told), g, j.run, j.host, j.rec, v, sums)
    odd[#odd + 1], odd[#odd + 2] = x, 3
    save(g, v)
    schedule(g, v)
  end
  return one, late
end

local other, late
local now, x = str(NOW), 0
for kind = 4, groups, 3 do
  local run, told = ARGV[kind], ARGV[kind + 1]
  local sum = sums[run]
  if not sum then
    sum = {done = 0, req = 0, leased = 0}
    sums[run] = sum
  end
  local plain, requests, quiet = byte(told) == 6, 0, 0
  if plain then requests, quiet = from('>I4d', told, 2) end
  local moment = requests > 0 and NOW - quiet or 0
  local texts, dues = {}, {} -- by the group as it was: of many it reads the same
  for _ = 1, num(ARGV[kind + 2]) do
    x = x + 1
    local g, j = ARGV[groups + x], jobs[x]
    if not j or sub(j, 1, 16) ~= sub(fences, 16 * x - 15, 16 * x) then
      odd[#odd + 1], odd[#odd + 2] = x, 0
      hold(x)
    else
      sum.leased = sum.leased + 1
      local text, at
      if plain and byte(j, 18) == 0 and byte(j, 17) == 1 then
        local was = sub(j, 18, find(j, '\2', 35, true) - 1)
        text, at = texts[was], dues[was]
        if not text then
          local ended, gap = from('>dd', was, 2)
          if moment > ended then ended = moment end
          text, at = pack('>Bd', 0, ended) .. sub(was, 10), #was > 17 and (ended > 0 and ended + gap or 0)
          texts[was], dues[was] = text, at
        end
        sum.done, sum.req = sum.done + 1, sum.req + requests
      else
        if not other then other, late = slow() end
        text, at = other(x, g, told)
      end
      if text then
        taken = taken + 1
        if held then held[#held + 1] = g end
        saved[2 * taken - 1], saved[2 * taken] = g, text
      else
        hold(x)
      end
      if at then
        turns = turns + 1
        if at <= NOW then
          at = NOW
          ready[2 * turns - 1] = now
        else
          ready[2 * turns - 1] = format('%d', at)
        end
        ready[2 * turns] = g
        if not due or at < due then due = at end
      end
    end
  end
end
if taken > 0 then
  if held then
    call('HDEL', J, unpack(held))
    call('ZREM', P .. 'lease', unpack(held))
  else
    call('HDEL', J, unpack(ARGV, groups + 1, last))
    call('ZREM', P .. 'lease', unpack(ARGV, groups + 1, last))
  end
  call('HSET', G, unpack(saved, 1, 2 * taken))
end
if turns > 0 then call('ZADD', R, unpack(ready, 1, 2 * turns)) end
for i = 1, #moving, 2 do late(moving[i], moving[i + 1]) end
local budgets = {}
for run, s in pairs(sums) do
  local k = P .. 'run:' .. run
  local r = call('HMGET', k, 'budget', 'leased', 'done', 'req')
  if num(r[1]) > 0 then budgets[#budgets + 1] = run end
  call('HSET', k, 'leased', str(num(r[2]) - s.leased), 'done', str(num(r[3]) + s.done), 'req', str(num(r[4]) + s.req))
end
return {due and due - NOW or -1e15, odd, budgets}
