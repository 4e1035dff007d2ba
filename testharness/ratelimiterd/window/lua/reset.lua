-- Forgets the requests of a key. KEYS: counter, seq; ARGV: the type of each. On a
-- Cluster it is called for each by itself.
-- Returns 1 where there was the first.
local existed = 0
for i = 1, #KEYS do
  if kind(KEYS[i]) == ARGV[i] then
    local removed = redis.call('UNLINK', KEYS[i])
    if i == 1 then
      existed = removed
    end
  end
end
return existed
