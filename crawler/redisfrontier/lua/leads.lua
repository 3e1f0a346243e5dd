-- ARGV: run. All of its leads in the shard that are not done: state, reason,
-- host and record each; a packed segment has the state "packed".
local run = ARGV[1]
local out = {}
local function tell(state, reason, name, rec)
  out[#out + 1] = state
  out[#out + 1] = reason
  out[#out + 1] = name
  out[#out + 1] = rec
end
local function lists(name, at)
  for _, q in ipairs({'q0', 'q1', 's', 't'}) do
    for _, rec in ipairs(call('LRANGE', at(q), 0, -1)) do tell(q == 's' and 'packed' or 'open', '', name, rec) end
  end
end
local gs = call('HGETALL', G)
for i = 1, #gs, 2 do
  for _, e in ipairs(lanes(decode(gs[i + 1]))) do
    local of, name = split(gs[i], e)
    if of == run then lists(name, function(q) return P .. q .. ':' .. lane(run, name) end) end
  end
end
for _, m in ipairs(call('ZRANGE', P .. 'later', 0, -1)) do
  local of, name, rec = parse(m)
  if of == run then tell('open', '', name, rec) end
end
local jobs = call('HGETALL', J)
for i = 1, #jobs, 2 do
  local j = unjob(jobs[i], jobs[i + 1])
  if j.run == run then tell('open', '', j.host, j.rec) end
end
local doomed = call('HGETALL', P .. 'doom')
for i = 1, #doomed, 2 do
  local of, name = string.match(doomed[i + 1], '^([^%z]*)%z([^%z]*)%z')
  if of == run then lists(name, function(q) return P .. 'doom:' .. doomed[i] .. ':' .. q end) end
end
for _, e in ipairs(call('HVALS', P .. 'end:' .. run)) do
  local kind, reason, _, name, rec = string.match(e, '^(.)([^%z]*)%z([^%z]*)%z([^%z]*)%z(.*)$')
  tell(kind == 'F' and 'failed' or 'refused', reason, name, rec)
end
return out
