-- ARGV: run, host, what. "pack": segment's size, first record, packed segment;
-- "unpack": first eight bytes of the segment, its records.
local run, name, what = ARGV[1], ARGV[2], ARGV[3]
local ln = lane(run, name)
if what == 'pack' then
  local n = num(ARGV[4])
  if call('LINDEX', P .. 't:' .. ln, 0) ~= ARGV[5] or call('LLEN', P .. 't:' .. ln) < n then return 0 end
  call('RPUSH', P .. 's:' .. ln, ARGV[6])
  call('LTRIM', P .. 't:' .. ln, n, -1)
  packed(n)
  return 1
end
if string.sub(call('LINDEX', P .. 's:' .. ln, 0) or '', 1, 8) ~= ARGV[4] then return 0 end
call('LPOP', P .. 's:' .. ln)
local n = #ARGV - 4
for i = 5, #ARGV, 1000 do call('RPUSH', P .. 'q1:' .. ln, unpack(ARGV, i, math.min(i + 999, #ARGV))) end
packed(-n)
local h = host(name)
if h.moved then return 1 end
local v = group(h.grp)
enlist(v, h.grp, run, name)
save(h.grp, v)
schedule(h.grp, v)
return 1
