-- ARGV: how many, microseconds of a lease, attempts after which an
-- unsettled name is given up, and why. Answers microseconds until
-- there may be more, then id, attempt and fence of each.

reap(tonumber(ARGV[1]) + 100)
local until_ = text(now + ARGV[2])
local ready = text(math.max(now, tonumber(redis.call('HGET', N, 'turn')) or 0))
local out = {0}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', WAIT, '-inf', ready, 'LIMIT', 0, ARGV[1])) do
  local tries = tonumber(redis.call('HGET', TRIES, id)) or 0
  redis.call('ZREM', WAIT, id)
  count('w', id, -1)
  if tries >= tonumber(ARGV[3]) then
    bury(id, tries, ARGV[4])
  else
    local fence = text(rising('fence'))
    redis.call('ZADD', LEASE, until_, id)
    redis.call('HSET', HELD, id, fence)
    redis.call('HSET', TRIES, id, tries + 1)
    redis.call('SREM', AGAIN, id)
    count('l', id, 1)
    table.insert(out, id)
    table.insert(out, text(tries + 1))
    table.insert(out, fence)
  end
end
local next = -1
for _, set in ipairs({WAIT, LEASE}) do
  local first = redis.call('ZRANGE', set, 0, 0, 'WITHSCORES')
  if first[2] and (next < 0 or first[2] - now < next) then next = math.max(0, first[2] - now) end
end
out[1] = text(next)
return out
