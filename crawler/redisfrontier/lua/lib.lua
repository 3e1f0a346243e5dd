-- What the scripts share about groups, hosts and leads.
local function id(rec) return string.sub(rec, 1, 8) end
local function lane(run, host) return run .. '\0' .. host end
local function parse(member) return string.match(member, '^([^%z]*)%z([^%z]*)%z(.*)$') end

-- A group is one field of a hash: when its last answer ended and its gap; the
-- rest only where there is any; then its lanes with \1 between, each a run, and
-- its host if that is not the group.
local function decode(s)
  if not s then
    return {ended = 0, gap = 0, ordered = 0, delay = 0, rest = 0, level = 0, paused = 0, guests = 0, moved = 0, struck = 0, again = 0, lanes = ''}
  end
  local more, ended, gap, at = from('>Bdd', s)
  local v = {ended = ended, gap = gap}
  if more == 1 then
    v.ordered, v.delay, v.rest, v.level, v.paused, v.guests, v.moved, v.struck, v.again, at = from('>dddHHHBHB', s, at)
  else
    v.ordered, v.delay, v.rest, v.level, v.paused, v.guests, v.moved, v.struck, v.again = 0, 0, 0, 0, 0, 0, 0, 0, 0
  end
  v.lanes = string.sub(s, at)
  return v
end

local function encode(v)
  if v.ordered + v.delay + v.rest + v.level + v.paused + v.guests + v.moved + v.struck + v.again == 0 then
    return pack('>Bdd', 0, v.ended, v.gap) .. v.lanes
  end
  return pack('>BdddddHHHBHB', 1, v.ended, v.gap, v.ordered, v.delay, v.rest, v.level, v.paused, v.guests, v.moved, v.struck, v.again) .. v.lanes
end

local function group(g) return decode(call('HGET', G, g)) end

local function entry(g, run, host)
  if host == g then return run end
  return run .. '\0' .. host
end

-- Run and host of a lane as it is written in its group.
local function split(g, e)
  local at = string.find(e, '\0', 1, true)
  if not at then return e, g end
  return string.sub(e, 1, at - 1), string.sub(e, at + 1)
end

-- A job says who is visited: fence, \1, the group as it stands, and the lane
-- and record of the lead with \2 before each. So who settles reads nothing else.
-- Jobs that older programs wrote have no group in them, and \0 between.
local function unjob(g, j)
  if string.byte(j, 17) ~= 1 then
    local fence, run, name, rec = string.match(j, '^(%d+)%z([^%z]*)%z([^%z]*)%z(.*)$')
    return {fence = fence, run = run, host = name, rec = rec}
  end
  local from = 35
  if string.byte(j, 18) == 1 then from = 69 end
  local a = string.find(j, '\2', from, true)
  local b = string.find(j, '\2', a + 1, true)
  local run, name = split(g, string.sub(j, a + 1, b - 1))
  return {fence = string.sub(j, 1, 16), run = run, host = name, rec = string.sub(j, b + 1), group = string.sub(j, 18, a - 1), tail = string.sub(j, a)}
end

local function job(g)
  local j = call('HGET', J, g)
  return j and unjob(g, j) or nil
end

-- Writes a group, and once more into its job if it has one.
local function save(g, v)
  local s = encode(v)
  call('HSET', G, g, s)
  local j = job(g)
  if j and j.group and j.group ~= s then call('HSET', J, g, j.fence .. '\1' .. s .. j.tail) end
end

