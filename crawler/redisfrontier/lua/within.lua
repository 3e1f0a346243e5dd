-- A host moves to a group of the same shard. ARGV: host, from, to. While it is
-- being visited as one of the old group, the new one waits.
local host, from, to = ARGV[1], ARGV[2], ARGV[3]
local hk, gk = P .. 'h:' .. host, P .. 'g:' .. to
local h = call('HMGET', hk, 'grp', 'moved', 'state')
if h[2] then return {'moved', h[2]} end
local unfinished = call('HGET', P .. 'within', host)
if h[1] and h[1] ~= from and not (h[1] == to and unfinished == from) then
  if h[1] == to then return {'ok'} end
  return {'moved', h[1]}
end
call('HSET', hk, 'grp', to)
call('SADD', P .. 'hosts', host)
if not h[1] then return {'ok'} end
local v = group(from, 'k:' .. host)
for _, ln in ipairs(call('LRANGE', P .. 'lanes:' .. from, 0, -1)) do
  local run, of = split(ln)
  if of == host then
    delist(run, host, from)
    enlist(run, host, to)
  end
end
local w = group(to)
for _, k in ipairs({'ended', 'gap', 'ordered', 'delay', 'until', 'level'}) do
  if v[k] > w[k] then call('HSET', gk, k, v[k]) end
end
if v.extra[1] then
  call('HSET', gk, 'k:' .. host, v.extra[1])
  call('HDEL', P .. 'g:' .. from, 'k:' .. host)
end
if h[3] == 'paused' and not unfinished then
  call('HINCRBY', P .. 'g:' .. from, 'paused', -1)
  call('HINCRBY', gk, 'paused', 1)
end
local j = job(from)
if j and j.host == host then
  call('HSET', P .. 'within', host, from)
  call('HSET', P .. 'g:' .. from, 'moved', 1)
  call('SADD', P .. 'guests:' .. to, host)
else
  call('HDEL', P .. 'within', host)
  call('HDEL', P .. 'g:' .. from, 'moved')
  call('SREM', P .. 'guests:' .. to, host)
end
call('HSET', gk, 'guests', call('SCARD', P .. 'guests:' .. to))
schedule(from)
schedule(to)
return {'ok'}
