-- ARGV: policy, run, host, the lead's eight bytes, outcome. Returns 'yes' if it
-- was open or leased, 'no', or what has to be done before one can know.
local p = policy(unpack(ARGV, 1, 5))
local run, name, key = ARGV[6], ARGV[7], ARGV[8]
local o = outcome(ARGV[9])
local ln = lane(run, name)
local h = host(name)
if h.moved then return {'moved', h.moved} end
local g = h.grp
local found, fence
local j = job(g)
if j and j.run == run and id(j.rec) == key then
  unlease(g, run)
  found, fence = j.rec, j.fence
end
for _, q in ipairs({'q0:', 'q1:', 't:'}) do
  if found then break end
  for _, rec in ipairs(call('LRANGE', P .. q .. ln, 0, -1)) do
    if id(rec) == key then
      found = rec
      call('LREM', P .. q .. ln, 1, rec)
      break
    end
  end
end
if not found then
  for _, m in ipairs(call('ZRANGE', P .. 'later', 0, -1)) do
    local a, b, rec = parse(m)
    if a == run and b == name and id(rec) == key then
      found = rec
      call('ZREM', P .. 'later', m)
      break
    end
  end
end
if not found then
  if call('EXISTS', P .. 's:' .. ln) == 1 then return {'unpack'} end
  return {'no'}
end
if not fence then count(run, 'open', -1) end
local sums = {}
local v = group(g)
local bury = apply(p, o, g, run, name, found, v, sums)
save(g, v)
post(sums)
schedule(g, v)
return {'yes', fence or '0', bury and 1 or 0, num(call('HGET', P .. 'run:' .. run, 'budget'))}
