-- Answers for how many microseconds the oldest name that is ready has been.

reap(1000)
local first = redis.call('ZRANGE', WAIT, 0, 0, 'WITHSCORES')
if not first[2] then return '0' end
return text(math.max(0, now - first[2]))
