-- What an outcome does to host, lead and run. It comes packed: what, requests,
-- quiet, delay, after, busy, base, retry-after, then reason and detail; of a
-- lead that is just done, 6, requests and quiet. The policy is backoff, longest, forget, attempts, strikes.
local RESULTS = {'done', 'failed', 'refused', 'retry', 'returned'}

local function outcome(s)
  local o = {}
  local what, busy, at
  if string.byte(s) == 6 then
    what, o.requests, o.quiet = from('>BI4d', s)
    o.result, o.reason, o.detail, o.delay, o.after, o.base, o.ask = 'done', '', '', 0, 0, 0, 0
    return o
  end
  what, o.requests, o.quiet, o.delay, o.after, busy, o.base, o.ask, at = from('>BI4dddBdd', s)
  o.result, o.busy = RESULTS[what], busy == 1
  o.reason, o.detail = string.match(s, '^([^%z]*)%z(.*)$', at)
  return o
end

local function policy(backoff, longest, forget, attempts, strikes)
  return {backoff = num(backoff), longest = num(longest), forget = num(forget), attempts = num(attempts), strikes = num(strikes)}
end

local function rest(p, o, level)
  if o.ask > 0 then return math.min(o.ask, p.longest) end
  local d = o.base
  if d <= 0 then d = p.backoff end
  for _ = 1, level do
    if d >= p.longest then break end
    d = d * 2
  end
  return math.min(d, p.longest)
end

-- Puts a lead back to wait. A run or host that was killed takes none; one that
-- moves away is fetched from here.
local function back(run, name, g, v, rec, after)
  local h = host(name)
  local why = killed(run, h)
  if why then
    finish(run, name, rec, 'F', why, '')
    return
  end
  count(run, 'open', 1)
  if after > 0 then
    postpone(NOW + after, run, name, rec)
    return
  end
  call('LPUSH', P .. 'q0:' .. lane(run, name), rec)
  if h.moved then return end
  if h.grp == g then
    enlist(v, g, run, name)
    v.again = 1
  else
    local w = group(h.grp)
    enlist(w, h.grp, run, name)
    w.again = 1
    save(h.grp, w)
  end
end

-- The host's part; returns whether the run gives it up.
local function strike(p, o, name, v)
  if o.requests > 0 then
    v.ended = math.max(v.ended, NOW - o.quiet)
    if v.delay ~= o.delay then
      v.delay = o.delay
      longest(o.delay)
    end
  end
  if not o.busy then
    if o.requests > 0 and v.struck > 0 and call('HDEL', P .. 'strikes', name) == 1 then v.struck = v.struck - 1 end
    return false
  end
  local level = v.level
  if NOW - v.rest >= p.forget then level = 0 end
  v.rest = math.max(v.rest, NOW + rest(p, o, level))
  v.level = math.min(level + 1, 1000)
  local n = num(call('HINCRBY', P .. 'strikes', name, 1))
  if n == 1 then v.struck = v.struck + 1 end
  if n >= p.strikes then
    call('HDEL', P .. 'strikes', name)
    v.struck = math.max(v.struck - 1, 0)
    return true
  end
  return false
end

-- Applies an outcome to a lead that is in no list any more, and to its group,
-- which the caller saves. Returns whether something was put aside to be
-- buried. Sums gathers what is counted.
local function apply(p, o, g, run, name, rec, v, sums)
  local spent = strike(p, o, name, v)
  local s = sums[run]
  if not s then
    s = {done = 0, req = 0}
    sums[run] = s
  end
  s.req = s.req + o.requests
  if o.result == 'done' then
    s.done = s.done + 1
  elseif o.result == 'failed' then
    finish(run, name, rec, 'F', o.reason, o.detail)
  elseif o.result == 'refused' then
    finish(run, name, rec, 'X', o.reason, o.detail)
  else
    local tries = string.byte(rec, 9)
    if o.result == 'retry' and not o.busy then
      tries = math.min(tries + 1, 255)
      rec = string.sub(rec, 1, 8) .. string.char(tries) .. string.sub(rec, 10)
    end
    if o.result == 'retry' and (spent or tries >= p.attempts) then
      finish(run, name, rec, 'F', o.reason, o.detail)
    else
      back(run, name, g, v, rec, o.after)
    end
  end
  if spent then return doom(run, name, g, v, o.reason, 'the run gave the host up') end
  return false
end

local function post(sums)
  for run, s in pairs(sums) do
    count(run, 'done', s.done)
    count(run, 'req', s.req)
  end
end
