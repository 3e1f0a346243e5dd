-- What a script of this package works on, in this order:
--
--  WAIT   sorted set  id -> microsecond from which it may be taken
--  LEASE  sorted set  id -> microsecond at which its lease ends
--  HELD   hash        id -> fence of its lease; of one that has ended too, until another takes it
--  TRIES  hash        id -> attempts so far, where there were any
--  AGAIN  set         ids put while they were leased
--  DEAD   sorted set  id -> microsecond at which it was given up
--  WHY    hash        id -> "attempts reason"
--  N      hash        counters: w, l and d, of all and by group; the last turn and the last fence
--
-- An id is group, NUL, name. Times are the server's own microseconds, which a
-- Lua number holds exactly. Order and fences are times made strictly rising,
-- so that also a replica that takes over having missed the last moments gives
-- none twice.

local WAIT, LEASE, HELD, TRIES, AGAIN, DEAD, WHY, N = unpack(KEYS)
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]

local function text(n) return string.format('%.0f', n) end

local function count(kind, id, by)
  redis.call('HINCRBY', N, kind, by)
  local field = kind .. '\0' .. string.sub(id, 1, string.find(id, '\0', 1, true) - 1)
  if redis.call('HINCRBY', N, field, by) == 0 then redis.call('HDEL', N, field) end
end

local function rising(counter) -- the next of what only rises, not before now
  local n = math.max(now, (tonumber(redis.call('HGET', N, counter)) or 0) + 1)
  redis.call('HSET', N, counter, text(n))
  return n
end

-- a lease that has ended waits again; its fence stays good until it is taken
local function reap(limit)
  local ended = redis.call('ZRANGEBYSCORE', LEASE, '-inf', text(now), 'WITHSCORES', 'LIMIT', 0, limit)
  for i = 1, #ended, 2 do
    redis.call('ZADD', WAIT, ended[i + 1], ended[i])
    redis.call('ZREM', LEASE, ended[i])
    count('w', ended[i], 1)
    count('l', ended[i], -1)
  end
end

local function bury(id, tries, reason)
  redis.call('ZADD', DEAD, text(now), id)
  redis.call('HSET', WHY, id, tries .. ' ' .. reason)
  redis.call('HDEL', HELD, id)
  redis.call('HDEL', TRIES, id)
  redis.call('SREM', AGAIN, id)
  count('d', id, 1)
end

-- out of WAIT or LEASE, wherever it is
local function leave(id)
  if redis.call('ZREM', LEASE, id) == 1 then return count('l', id, -1) end
  if redis.call('ZREM', WAIT, id) == 1 then count('w', id, -1) end
end

local function wait(id, at, tries)
  redis.call('ZADD', WAIT, text(at), id)
  redis.call('HDEL', HELD, id)
  redis.call('SREM', AGAIN, id)
  if tries > 0 then redis.call('HSET', TRIES, id, tries) else redis.call('HDEL', TRIES, id) end
  count('w', id, 1)
end

local function revive(id)
  redis.call('ZADD', WAIT, text(rising('turn')), id)
  redis.call('ZREM', DEAD, id)
  redis.call('HDEL', WHY, id)
  count('w', id, 1)
  count('d', id, -1)
end
