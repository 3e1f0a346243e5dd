-- ARGV: run, requests, bytes, microseconds, then spenders, of whom each has
-- spent so much more; nothing: only asks. Returns of each what it has spent: as
-- words, or nothing. In a closed run nothing is spent.
local run, by = ARGV[1], {num(ARGV[2]), num(ARGV[3]), num(ARGV[4])}
local k = P .. 'purse:' .. run
local asks = by[1] + by[2] + by[3] == 0 or call('HGET', P .. 'run:' .. run, 'state') == 'closed'
local out = {}
for i = 5, #ARGV do
  local s = call('HGET', k, ARGV[i]) or ''
  if not asks then
    local a, b, c = string.match(s, '^(%d+) (%d+) (%d+)$')
    s = str(num(a) + by[1]) .. ' ' .. str(num(b) + by[2]) .. ' ' .. str(num(c) + by[3])
    call('HSET', k, ARGV[i], s)
  end
  out[#out + 1] = s
end
return out
