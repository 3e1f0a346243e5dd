-- ARGV: the policy, then of each lease: group, how its job begins (fence and
-- run), outcome. Returns when a group that was settled is due again; of each
-- lease whether it was held (1), left something to be buried (2) or its host
-- moves away (3); and the runs that have a budget.
--
-- Most leads are done, at hosts with nothing special about them: of these only
-- the moment of the answer is written. For all others slow() is called, once.
local sub, find, byte = string.sub, string.find, string.byte
local groups, n = {}, 0
for i = 6, #ARGV, 3 do
  n = n + 1
  groups[n] = ARGV[i]
end
local jobs = call('HMGET', J, unpack(groups))
local vs = call('HMGET', G, unpack(groups))
local held, saved, ready, replies, mine, sums = {}, {}, {}, {}, {}, {}
local due

local function slow()
--LIB
  local p = policy(1)
  return function(x, g, packed)
    local j = unjob(jobs[x])
    local v = decode(vs[x])
    local bury = apply(p, outcome(packed), g, j.run, j.host, j.rec, v, sums)
    replies[x] = v.moved > 0 and 3 or bury and 2 or 1
    return encode(v), v.lanes ~= '' and not shut(v) and free(v)
  end
end

local other, last, sum
for x = 1, n do
  local i = 3 + 3 * x
  local g, begins, packed = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local j, s = jobs[x], vs[x]
  if not j or held[g] or sub(j, 1, #begins) ~= begins then
    replies[x] = 0
  else
    held[g] = true
    mine[#mine + 1] = g
    local run = sub(begins, find(begins, '\0', 1, true) + 1, -2)
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
      replies[x] = 1
    else
      if not other then other = slow() end
      text, at = other(x, g, packed)
    end
    saved[#saved + 1] = g
    saved[#saved + 1] = text
    if at then
      at = math.max(at, NOW)
      if not due or at < due then due = at end
      ready[#ready + 1] = str(at)
      ready[#ready + 1] = g
    end
  end
end
if #mine > 0 then
  call('HDEL', J, unpack(mine))
  call('ZREM', P .. 'lease', unpack(mine))
  call('HSET', G, unpack(saved))
end
if #ready > 0 then call('ZADD', R, unpack(ready)) end
local budgets = {}
for run, s in pairs(sums) do
  if num(call('HGET', P .. 'run:' .. run, 'budget')) > 0 then budgets[#budgets + 1] = run end
  count(run, 'leased', -s.leased)
  count(run, 'done', s.done)
  count(run, 'req', s.req)
end
return {due and due - NOW or -1e15, replies, budgets}
