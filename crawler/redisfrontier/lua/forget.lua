-- ARGV: run. Removes all that is left of it in the shard.
local run = ARGV[1]
local rk = P .. 'run:' .. run
for b = 0, num(call('HGET', rk, 'sb')) do call('UNLINK', P .. 'seen:' .. run .. ':' .. string.format('%d', b)) end
call('UNLINK', rk, P .. 'dead:' .. run, P .. 'end:' .. run, P .. 'budget:' .. run, P .. 'out:' .. run, P .. 'purse:' .. run)
call('SREM', P .. 'runs', run)
return 1