local function lanes(v)
  local out = {}
  for e in string.gmatch(v.lanes, '[^\1]+') do out[#out + 1] = e end
  return out
end

local function enlist(v, g, run, host)
  local e = entry(g, run, host)
  if v.lanes == '' then
    v.lanes = e
  elseif v.lanes ~= e and not string.find('\1' .. v.lanes .. '\1', '\1' .. e .. '\1', 1, true) then
    v.lanes = v.lanes .. '\1' .. e
  end
end

local function delist(v, g, run, host)
  local e = entry(g, run, host)
  local out = {}
  for _, o in ipairs(lanes(v)) do
    if o ~= e then out[#out + 1] = o end
  end
  v.lanes = table.concat(out, '\1')
end

-- A host has a record only where there is something to say: an order about
-- it, a group of another name, or where it went.
local function host(name)
  local s = call('HGET', H, name)
  if not s then return {state = 'running', reason = '', grp = name} end
  local state, reason, grp, moved = string.match(s, '^([^%z]*)%z([^%z]*)%z([^%z]*)%z(.*)$')
  return {state = state, reason = reason, grp = grp, moved = moved ~= '' and moved or nil, told = true}
end

local function savehost(name, h)
  if h.state == 'running' and h.grp == name and not h.moved then
    call('HDEL', H, name)
  else
    call('HSET', H, name, h.state .. '\0' .. h.reason .. '\0' .. h.grp .. '\0' .. (h.moved or ''))
  end
end

-- When a group may be visited as far as courtesy decides.
local function gap(v)
  local d = v.gap
  if v.ordered > 0 then d = v.ordered end
  if v.delay > d then d = v.delay end
  return d
end

local function free(v)
  local at = v.rest
  if v.ended > 0 then
    local e = v.ended + gap(v)
    if e > at then at = e end
  end
  return at
end

local function shut(v) return v.paused > 0 or v.guests > 0 end

-- A group that nobody visits and that has lanes is ready from a moment on.
local function schedule(g, v)
  if shut(v) or v.lanes == '' or call('HEXISTS', J, g) == 1 then
    call('ZREM', R, g)
    return
  end
  call('ZADD', R, str(math.max(free(v), NOW)), g)
end

-- The longest gap of the shard is what it rests after another server took over.
local function longest(us)
  if us > num(call('HGET', P .. 'stat', 'maxgap')) then call('HSET', P .. 'stat', 'maxgap', us) end
end

-- How many leads of the shard lie in packed segments.
local function packed(by) call('HINCRBY', P .. 'stat', 'packed', str(by)) end

-- Lets a lead wait for its moment. Among the groups that are ready the one
-- without a name stands for all that wait so.
local function postpone(at, run, name, rec)
  call('ZADD', R, 'LT', str(at), '')
  return call('ZADD', P .. 'later', str(at), lane(run, name) .. '\0' .. rec)
end

-- A lead that failed (F) or was refused (X) is kept with its reason. Failed
-- ones have an order of their own that grows with every one in the shard.
local function finish(run, name, rec, kind, reason, detail)
  local k = id(rec)
  if kind == 'F' then
    local at = math.max(num(call('HGET', P .. 'stat', 'dl')) + 1, NOW)
    call('HSET', P .. 'stat', 'dl', at)
    call('ZADD', P .. 'dead:' .. run, at, k)
    count(run, 'f:' .. reason, 1)
  else
    count(run, 'x:' .. reason, 1)
  end
  call('HSET', P .. 'end:' .. run, k, kind .. reason .. '\0' .. string.sub(detail, 1, 500) .. '\0' .. name .. '\0' .. rec)
end

-- Why a lead may not wait for a visit, or nil.
local function killed(run, h)
  local r = call('HMGET', P .. 'run:' .. run, 'state', 'reason')
  if r[1] == 'killed' then return r[2] or 'killed' end
  if h.state == 'killed' then return h.reason end
  return nil
end

-- Puts all that waits in a lane aside to become dead letters, whatever its
-- length; who is not stopped in between buries them step by step. The caller
-- saves the group.
local function doom(run, name, g, v, reason, detail)
  local ln = lane(run, name)
  local n = string.format('%.0f', call('HINCRBY', P .. 'stat', 'doom', 1))
  local k = P .. 'doom:' .. n .. ':'
  local some = false
  for _, part in ipairs({'q0', 'q1', 's', 't'}) do
    if call('EXISTS', P .. part .. ':' .. ln) == 1 then
      call('RENAME', P .. part .. ':' .. ln, k .. part)
      some = true
    end
  end
  for _, m in ipairs(call('ZRANGE', P .. 'later', 0, -1)) do
    local r, of, rec = parse(m)
    if r == run and of == name then
      call('ZREM', P .. 'later', m)
      call('RPUSH', k .. 'q0', rec)
      some = true
    end
  end
  delist(v, g, run, name)
  if some then call('HSET', P .. 'doom', n, run .. '\0' .. name .. '\0' .. reason .. '\0' .. detail) end
  return some
end

local function unlease(g, run)
  call('HDEL', J, g)
  call('ZREM', P .. 'lease', g)
  count(run, 'leased', -1)
end
