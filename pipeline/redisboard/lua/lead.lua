-- KEYS: the office. ARGV: verb, who, fence, microseconds.
--
-- campaign  takes the office when nobody holds it. Answers the fence, or
--           minus the microseconds until its lease ends.
-- hold      extends the lease of that fence. Answers 1, or 0 where it is lost.
-- leave     gives it up. Answers 1, or 0 where it was another's already.
--
-- Fences are the server's time made strictly rising, so that a replica that
-- takes over having missed the last moments gives none twice.

local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local verb, who, fence, lasts = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local held = redis.call('HMGET', KEYS[1], 'fence', 'until')
local ends = tonumber(held[2]) or 0

if verb == 'campaign' then
  if ends > now then return string.format('%.0f', now - ends) end
  local new = string.format('%.0f', math.max(now, (tonumber(held[1]) or 0) + 1))
  redis.call('HSET', KEYS[1], 'who', who, 'fence', new, 'since', string.format('%.0f', now),
    'until', string.format('%.0f', now + lasts))
  return new
end
if held[1] ~= fence or ends <= now then return 0 end
redis.call('HSET', KEYS[1], 'until', string.format('%.0f', verb == 'hold' and now + lasts or 0))
return 1
