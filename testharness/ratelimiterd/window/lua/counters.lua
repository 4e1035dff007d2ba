-- Counts the requests in force.
-- KEYS: counter and own limit, alternating. ARGV: default limit and window in ms,
-- clock offset in ms.
-- Returns {index, count, limit} for each name that holds a counter.
local now = now_ms(ARGV[3])
local found = {}
for i = 1, #KEYS, 2 do
  if kind(KEYS[i]) == 'zset' then
    local limit, window = in_force(KEYS[i + 1], tonumber(ARGV[1]), tonumber(ARGV[2]))
    local count = redis.call('ZCOUNT', KEYS[i], '(' .. whole(now - window), '+inf')
    found[#found + 1] = {(i - 1) / 2, count, limit}
  end
end
return found
