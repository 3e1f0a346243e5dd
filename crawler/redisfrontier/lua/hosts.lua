-- ARGV: segment's size; a name, if one is asked for. Every host of the shard as
-- it stands, or that one; or where it went.
local segment = num(ARGV[1])
local waiting = {}
for _, m in ipairs(call('ZRANGE', P .. 'later', 0, -1)) do
  local _, name = parse(m)
  waiting[name] = (waiting[name] or 0) + 1
end
local out = {NOW}
local function tell(name, h, g, v)
  local open = waiting[name] or 0
  for _, e in ipairs(lanes(v)) do
    local run, of = split(g, e)
    if of == name then
      local ln = lane(run, name)
      for _, q in ipairs({'q0:', 'q1:', 't:'}) do open = open + call('LLEN', P .. q .. ln) end
      open = open + segment * call('LLEN', P .. 's:' .. ln)
    end
  end
  local j = job(g)
  local next = open > 0 and num(call('ZSCORE', R, g)) or 0
  out[#out + 1] = {name, g, h.state, h.reason, gap(v), v.rest, open, j and j.host == name and 1 or 0, v.ordered, v.delay, v.ended, next}
end
local wanted = ARGV[2]
if wanted then
  local h = host(wanted)
  if h.moved then return {'moved', h.moved} end
  if h.told then
    tell(wanted, h, h.grp, group(h.grp))
    return out
  end
  if call('HEXISTS', G, wanted) == 0 then return out end
  for _, other in ipairs(call('HKEYS', H)) do
    if host(other).grp == wanted then return out end -- the name of a group, not of a host
  end
  tell(wanted, h, wanted, group(wanted))
  return out
end
local told = {}
for _, name in ipairs(call('HKEYS', H)) do
  local h = host(name)
  told[name] = true
  if not h.moved then tell(name, h, h.grp, group(h.grp)) end
end
-- Of a group no host may have the name: it has none of its own then.
local named = {}
for _, name in ipairs(call('HKEYS', H)) do
  local h = host(name)
  if h.grp ~= name then named[h.grp] = true end
end
for _, g in ipairs(call('HKEYS', G)) do
  if not told[g] and not named[g] then tell(g, {state = 'running', reason = ''}, g, group(g)) end
end
return out
