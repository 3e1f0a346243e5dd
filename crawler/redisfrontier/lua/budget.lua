-- At the home of a run with a budget. ARGV: run, command, and
--   take: expires, then fences: which may be sent; each is remembered
--   spend: then fence and requests each, once a lease has ended
--   set: requests
--   old: fences whose lease should long be over
-- Returns state for each, or whether the budget is spent.
local run, what = ARGV[1], ARGV[2]
local bk, ok = P .. 'budget:' .. run, P .. 'out:' .. run
if what == 'set' then
  call('HSET', bk, 'budget', ARGV[3])
  call('HSETNX', bk, 'spent', ARGV[4])
end
local v = call('HMGET', bk, 'budget', 'spent')
local budget, spent = num(v[1]), num(v[2])
if what == 'old' then return call('ZRANGEBYSCORE', ok, '-inf', NOW - num(ARGV[3]), 'LIMIT', 0, 50) end
if what == 'take' then
  local out, held = {}, call('ZCARD', ok)
  for i = 4, #ARGV do
    if budget == 0 or spent + held < budget then
      call('ZADD', ok, num(ARGV[3]), ARGV[i])
      held = held + 1
      out[#out + 1] = 1
    else
      out[#out + 1] = 0
    end
  end
  return out
end
if what == 'spend' then
  for i = 3, #ARGV, 2 do
    call('ZREM', ok, ARGV[i])
    spent = spent + num(ARGV[i + 1])
  end
  call('HSET', bk, 'spent', spent)
end
return (budget > 0 and spent >= budget) and 1 or 0
