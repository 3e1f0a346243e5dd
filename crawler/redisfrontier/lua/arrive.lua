-- A host comes from another shard. ARGV: host, group, step, and of a step:
--   manners: visited there, state, reason, then ended, gap, ordered, delay,
--            until, level, strikes: the stricter holds
--   seen: run, fill, integers
--   q0, q1, s, t: run, how many leads, records or a segment
--   later, ended: run, then moment and record, or what is kept of it, each
-- A profile is known by its content, so it may be told before any step:
--   profiles: reference and profile each
local host, g, step = ARGV[1], ARGV[2], ARGV[3]
local gk = P .. 'g:' .. g
if step == 'profiles' then
  for i = 4, #ARGV, 2 do call('HSETNX', P .. 'p', ARGV[i], ARGV[i + 1]) end
  return {'ok'}
end
if step == 'manners' then
  local hk = P .. 'h:' .. host
  local was = call('HMGET', hk, 'state', 'grp')
  if was[2] and was[2] ~= g then return {'elsewhere'} end
  call('HSET', hk, 'grp', g)
  call('HDEL', hk, 'moved')
  call('SADD', P .. 'hosts', host)
  if ARGV[5] ~= 'running' and (was[1] or 'running') == 'running' then
    call('HSET', hk, 'state', ARGV[5], 'reason', ARGV[6])
    if ARGV[5] == 'paused' then call('HINCRBY', gk, 'paused', 1) end
  end
  local v = group(g)
  for i, k in ipairs({'ended', 'gap', 'ordered', 'delay', 'until', 'level'}) do
    local n = num(ARGV[6 + i])
    if n > v[k] then
      call('HSET', gk, k, n)
      if k == 'gap' or k == 'ordered' or k == 'delay' then longest(n) end
    end
  end
  if num(ARGV[13]) > 0 then call('HSET', gk, 'k:' .. host, ARGV[13]) end
  if ARGV[4] == '1' then
    call('SADD', P .. 'guests:' .. g, host)
  else
    call('SREM', P .. 'guests:' .. g, host)
  end
  call('HSET', gk, 'guests', call('SCARD', P .. 'guests:' .. g))
  schedule(g)
  return {'ok'}
end
local run = ARGV[4]
local rk = P .. 'run:' .. run
if call('HSETNX', rk, 'state', 'running') == 1 then call('SADD', P .. 'runs', run) end
call('SADD', P .. 'runs', run)
count(run, 'v', 1)
if step == 'seen' then
  local ks = {}
  for i = 6, #ARGV do ks[#ks + 1] = ARGV[i] end
  see(run, num(ARGV[5]), ks)
  return {'ok'}
end
if step == 'ended' then
  for i = 5, #ARGV, 2 do
    local kind, reason, rec = string.match(ARGV[i + 1], '^(.)([^%z]*)%z[^%z]*%z[^%z]*%z(.*)$')
    if call('HSET', P .. 'end:' .. run, id(rec), ARGV[i + 1]) == 1 then count(run, (kind == 'F' and 'f:' or 'x:') .. reason, 1) end
    if kind == 'F' then call('ZADD', P .. 'dead:' .. run, num(ARGV[i]), id(rec)) end
  end
  return {'ok'}
end
local ln = lane(run, host)
local n = 0
if step == 'later' then
  for i = 5, #ARGV, 2 do n = n + call('ZADD', P .. 'later', num(ARGV[i]), ln .. '\0' .. ARGV[i + 1]) end
else
  n = num(ARGV[5])
  for i = 6, #ARGV do call('RPUSH', P .. step .. ':' .. ln, ARGV[i]) end
  enlist(run, host, g)
end
count(run, 'open', n)
live(step == 's' and 0 or n)
schedule(g)
return {'ok'}
