-- Forgets the requests of a key. KEYS: counter, seq.
-- Returns 1 where there was a counter.
local existed = 0
if kind(KEYS[1]) == 'zset' then
  existed = redis.call('UNLINK', KEYS[1])
end
if kind(KEYS[2]) == 'string' then
  redis.call('UNLINK', KEYS[2])
end
return existed
