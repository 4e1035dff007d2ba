-- What the scripts share. It is put in front of each of them.

-- The type of what a name holds, "none" where it holds nothing.
local function kind(name)
  return redis.call('TYPE', name).ok
end

-- The text of a whole number. Lua's own conversion keeps 14 digits only.
local function whole(number)
  return string.format('%.0f', number)
end

-- The whole number that text is, nil where it is none: an own limit may have
-- been written by anybody. Numbers above 2^53 are not exact in Lua.
local function integer(text)
  local number = tonumber(text)
  if number and number == math.floor(number) and math.abs(number) <= 9007199254740992 then
    return number
  end
end

-- The limit and the window in force: the key's own, else those given.
local function in_force(own, limit, window)
  if kind(own) == 'hash' then
    local fields = redis.call('HMGET', own, 'limit', 'window_ms')
    limit = integer(fields[1]) or limit
    local own_window = integer(fields[2])
    if own_window and own_window > 0 then
      window = own_window
    end
  end
  return limit, window
end

-- The time of Redis in milliseconds, off by as many as the node's clock is said
-- to be.
local function now_ms(offset)
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) + tonumber(offset)
end
