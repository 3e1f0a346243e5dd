-- ARGV: run, command, words or number. Returns whether the run is known here,
-- and what was put aside.
local run, what = ARGV[1], ARGV[2]
local rk = P .. 'run:' .. run
local known = call('EXISTS', rk)
local bury = 0
local function where(host) return call('HGET', P .. 'h:' .. host, 'grp') or host end
if what == 'known' then return {known, 0} end
if what == 'wake' then -- a share of the budget is free again
  for _, host in ipairs(call('SMEMBERS', P .. 'lane:' .. run)) do schedule(where(host)) end
  return {known, 0}
end
if what == 'budget' or what == 'open' then
  call('HSETNX', rk, 'state', 'running')
  call('SADD', P .. 'runs', run)
  if what == 'budget' then call('HSET', rk, 'budget', ARGV[3]) end
else
  call('HSET', rk, 'state', what, 'reason', ARGV[3])
end
count(run, 'v', 1)
if what == 'killed' then
  for _, host in ipairs(call('SMEMBERS', P .. 'lane:' .. run)) do
    local g = where(host)
    if doom(run, host, g, ARGV[3], '') then bury = 1 end
    if call('EXISTS', P .. 'lanes:' .. g) == 0 then call('ZREM', P .. 'ready', g) end
  end
  for _, m in ipairs(call('ZRANGE', P .. 'later', 0, -1)) do
    local of, host = parse(m)
    if of == run and call('ZSCORE', P .. 'later', m) and doom(run, host, where(host), ARGV[3], '') then bury = 1 end
  end
elseif what == 'running' then
  for _, host in ipairs(call('SMEMBERS', P .. 'lane:' .. run)) do
    local g = where(host)
    if not call('ZSCORE', P .. 'ready', g) then schedule(g) end
  end
end
return {known, bury}
