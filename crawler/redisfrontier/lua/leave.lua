-- A host that moves to a group of another shard leaves this one. ARGV: host,
-- step, and of a step:
--   begin: from, to   its lanes take no more turns; returns the manners it
--                     leaves with, whether it is being visited and the runs here
--   parts: run        returns where its leads of a run lie here, by part, with the
--                     moment of those that wait for it, and what has ended
--   took: run, part, n or members: these have arrived
--   end               nothing is left; returns 0 while it is being visited
local host, step = ARGV[1], ARGV[2]
local hk = P .. 'h:' .. host
local h = call('HMGET', hk, 'grp', 'moved', 'state', 'reason')
if step == 'begin' then
  local from, to = ARGV[3], ARGV[4]
  if h[1] and h[1] ~= from or h[2] and h[2] ~= to then return {'moved', h[2] or h[1]} end
  call('HSET', hk, 'moved', to)
  if not h[1] then return {'gone'} end
  call('SADD', P .. 'moving', host)
  call('HSET', P .. 'g:' .. from, 'moved', 1)
  for _, ln in ipairs(call('LRANGE', P .. 'lanes:' .. from, 0, -1)) do
    local run, of = split(ln)
    if of == host then delist(run, host, from) end
  end
  local v = group(from, 'k:' .. host)
  schedule(from, v)
  local j = job(from)
  return {'ok', j and j.host == host and 1 or 0, h[3] or 'running', h[4] or '',
    {v.ended, v.gap, v.ordered, v.delay, v['until'], v.level, num(v.extra[1])}, call('SMEMBERS', P .. 'runs')}
end
local g = h[1]
if step == 'parts' then
  local run = ARGV[3]
  local out = {}
  for _, q in ipairs({'q0', 'q1', 's', 't'}) do
    out[#out + 1] = call('LRANGE', P .. q .. ':' .. lane(run, host), 0, q == 's' and 0 or 499)
  end
  local later, ended = {}, {}
  local ms = call('ZRANGE', P .. 'later', 0, -1, 'WITHSCORES')
  for i = 1, #ms, 2 do
    local r, of, rec = parse(ms[i])
    if r == run and of == host and #later < 1000 then
      later[#later + 1] = ms[i + 1]
      later[#later + 1] = rec
    end
  end
  local es = call('HGETALL', P .. 'end:' .. run)
  for i = 1, #es, 2 do
    local of = string.match(es[i + 1], '^[^%z]*%z[^%z]*%z([^%z]*)%z')
    if of == host and #ended < 1000 then
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
    for i = 5, #ARGV, 2 do n = n + call('ZREM', P .. 'later', lane(run, host) .. '\0' .. ARGV[i + 1]) end
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
    call('LTRIM', P .. part .. ':' .. lane(run, host), part == 's' and 1 or n, -1)
  end
  live(part == 's' and 0 or -n)
  count(run, 'open', -n)
  count(run, 'v', 1)
  return {'ok'}
end
if not g then
  call('HSET', hk, 'moved', ARGV[3])
  return {'ok'}
end
local j = job(g)
if j and j.host == host then return {'held'} end
call('SREM', P .. 'moving', host)
call('SREM', P .. 'hosts', host)
if call('SCARD', P .. 'moving') == 0 then call('HDEL', P .. 'g:' .. g, 'moved') end
if g == host then call('UNLINK', P .. 'g:' .. g, P .. 'lanes:' .. g) end
call('DEL', hk)
call('HSET', hk, 'moved', ARGV[3])
return {'ok'}
