-- ARGV: host, group, command, number or words. A host may be told before its
-- first lead comes. Returns whether something was put aside, or where the host
-- went.
local name, g, what = ARGV[1], ARGV[2], ARGV[3]
local h = host(name)
if h.moved then return {'moved', h.moved} end
if h.grp ~= g then return {'moved', h.grp} end
local v = group(g)
local bury = 0
if what == 'gap' then
  v.ordered = num(ARGV[4])
  longest(v.ordered)
else
  if h.state == 'paused' and what ~= 'paused' then v.paused = math.max(v.paused - 1, 0) end
  if h.state ~= 'paused' and what == 'paused' then v.paused = v.paused + 1 end
  h.state, h.reason = what, ARGV[4]
  savehost(name, h)
  if what == 'killed' then
    local doomed = {}
    for _, e in ipairs(lanes(v)) do
      local run, of = split(g, e)
      if of == name then doomed[run] = true end
    end
    for _, m in ipairs(call('ZRANGE', P .. 'later', 0, -1)) do
      local run, of = parse(m)
      if of == name then doomed[run] = true end
    end
    for run in pairs(doomed) do
      if doom(run, name, g, v, ARGV[4], '') then bury = 1 end
    end
  end
end
save(g, v)
schedule(g, v)
return {'ok', bury}
