-- ARGV: the policy, how many leases and of how many runs; of each run its name
-- and how many leases are its, which come in that order; then the groups of all
-- leases; then of each how its job begins, which is its fence, and its outcome.
-- A lease comes once. Returns when a group that was settled is due again; the
-- places of leases, each with what is to be said of it: not held (0), left
-- something to be buried (2), its host moves away (3); and the runs that have
-- a budget.
--
-- Most leads are done, at hosts with nothing special about them: of these only
-- the moment of the answer is written. For all others slow() is called, once.
-- Tables begin as long as they will be: one that grows is copied each time.
local sub, byte, format = string.sub, string.byte, string.format
local n, several = num(ARGV[2]), num(ARGV[3])
local begin = 3 + 2 * several -- groups come after it
local tell = begin + n        -- and outcomes
local jobs = call('HMGET', J, unpack(ARGV, begin + 1, tell))
local vs = call('HMGET', G, unpack(ARGV, begin + 1, tell))
local saved, ready = {unpack(ARGV, begin + 1, begin + 2 * n)}, {unpack(ARGV, begin + 1, begin + 2 * n)}
local held, taken, turns, sums, odd = nil, 0, 0, {}, {}
local due

local function slow()
--LIB
  local p = policy(string.match(ARGV[1], '(%d+) (%d+) (%d+) (%d+) (%d+)'))
  return function(x, g, told)
    local j = unjob(jobs[x])
    local v = decode(vs[x])
    local bury = apply(p, outcome(told), g, j.run, j.host, j.rec, v, sums)
    local more = v.moved > 0 and 3 or bury and 2
    if more then odd[#odd + 1], odd[#odd + 2] = x, more end
    return encode(v), v.lanes ~= '' and not shut(v) and free(v)
  end
end

-- What comes again from lead to lead is made once.
local other, sum, word, requests, quiet, stamp, head
local now, upto, of = str(NOW), 0, 2
for x = 1, n do
  local g, packed = ARGV[begin + x], ARGV[tell + x]
  local j, s = jobs[x], vs[x]
  if x > upto then
    of = of + 2
    upto = upto + num(ARGV[of + 1])
    sum = {done = 0, req = 0, leased = 0}
    sums[ARGV[of]] = sum
  end
  if not j or sub(j, 1, 17) ~= sub(packed, 1, 17) then
    odd[#odd + 1], odd[#odd + 2] = x, 0
    if not held then held = {unpack(ARGV, begin + 1, begin + x - 1)} end
  else
    taken = taken + 1
    if held then held[#held + 1] = g end
    sum.leased = sum.leased + 1
    local text, at
    local told = sub(packed, 18)
    if byte(told) == 6 and s and byte(s) == 0 then
      if told ~= word then
        word = told
        requests, quiet = from('>I4d', told, 2)
      end
      local ended, gap = from('>dd', s, 2)
      if requests > 0 and NOW - quiet > ended then ended = NOW - quiet end
      if ended ~= stamp then stamp, head = ended, pack('>Bd', 0, ended) end
      text = head .. sub(s, 10)
      at = #s > 17 and (ended > 0 and ended + gap or 0)
      sum.done, sum.req = sum.done + 1, sum.req + requests
    else
      if not other then other = slow() end
      text, at = other(x, g, told)
    end
    saved[2 * taken - 1], saved[2 * taken] = g, text
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
if taken > 0 then
  if held then
    call('HDEL', J, unpack(held))
    call('ZREM', P .. 'lease', unpack(held))
  else
    call('HDEL', J, unpack(ARGV, begin + 1, tell))
    call('ZREM', P .. 'lease', unpack(ARGV, begin + 1, tell))
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
