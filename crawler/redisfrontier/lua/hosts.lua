-- ARGV: segment's size. Every host of the shard as it stands.
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
