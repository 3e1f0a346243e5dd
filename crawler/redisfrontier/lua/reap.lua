-- ARGV: policy, words. Takes back what expired, a hundred at a time. Returns
-- how many, what waits to be buried, how many moves were not finished, and run,
-- fence and budget of each lease.
local p = policy(unpack(ARGV, 1, 5))
local sums = {}
local gs = call('ZRANGEBYSCORE', P .. 'lease', '-inf', NOW, 'LIMIT', 0, 100)
local fences = {}
for _, g in ipairs(gs) do
  local j = job(g)
  if j then
    unlease(g, j.run)
    local v = group(g)
    local o = {result = 'retry', reason = 'lease_expired', detail = ARGV[6], after = 0, requests = 0, quiet = 0, delay = 0, busy = false, base = 0, ask = 0}
    apply(p, o, g, j.run, j.host, j.rec, v, sums)
    v.ended = NOW -- a request may just have been answered
    save(g, v)
    schedule(g, v)
    fences[#fences + 1] = {j.run, j.fence, num(call('HGET', P .. 'run:' .. j.run, 'budget'))}
  else
    call('ZREM', P .. 'lease', g)
  end
end
post(sums)
return {#gs, call('HKEYS', P .. 'doom'), call('SCARD', P .. 'moving') + call('HLEN', P .. 'within'), fences}
