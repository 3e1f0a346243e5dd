-- What an outcome does to host, lead and run. ARGV, from i on: result, reason,
-- detail, after, requests, quiet, delay, busy, base, retry-after; the policy is
-- backoff, longest, forget, attempts, strikes.
local OUTCOME = 10

local function outcome(i)
  return {
    result = ARGV[i], reason = ARGV[i + 1], detail = ARGV[i + 2], after = num(ARGV[i + 3]), requests = num(ARGV[i + 4]),
    quiet = num(ARGV[i + 5]), delay = num(ARGV[i + 6]), busy = ARGV[i + 7] == '1', base = num(ARGV[i + 8]), ask = num(ARGV[i + 9]),
  }
end

local function policy(i)
  return {backoff = num(ARGV[i]), longest = num(ARGV[i + 1]), forget = num(ARGV[i + 2]), attempts = num(ARGV[i + 3]), strikes = num(ARGV[i + 4])}
end

local function rest(p, o, level)
  if o.ask > 0 then return math.min(o.ask, p.longest) end
  local wait = o.base
  if wait <= 0 then wait = p.backoff end
  for _ = 1, level do
    if wait >= p.longest then break end
    wait = wait * 2
  end
  return math.min(wait, p.longest)
end

-- Puts a lead back to wait. A run or host that was killed takes none.
local function back(run, host, g, rec, after)
  local why = killed(run, host)
  if why then
    finish(run, host, rec, 'F', why, '')
    return
  end
  count(run, 'open', 1)
  live(1)
  if after > 0 then
    call('ZADD', P .. 'later', NOW + after, lane(run, host) .. '\0' .. rec)
    return
  end
  call('LPUSH', P .. 'q0:' .. lane(run, host), rec)
  enlist(run, host, call('HGET', P .. 'h:' .. host, 'grp') or g)
end

-- The host's part; returns whether the run gives it up.
local function strike(p, o, g, host, v)
  local k = P .. 'g:' .. g
  if o.requests > 0 then
    v.ended = math.max(v.ended, NOW - o.quiet)
    if v.delay ~= o.delay then
      v.delay = o.delay
      longest(o.delay)
      call('HSET', k, 'ended', v.ended, 'delay', v.delay)
    else
      call('HSET', k, 'ended', v.ended)
    end
  end
  local strikes = v.extra[1]
  if not o.busy then
    if o.requests > 0 and strikes then call('HDEL', k, 'k:' .. host) end
    return false
  end
  local level = v.level
  if NOW - v['until'] >= p.forget then level = 0 end
  v['until'] = math.max(v['until'], NOW + rest(p, o, level))
  call('HSET', k, 'until', v['until'], 'level', level + 1)
  if num(strikes) + 1 >= p.strikes then
    call('HDEL', k, 'k:' .. host)
    return true
  end
  call('HINCRBY', k, 'k:' .. host, 1)
  return false
end

-- Applies an outcome to a lead that is in no list any more. Returns whether
-- something was put aside to be buried. Sums gathers what is counted.
local function apply(p, o, g, run, host, rec, v, sums)
  local spent = strike(p, o, g, host, v)
  sums[run] = sums[run] or {done = 0, req = 0}
  sums[run].req = sums[run].req + o.requests
  if o.result == 'done' then
    sums[run].done = sums[run].done + 1
  elseif o.result == 'failed' then
    finish(run, host, rec, 'F', o.reason, o.detail)
  elseif o.result == 'refused' then
    finish(run, host, rec, 'X', o.reason, o.detail)
  else
    local tries = string.byte(rec, 9)
    if o.result == 'retry' and not o.busy then
      tries = math.min(tries + 1, 255)
      rec = string.sub(rec, 1, 8) .. string.char(tries) .. string.sub(rec, 10)
    end
    if o.result == 'retry' and (spent or tries >= p.attempts) then
      finish(run, host, rec, 'F', o.reason, o.detail)
    else
      back(run, host, g, rec, o.after)
    end
  end
  if spent then return doom(run, host, g, o.reason, 'the run gave the host up') end
  return false
end

local function post(sums)
  for run, s in pairs(sums) do
    count(run, 'done', s.done)
    count(run, 'req', s.req)
    count(run, 'v', 1)
  end
end
