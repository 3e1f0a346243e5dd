-- A host comes from another shard. ARGV: host, group, step, and of a step:
--   profiles: reference and profile each
--   manners: visited there, state, reason, then ended, gap, ordered, delay,
--            until, level, strikes: the stricter holds
--   seen: run, fill, integers
--   q0, q1, s, t: run, how many leads, records or a segment
--   later, ended: run, then moment and record, or what is kept of it, each
local name, g, step = ARGV[1], ARGV[2], ARGV[3]
if step == 'profiles' then
  for i = 4, #ARGV, 2 do call('HSETNX', P .. 'p', ARGV[i], ARGV[i + 1]) end
  return {'ok'}
end
local v = group(g)
if step == 'manners' then
  local h = host(name)
  if h.told and h.grp ~= g and h.grp ~= '' and not h.moved then return {'elsewhere'} end
  h.grp, h.moved = g, nil
  if ARGV[5] ~= 'running' and h.state == 'running' then
    h.state, h.reason = ARGV[5], ARGV[6]
    if h.state == 'paused' then v.paused = v.paused + 1 end
  end
  savehost(name, h)
  for i, k in ipairs({'ended', 'gap', 'ordered', 'delay', 'rest', 'level'}) do v[k] = math.max(v[k], num(ARGV[6 + i])) end
  longest(gap(v))
  if num(ARGV[13]) > 0 and call('HSET', P .. 'strikes', name, ARGV[13]) == 1 then v.struck = v.struck + 1 end
  call(ARGV[4] == '1' and 'SADD' or 'SREM', P .. 'guests:' .. g, name)
  v.guests = call('SCARD', P .. 'guests:' .. g)
  save(g, v)
  schedule(g, v)
  return {'ok'}
end
local run = ARGV[4]
call('HSETNX', P .. 'run:' .. run, 'state', 'running')
call('SADD', P .. 'runs', run)
if step == 'seen' then
  local r = call('HMGET', P .. 'run:' .. run, 'sb', 'sn')
  local _, fresh, buckets = see(run, num(ARGV[5]), 6, #ARGV, math.max(num(r[1]), 1), num(r[2]))
  call('HSET', P .. 'run:' .. run, 'sb', buckets, 'sn', str(num(r[2]) + fresh))
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
local ln = lane(run, name)
local n = 0
if step == 'later' then
  for i = 5, #ARGV, 2 do n = n + postpone(num(ARGV[i]), run, name, ARGV[i + 1]) end
else
  n = num(ARGV[5])
  for i = 6, #ARGV do call('RPUSH', P .. step .. ':' .. ln, ARGV[i]) end
  enlist(v, g, run, name)
  if step == 'q0' then v.again = 1 end
end
count(run, 'open', n)
call('HSET', P .. 'run:' .. run, 'deep', 1)
if step == 's' then packed(n) end
save(g, v)
schedule(g, v)
return {'ok'}
