-- ARGV: host, group, command, number or words. A host may be told before its
-- first lead comes. Returns what was put aside, or where the host went.
local host, g, what = ARGV[1], ARGV[2], ARGV[3]
local hk = P .. 'h:' .. host
local h = call('HMGET', hk, 'grp', 'state', 'moved')
if h[3] then return {'moved', h[3]} end
if h[1] and h[1] ~= g then return {'moved', h[1]} end
if not h[1] then
  call('HSET', hk, 'grp', g)
  call('SADD', P .. 'hosts', host)
end
local gk = P .. 'g:' .. g
local bury = 0
if what == 'gap' then
  call('HSET', gk, 'ordered', num(ARGV[4]))
  longest(num(ARGV[4]))
else
  if h[2] == 'paused' and what ~= 'paused' then call('HINCRBY', gk, 'paused', -1) end
  if h[2] ~= 'paused' and what == 'paused' then call('HINCRBY', gk, 'paused', 1) end
  call('HSET', hk, 'state', what, 'reason', ARGV[4])
  if what == 'killed' then
    for _, ln in ipairs(call('LRANGE', P .. 'lanes:' .. g, 0, -1)) do
      local run, of = split(ln)
      if of == host and doom(run, host, g, ARGV[4], '') then bury = 1 end
    end
    -- what waits for another try stands in no lane
    for _, m in ipairs(call('ZRANGE', P .. 'later', 0, -1)) do
      local run, of = parse(m)
      if of == host and call('ZSCORE', P .. 'later', m) and doom(run, host, g, ARGV[4], '') then bury = 1 end
    end
  end
end
schedule(g)
return {'ok', bury}
