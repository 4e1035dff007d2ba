-- Removes a registration where it is still the one that this node made.
-- KEYS: registration. ARGV: address, registered_at.
local fields = redis.call('HMGET', KEYS[1], 'address', 'registered_at')
if fields[1] == ARGV[1] and fields[2] == ARGV[2] then
  return redis.call('DEL', KEYS[1])
end
return 0
