-- A host moves to a group of the same shard. ARGV: host, from, to. While it is
-- being visited as one of the old group, the new one waits.
local name, src, to = ARGV[1], ARGV[2], ARGV[3]
local h = host(name)
if h.moved then return {'moved', h.moved} end
local unfinished = call('HGET', P .. 'within', name)
if h.grp == to and unfinished ~= src then return {'ok'} end
if h.grp ~= src and h.grp ~= to then return {'moved', h.grp} end
h.grp = to
savehost(name, h)
local v, w = group(src), group(to)
for _, e in ipairs(lanes(v)) do
  local run, of = split(src, e)
  if of == name then
    delist(v, src, run, name)
    enlist(w, to, run, name)
    w.again = math.max(w.again, v.again)
  end
end
for _, k in ipairs({'ended', 'gap', 'ordered', 'delay', 'rest', 'level'}) do w[k] = math.max(w[k], v[k]) end
if not unfinished then
  if h.state == 'paused' then
    v.paused = math.max(v.paused - 1, 0)
    w.paused = w.paused + 1
  end
  if call('HEXISTS', P .. 'strikes', name) == 1 then
    v.struck = math.max(v.struck - 1, 0)
    w.struck = w.struck + 1
  end
end
local j = job(src)
local held = j and j.host == name
if held then
  call('HSET', P .. 'within', name, src)
  v.moved = 1
else
  call('HDEL', P .. 'within', name)
  v.moved = 0
end
call(held and 'SADD' or 'SREM', P .. 'guests:' .. to, name)
w.guests = call('SCARD', P .. 'guests:' .. to)
if src == name and not held and v.lanes == '' then call('HDEL', G, src) else save(src, v) end
save(to, w)
schedule(src, v)
schedule(to, w)
return {'ok'}
