-- Gives a key its own limit. KEYS: own limit. ARGV: limit, window in ms.
-- Returns "none", or the type of what is in the limit's place.
local holds = kind(KEYS[1])
if holds ~= 'hash' and holds ~= 'none' then
  return holds
end
redis.call('HSET', KEYS[1], 'limit', ARGV[1], 'window_ms', ARGV[2])
return 'none'
