-- ARGV: run. All of its leads in the shard that are not done: state, reason,
-- host and record each; a packed segment has the state "packed".
local run = ARGV[1]
local out = {}
local function tell(state, reason, host, rec)
  out[#out + 1] = state
  out[#out + 1] = reason
  out[#out + 1] = host
  out[#out + 1] = rec
end
local function lists(host, at)
  for _, q in ipairs({'q0', 'q1', 's', 't'}) do
    for _, rec in ipairs(call('LRANGE', at(q), 0, -1)) do tell(q == 's' and 'packed' or 'open', '', host, rec) end
  end
end
for _, host in ipairs(call('SMEMBERS', P .. 'lane:' .. run)) do
  lists(host, function(q) return P .. q .. ':' .. lane(run, host) end)
end
for _, m in ipairs(call('ZRANGE', P .. 'later', 0, -1)) do
  local of, host, rec = parse(m)
  if of == run then tell('open', '', host, rec) end
end
for _, j in ipairs(call('HVALS', P .. 'job')) do
  local _, of, host, rec = string.match(j, '^(%d+)%z([^%z]*)%z([^%z]*)%z(.*)$')
  if of == run then tell('open', '', host, rec) end
end
local doomed = call('HGETALL', P .. 'doom')
for i = 1, #doomed, 2 do
  local of, host = string.match(doomed[i + 1], '^([^%z]*)%z([^%z]*)%z')
  if of == run then lists(host, function(q) return P .. 'doom:' .. doomed[i] .. ':' .. q end) end
end
for _, e in ipairs(call('HVALS', P .. 'end:' .. run)) do
  local kind, reason, _, host, rec = string.match(e, '^(.)([^%z]*)%z([^%z]*)%z([^%z]*)%z(.*)$')
  tell(kind == 'F' and 'failed' or 'refused', reason, host, rec)
end
return out
