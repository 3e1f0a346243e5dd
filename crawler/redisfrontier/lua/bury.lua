-- ARGV: number of a doomed lane, then, of a segment that was unpacked, its
-- first eight bytes and its records. Makes dead letters of some hundreds.
-- Returns 0 when all is buried, 1 to go on, or a segment to be unpacked.
local k = P .. 'doom:' .. ARGV[1] .. ':'
local d = call('HGET', P .. 'doom', ARGV[1])
if not d then return 0 end
local run, name, reason, detail = string.match(d, '^([^%z]*)%z([^%z]*)%z([^%z]*)%z(.*)$')
local n = 0
local function bury(rec)
  n = n + 1
  finish(run, name, rec, 'F', reason, detail)
end
if #ARGV > 1 and string.sub(call('LINDEX', k .. 's', 0) or '', 1, 8) == ARGV[2] then
  call('LPOP', k .. 's')
  for i = 3, #ARGV do bury(ARGV[i]) end
  packed(-n)
end
while n < 300 do
  local rec = call('LPOP', k .. 'q0') or call('LPOP', k .. 'q1')
  if not rec and call('EXISTS', k .. 's') == 0 then rec = call('LPOP', k .. 't') end
  if not rec then break end
  bury(rec)
end
count(run, 'open', -n)
if n >= 300 then return 1 end
local s = call('LINDEX', k .. 's', 0)
if s then return s end
if call('EXISTS', k .. 't') == 1 then return 1 end
call('HDEL', P .. 'doom', ARGV[1])
return 0
