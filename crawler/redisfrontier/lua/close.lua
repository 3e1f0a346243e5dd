-- ARGV: run. Of a run that is over everything goes but its counts, dead letters
-- and refusals. Every shard is told, so that none takes a lead of it again.
local run = ARGV[1]
local rk = P .. 'run:' .. run
for b = 0, num(call('HGET', rk, 'sb')) do call('UNLINK', P .. 'seen:' .. run .. ':' .. string.format('%d', b)) end
call('UNLINK', P .. 'budget:' .. run, P .. 'out:' .. run, P .. 'purse:' .. run)
local gone = {'reason', 'sb', 'sn', 'deep'}
for _, field in ipairs(call('HKEYS', rk)) do
  if string.sub(field, 1, 2) == 'p:' then gone[#gone + 1] = field end
end
call('HDEL', rk, unpack(gone))
call('HSET', rk, 'state', 'closed')
call('SADD', P .. 'runs', run)
return {}
