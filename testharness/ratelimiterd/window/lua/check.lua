-- Decides one request and counts it where it is allowed.
-- KEYS: counter; and, but on a Cluster, seq and own limit.
-- ARGV: limit, window in ms, nonce, clock offset in ms.
-- Returns {1 allowed or 0 blocked, count, limit, ms until the next may pass},
-- or the type of what is in the counter's place.
local counter, seq, own = KEYS[1], KEYS[2], KEYS[3]

local holds = kind(counter)
if holds ~= 'zset' and holds ~= 'none' then
  return holds
end

local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
if own then
  limit, window = in_force(own, limit, window)
end
local now = now_ms(ARGV[4])
local count = redis.call('ZCOUNT', counter, '(' .. whole(now - window), '+inf')

-- A client of a Cluster sends again what a broken connection left in doubt.
if not seq and redis.call('ZSCORE', counter, ARGV[3]) then
  return {1, count, limit, 0}
end

-- Counting comes before cleaning: a Redis that is out of memory refuses what
-- needs more only as long as the script has not written yet.
local allowed = count < limit
if allowed then
  local member = ARGV[3]
  if seq then
    -- Where seq holds something else, INCR fails and changes nothing.
    local number = redis.pcall('INCR', seq)
    if type(number) == 'number' then
      redis.call('PEXPIRE', seq, whole(window))
    else
      number = 0
    end
    member = whole(now) .. '-' .. whole(number) .. '-' .. member
  end
  redis.call('ZADD', counter, whole(now), member)
  count = count + 1
end
redis.call('ZREMRANGEBYSCORE', counter, '-inf', whole(now - window))
redis.call('PEXPIRE', counter, whole(window))
if allowed then
  return {1, count, limit, 0}
end

-- The request passes once so many have left that count is below limit. Where
-- that never happens (a limit of 0) the window is as good a time as any.
local wait = window
local leaving = redis.call('ZRANGE', counter, whole(count - limit), whole(count - limit), 'WITHSCORES')
if leaving[2] then
  wait = math.max(1, math.min(window, tonumber(leaving[2]) + window - now))
end
return {0, count, limit, wait}
