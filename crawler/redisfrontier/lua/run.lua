-- ARGV: run, command, words or number. Returns whether the run is known here
-- (1) or closed (2), and whether something was put aside.
local run, what = ARGV[1], ARGV[2]
local rk = P .. 'run:' .. run
local known = call('EXISTS', rk)
local bury = 0
if call('HGET', rk, 'state') == 'closed' then return {2, 0} end -- for good

-- Visits every lane of the run in the shard.
local function each(visit)
  local gs = call('HGETALL', G)
  for i = 1, #gs, 2 do
    if string.find(gs[i + 1], run, 18, true) then
      local g, v = gs[i], decode(gs[i + 1])
      for _, e in ipairs(lanes(v)) do
        local r, name = split(g, e)
        if r == run then visit(g, v, name) end
      end
    end
  end
end

if what == 'known' then return {known, 0} end
if what == 'wake' then -- a share of the budget is free again
  each(function(g, v) schedule(g, v) end)
  return {known, 0}
end
if what == 'budget' or what == 'open' then
  call('HSETNX', rk, 'state', 'running')
  call('SADD', P .. 'runs', run)
  if what == 'budget' then call('HSET', rk, 'budget', ARGV[3]) end
else
  call('HSET', rk, 'state', what, 'reason', ARGV[3])
end
if what == 'killed' then
  each(function(g, v, name)
    if doom(run, name, g, v, ARGV[3], '') then bury = 1 end
    save(g, v)
    if v.lanes == '' then call('ZREM', R, g) end
  end)
  for _, m in ipairs(call('ZRANGE', P .. 'later', 0, -1)) do
    local of, name = parse(m)
    if of == run and call('ZSCORE', P .. 'later', m) then
      local g = host(name).grp
      if doom(run, name, g, group(g), ARGV[3], '') then bury = 1 end
    end
  end
elseif what == 'running' then
  each(function(g, v)
    if not call('ZSCORE', R, g) then schedule(g, v) end
  end)
end
return {known, bury}
