-- A host that moves to a group of another shard leaves this one. ARGV: host,
-- step, and of a step:
--   begin: from, to   its lanes take no more turns; returns the manners it
--                     leaves with, whether it is being visited and the runs here
--   parts: run        returns where its leads of a run lie here, by part, with the
--                     moment of those that wait for it, and what has ended
--   took: run, part, n or members: these have arrived
--   end: to           nothing is left; says so if it is still being visited
local name, step = ARGV[1], ARGV[2]
local h = host(name)
if step == 'begin' then
  local src, to = ARGV[3], ARGV[4]
  if h.moved and h.moved ~= to then return {'moved', h.moved} end
  if h.grp == '' then return {'gone'} end
  if h.grp ~= src then return {'moved', h.grp} end
  local here = h.told or call('HEXISTS', G, name) == 1
  h.moved = to
  if not here then
    h.grp = ''
    savehost(name, h)
    return {'gone'}
  end
  savehost(name, h)
  call('SADD', P .. 'moving', name)
  local v = group(src)
  for _, e in ipairs(lanes(v)) do
    local run, of = split(src, e)
    if of == name then delist(v, src, run, name) end
  end
  v.moved = 1
  save(src, v)
  schedule(src, v)
  local j = job(src)
  return {'ok', j and j.host == name and 1 or 0, h.state, h.reason,
    {v.ended, v.gap, v.ordered, v.delay, v.rest, v.level, num(call('HGET', P .. 'strikes', name))}, call('SMEMBERS', P .. 'runs')}
end
local g = h.grp
if step == 'parts' then
  local run = ARGV[3]
  local out = {}
  for _, q in ipairs({'q0', 'q1', 's', 't'}) do
    out[#out + 1] = call('LRANGE', P .. q .. ':' .. lane(run, name), 0, q == 's' and 0 or 499)
  end
  local later, ended = {}, {}
  local ms = call('ZRANGE', P .. 'later', 0, -1, 'WITHSCORES')
  for i = 1, #ms, 2 do
    local r, of, rec = parse(ms[i])
    if r == run and of == name and #later < 1000 then
      later[#later + 1] = ms[i + 1]
      later[#later + 1] = rec
    end
  end
  local es = call('HGETALL', P .. 'end:' .. run)
  for i = 1, #es, 2 do
    local of = string.match(es[i + 1], '^[^%z]*%z[^%z]*%z([^%z]*)%z')
    if of == name and #ended < 1000 then
      ended[#ended + 1] = call('ZSCORE', P .. 'dead:' .. run, es[i]) or '0'
      ended[#ended + 1] = es[i + 1]
    end
  end
  out[5], out[6] = later, ended
  return out
end
if step == 'took' then
  local run, part = ARGV[3], ARGV[4]
  local n = 0
  if part == 'later' then
    for i = 5, #ARGV, 2 do n = n + call('ZREM', P .. 'later', lane(run, name) .. '\0' .. ARGV[i + 1]) end
  elseif part == 'ended' then
    for i = 5, #ARGV, 2 do
      local kind, reason, rec = string.match(ARGV[i + 1], '^(.)([^%z]*)%z[^%z]*%z[^%z]*%z(.*)$')
      call('ZREM', P .. 'dead:' .. run, id(rec))
      local field = (kind == 'F' and 'f:' or 'x:') .. reason
      if call('HDEL', P .. 'end:' .. run, id(rec)) == 1 and call('HINCRBY', P .. 'run:' .. run, field, -1) <= 0 then
        call('HDEL', P .. 'run:' .. run, field)
      end
    end
  else
    n = num(ARGV[5])
    call('LTRIM', P .. part .. ':' .. lane(run, name), part == 's' and 1 or n, -1)
  end
  if part == 's' then packed(-n) end
  count(run, 'open', -n)
  return {'ok'}
end
if g ~= '' then
  local j = job(g)
  if j and j.host == name then return {'held'} end
  call('SREM', P .. 'moving', name)
  call('HDEL', P .. 'strikes', name)
  local v = group(g)
  v.moved = 0
  if g == name and v.lanes == '' then call('HDEL', G, g) else save(g, v) end
end
call('HSET', H, name, 'running\0\0\0' .. ARGV[3])
return {'ok'}
