-- ARGV: run, where to go on, then the eight bytes of each lead that is wanted;
-- none: all. Opens dead letters again, some hundreds at a time. Returns how
-- many, and where to go on ('' at the end).
local run, after = ARGV[1], ARGV[2]
local ks = {}
local on = ''
if #ARGV > 2 then
  for i = 3, #ARGV do ks[#ks + 1] = ARGV[i] end
else
  local page = call('ZRANGEBYSCORE', P .. 'dead:' .. run, after, '+inf', 'WITHSCORES', 'LIMIT', 0, 300)
  for i = 1, #page, 2 do ks[#ks + 1] = page[i] end
  if #ks == 300 then on = '(' .. page[#page] end
end
local n = 0
for _, k in ipairs(ks) do
  local e = call('HGET', P .. 'end:' .. run, k)
  if e and string.sub(e, 1, 1) == 'F' then
    local reason, _, name, rec = string.match(e, '^F([^%z]*)%z([^%z]*)%z([^%z]*)%z(.*)$')
    local h = host(name)
    if h.state ~= 'killed' and not h.moved then
      call('HDEL', P .. 'end:' .. run, k)
      call('ZREM', P .. 'dead:' .. run, k)
      if call('HINCRBY', P .. 'run:' .. run, 'f:' .. reason, -1) <= 0 then call('HDEL', P .. 'run:' .. run, 'f:' .. reason) end
      rec = k .. string.char(0) .. string.sub(rec, 10)
      local ln = lane(run, name)
      local q = call('EXISTS', P .. 's:' .. ln, P .. 't:' .. ln) > 0 and 't:' or 'q1:'
      call('RPUSH', P .. q .. ln, rec)
      count(run, 'open', 1)
      local v = group(h.grp)
      local had = v.lanes
      enlist(v, h.grp, run, name)
      if v.lanes ~= had then save(h.grp, v) end
      if not call('ZSCORE', R, h.grp) then schedule(h.grp, v) end
      n = n + 1
    end
  end
end
return {n, on}
