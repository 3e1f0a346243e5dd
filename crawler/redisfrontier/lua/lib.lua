-- What the scripts share. KEYS[1] is the prefix of the shard, with its hash
-- tag. Times are microseconds by the server's clock: exact in a double, but
-- never to be joined to a string, which would round them.
local P = KEYS[1]
local call = redis.call
local T = call('TIME')
local NOW = T[1] * 1000000 + T[2]
local GROUP = {'ended', 'gap', 'ordered', 'delay', 'until', 'level', 'paused', 'guests', 'moved'}

local function num(x) return tonumber(x or 0) or 0 end
local function lane(run, host) return run .. '\0' .. host end
local function split(ln) return string.match(ln, '^([^%z]*)%z([^%z]*)$') end
local function id(rec) return string.sub(rec, 1, 8) end

-- How long until something is due, as peek says it.
local function wait()
  local at
  for _, k in ipairs({'ready', 'later'}) do
    local e = call('ZRANGE', P .. k, 0, 0, 'WITHSCORES')
    if e[2] and (not at or num(e[2]) < at) then at = num(e[2]) end
  end
  return at and at - NOW or -1e15
end

-- A group's fields, and whatever else of it is named.
local function group(g, ...)
  local v = call('HMGET', P .. 'g:' .. g, 'ended', 'gap', 'ordered', 'delay', 'until', 'level', 'paused', 'guests', 'moved', ...)
  local o = {extra = {}}
  for i, k in ipairs(GROUP) do o[k] = num(v[i]) end
  o.moved = v[9]
  for i = 10, #v do o.extra[i - 9] = v[i] end
  return o
end

-- When a group may be visited as far as courtesy decides.
local function free(v)
  local gap = v.gap
  if v.ordered > 0 then gap = v.ordered end
  if v.delay > gap then gap = v.delay end
  local at = v['until']
  if v.ended > 0 and v.ended + gap > at then at = v.ended + gap end
  return at
end

local function shut(v) return v.paused > 0 or v.guests > 0 end

-- A group that nobody visits and that has lanes is ready from a moment on.
local function schedule(g, v)
  v = v or group(g)
  if shut(v) or call('HEXISTS', P .. 'job', g) == 1 or call('EXISTS', P .. 'lanes:' .. g) == 0 then
    call('ZREM', P .. 'ready', g)
    return
  end
  call('ZADD', P .. 'ready', math.max(free(v), NOW), g)
end

-- The longest gap of the shard is what it rests after another server took over.
local function longest(us)
  if us > num(call('HGET', P .. 'stat', 'maxgap')) then call('HSET', P .. 'stat', 'maxgap', us) end
end

-- How many leads of the shard lie in the open.
local function live(by)
  if by ~= 0 then call('HINCRBY', P .. 'stat', 'live', by) end
end

-- Enters a lane into the turns of its group, unless its host is moving away.
local function enlist(run, host, g)
  if call('HEXISTS', P .. 'h:' .. host, 'moved') == 1 then return false end
  if call('SADD', P .. 'lane:' .. run, host) == 1 then
    call('RPUSH', P .. 'lanes:' .. g, lane(run, host))
    return true
  end
  return false
end

local function delist(run, host, g)
  call('SREM', P .. 'lane:' .. run, host)
  call('LREM', P .. 'lanes:' .. g, 0, lane(run, host))
end

local function bare(ln)
  return call('EXISTS', P .. 'q0:' .. ln, P .. 'q1:' .. ln, P .. 's:' .. ln, P .. 't:' .. ln) == 0
end

local function count(run, field, by)
  if by ~= 0 then call('HINCRBY', P .. 'run:' .. run, field, by) end
end

-- A lead that failed (F) or was refused (X) is kept with its reason. Failed
-- ones have an order of their own that grows with every one in the shard.
local function finish(run, host, rec, kind, reason, detail)
  local k = id(rec)
  if kind == 'F' then
    local at = math.max(num(call('HGET', P .. 'stat', 'dl')) + 1, NOW)
    call('HSET', P .. 'stat', 'dl', at)
    call('ZADD', P .. 'dead:' .. run, at, k)
    count(run, 'f:' .. reason, 1)
  else
    count(run, 'x:' .. reason, 1)
  end
  call('HSET', P .. 'end:' .. run, k, kind .. reason .. '\0' .. string.sub(detail, 1, 500) .. '\0' .. host .. '\0' .. rec)
end

-- Why a lead may not wait for a visit, or nil.
local function killed(run, host)
  local r = call('HMGET', P .. 'run:' .. run, 'state', 'reason')
  if r[1] == 'killed' then return r[2] or 'killed' end
  local h = call('HMGET', P .. 'h:' .. host, 'state', 'reason')
  if h[1] == 'killed' then return h[2] or 'killed' end
  return nil
end

local function parse(member) return string.match(member, '^([^%z]*)%z([^%z]*)%z(.*)$') end

-- Puts all that waits in a lane aside to become dead letters, whatever its
-- length; who is not stopped in between buries them step by step.
local function doom(run, host, g, reason, detail)
  local ln = lane(run, host)
  local n = call('HINCRBY', P .. 'stat', 'doom', 1)
  local k = P .. 'doom:' .. string.format('%.0f', n) .. ':'
  local some = false
  for _, part in ipairs({'q0', 'q1', 's', 't'}) do
    if call('EXISTS', P .. part .. ':' .. ln) == 1 then
      call('RENAME', P .. part .. ':' .. ln, k .. part)
      some = true
    end
  end
  for _, m in ipairs(call('ZRANGE', P .. 'later', 0, -1)) do
    local r, h, rec = parse(m)
    if r == run and h == host then
      call('ZREM', P .. 'later', m)
      call('RPUSH', k .. 'q0', rec)
      some = true
    end
  end
  delist(run, host, g)
  if some then call('HSET', P .. 'doom', string.format('%.0f', n), run .. '\0' .. host .. '\0' .. reason .. '\0' .. detail) end
  return some
end

local function job(g)
  local j = call('HGET', P .. 'job', g)
  if not j then return nil end
  local fence, run, host, rec = string.match(j, '^(%d+)%z([^%z]*)%z([^%z]*)%z(.*)$')
  return {fence = fence, run = run, host = host, rec = rec}
end

local function unlease(g, run)
  call('HDEL', P .. 'job', g)
  call('ZREM', P .. 'lease', g)
  count(run, 'leased', -1)
end
