-- ARGV: segment's size. Every host of the shard as it stands.
local segment = num(ARGV[1])
local waiting = {}
for _, m in ipairs(call('ZRANGE', P .. 'later', 0, -1)) do
  local _, host = parse(m)
  waiting[host] = (waiting[host] or 0) + 1
end
local out = {NOW}
for _, host in ipairs(call('SMEMBERS', P .. 'hosts')) do
  local h = call('HMGET', P .. 'h:' .. host, 'grp', 'state', 'reason', 'moved')
  if h[1] and not h[4] then
    local g = h[1]
    local v = group(g)
    local open = waiting[host] or 0
    for _, ln in ipairs(call('LRANGE', P .. 'lanes:' .. g, 0, -1)) do
      local _, of = split(ln)
      if of == host then
        for _, q in ipairs({'q0:', 'q1:', 't:'}) do open = open + call('LLEN', P .. q .. ln) end
        open = open + segment * call('LLEN', P .. 's:' .. ln)
      end
    end
    local gap = v.gap
    if v.ordered > 0 then gap = v.ordered end
    if v.delay > gap then gap = v.delay end
    local j = job(g)
    out[#out + 1] = {host, g, h[2] or 'running', h[3] or '', gap, v['until'], open, j and j.host == host and 1 or 0}
  end
end
return out
