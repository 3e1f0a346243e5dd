-- ARGV: the policy, how many leases, then of all of them their groups, how
-- their jobs begin (fence and run), their runs, their outcomes; a lease comes
-- once. Returns when a group that was settled is due again; the places of
-- leases, each with what is to be said of it: not held (0), left something to
-- be buried (2), its host moves away (3); and the runs that have a budget.
--
-- Most leads are done, at hosts with nothing special about them: of these only
-- the moment of the answer is written. For all others slow() is called, once.
-- Tables begin as long as they will be: one that grows is copied each time.
local sub, find, byte, format = string.sub, string.find, string.byte, string.format
local n = num(ARGV[6])
local jobs = call('HMGET', J, unpack(ARGV, 7, 6 + n))
local vs = call('HMGET', G, unpack(ARGV, 7, 6 + n))
local saved, ready = {unpack(ARGV, 7, 6 + 2 * n)}, {unpack(ARGV, 7, 6 + 2 * n)}
local held, taken, turns, sums, odd = nil, 0, 0, {}, {}
local due

local function slow()
--LIB
  local p = policy(1)
  return function(x, g, packed)
    local j = unjob(jobs[x])
    local v = decode(vs[x])
    local bury = apply(p, outcome(packed), g, j.run, j.host, j.rec, v, sums)
    local more = v.moved > 0 and 3 or bury and 2
    if more then odd[#odd + 1], odd[#odd + 2] = x, more end
    return encode(v), v.lanes ~= '' and not shut(v) and free(v)
  end
end

local other, last, sum
for x = 1, n do
  local i = 6 + x
  local g, run, packed = ARGV[i], ARGV[i + 2 * n], ARGV[i + 3 * n]
  local j, s = jobs[x], vs[x]
  if not j or find(j, ARGV[i + n], 1, true) ~= 1 then
    odd[#odd + 1], odd[#odd + 2] = x, 0
    if not held then held = {unpack(ARGV, 7, 5 + x)} end
  else
    taken = taken + 1
    if held then held[#held + 1] = g end
    if run ~= last then
      last, sum = run, sums[run]
      if not sum then
        sum = {done = 0, req = 0, leased = 0}
        sums[run] = sum
      end
    end
    sum.leased = sum.leased + 1
    local text, at
    if byte(packed) == 6 and s and byte(s) == 0 then
      local requests, quiet = from('>I4d', packed, 2)
      local ended, gap = from('>dd', s, 2)
      if requests > 0 and NOW - quiet > ended then ended = NOW - quiet end
      text = pack('>Bd', 0, ended) .. sub(s, 10)
      at = #s > 17 and (ended > 0 and ended + gap or 0)
      sum.done, sum.req = sum.done + 1, sum.req + requests
    else
      if not other then other = slow() end
      text, at = other(x, g, packed)
    end
    saved[2 * taken - 1], saved[2 * taken] = g, text
    if at then
      if at < NOW then at = NOW end
      if not due or at < due then due = at end
      turns = turns + 1
      ready[2 * turns - 1], ready[2 * turns] = format('%d', at), g
    end
  end
end
if taken > 0 then
  if held then
    call('HDEL', J, unpack(held))
    call('ZREM', P .. 'lease', unpack(held))
  else
    call('HDEL', J, unpack(ARGV, 7, 6 + n))
    call('ZREM', P .. 'lease', unpack(ARGV, 7, 6 + n))
  end
  call('HSET', G, unpack(saved, 1, 2 * taken))
end
if turns > 0 then call('ZADD', R, unpack(ready, 1, 2 * turns)) end
local budgets = {}
for run, s in pairs(sums) do
  local k = P .. 'run:' .. run
  local r = call('HMGET', k, 'budget', 'leased', 'done', 'req')
  if num(r[1]) > 0 then budgets[#budgets + 1] = run end
  call('HSET', k, 'leased', str(num(r[2]) - s.leased), 'done', str(num(r[3]) + s.done), 'req', str(num(r[4]) + s.req))
end
return {due and due - NOW or -1e15, odd, budgets}
