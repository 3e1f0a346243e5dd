-- ARGV: the policy, then of each lease: group, fence, run, outcome. Returns of
-- each whether it was held, what was put aside and whether the group moved;
-- then when the shard is due next.
local p = policy(1)
local each = OUTCOME + 3
local groups, held = {}, {}
for i = 6, #ARGV, each do groups[#groups + 1] = ARGV[i] end
local jobs = call('HMGET', P .. 'job', unpack(groups))
local done, leased, ready, sums, replies, later = {}, {}, {}, {}, {}, {}
for x, g in ipairs(groups) do
  local i = 6 + (x - 1) * each
  local fence, run, host, rec
  if jobs[x] and not held[g] then fence, run, host, rec = string.match(jobs[x], '^(%d+)%z([^%z]*)%z([^%z]*)%z(.*)$') end
  if not fence or fence ~= ARGV[i + 1] or run ~= ARGV[i + 2] then
    replies[x] = 0
  else
    held[g] = true
    done[#done + 1] = g
    leased[run] = (leased[run] or 0) + 1
    later[#later + 1] = {x, i, g, run, host, rec}
  end
end
if #done > 0 then
  call('HDEL', P .. 'job', unpack(done))
  call('ZREM', P .. 'lease', unpack(done))
end
for run, n in pairs(leased) do count(run, 'leased', -n) end
for _, l in ipairs(later) do
  local x, i, g, run, host, rec = unpack(l)
  local v = group(g, 'k:' .. host)
  local bury = apply(p, outcome(i + 3), g, run, host, rec, v, sums)
  replies[x] = 1
  if bury then replies[x] = 2 end
  if v.moved then replies[x] = 3 end
  if not shut(v) and call('EXISTS', P .. 'lanes:' .. g) == 1 then
    ready[#ready + 1] = math.max(free(v), NOW)
    ready[#ready + 1] = g
  end
end
if #ready > 0 then call('ZADD', P .. 'ready', unpack(ready)) end
post(sums)
local budgets = {}
for run in pairs(leased) do
  if num(call('HGET', P .. 'run:' .. run, 'budget')) > 0 then budgets[#budgets + 1] = run end
end
return {wait(), replies, budgets}
