-- Counts an allowed request on a Cluster, where seq has a slot of its own.
-- KEYS: seq. ARGV: window in ms.
local number = redis.pcall('INCR', KEYS[1])
if type(number) == 'number' then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
end
return 0
