-- Appends one bundle to the log, unless the log has another epoch or none, or the append has happened.
-- KEYS: log, meta.
-- ARGV: epoch, node, counter, bundle, most entries, most bytes, most nodes, milliseconds.
-- Returns {'at', sequence}, {'epoch', the log's epoch or ''} or {'late', the counter seen last}.
local log, meta = KEYS[1], KEYS[2]
local epoch, node, counter, bundle = ARGV[1], 'node:' .. ARGV[2], tonumber(ARGV[3]), ARGV[4]
local most_entries, most_bytes = tonumber(ARGV[5]), tonumber(ARGV[6])
local most_nodes, forgotten_after = tonumber(ARGV[7]), tonumber(ARGV[8])

-- Lua would write a large number as 1e+15.
local function digits(number) return string.format('%.0f', number) end

local known = redis.call('HMGET', meta, 'epoch', 'sequence', 'bytes', 'first', 'cut', 'time', 'clock', node)
local sequence, bytes, first, cut, time, clock =
  tonumber(known[2] or 0), tonumber(known[3] or 0), tonumber(known[4] or 1), tonumber(known[5] or 0),
  tonumber(known[6] or 0), tonumber(known[7] or 0)
local seen = known[8]
if known[1] ~= epoch then return {'epoch', known[1] or ''} end
if seen then
  local last, place = string.match(seen, '^(%d+) (%d+) ')
  if tonumber(last) == counter then return {'at', place} end
  if tonumber(last) > counter then return {'late', last} end
end

-- The time never runs backwards, and it does not stand still either: if the clock was put back, or
-- is now that of another machine, the time continues from its last value.
local reading = redis.call('TIME')
local now = reading[1] * 1000 + math.floor(reading[2] / 1000)
time = math.max(now, time + math.max(0, now - clock))

sequence, bytes = sequence + 1, bytes + #bundle
redis.call('XADD', log, digits(sequence) .. '-0', 'epoch', epoch, 'node', ARGV[2], 'counter', ARGV[3],
  'time', digits(time), 'bytes', digits(bytes), 'bundle', bundle)
redis.call('HSET', meta, 'epoch', epoch, 'sequence', digits(sequence), 'bytes', digits(bytes),
  'first', digits(first), 'cut', digits(cut), 'time', digits(time), 'clock', digits(now),
  node, ARGV[3] .. ' ' .. digits(sequence) .. ' ' .. digits(time))

-- A log that exceeds a bound is trimmed to seven eighths of it, so that this happens seldom. `cut`
-- is the count of bytes before the first entry that stays, which is found by binary search.
if sequence - first + 1 > most_entries or bytes - cut > most_bytes then
  local low = math.max(first, sequence + 1 - math.max(1, math.floor(most_entries * 7 / 8)))
  local high, rest, cuts = sequence, most_bytes * 7 / 8, {[sequence] = bytes - #bundle}
  local function fits(place)
    local id = digits(place) .. '-0'
    local found = redis.call('XRANGE', log, id, id)[1]
    if not found then return false end
    cuts[place] = tonumber(found[2][10]) - #found[2][12]
    return bytes - cuts[place] <= rest
  end
  while low < high do
    local middle = math.floor((low + high) / 2)
    if fits(middle) then high = middle else low = middle + 1 end
  end
  redis.call('XTRIM', log, 'MINID', digits(low) .. '-0')
  redis.call('HSET', meta, 'first', digits(low), 'cut', digits(cuts[low]))
end

-- Every start of a server has a node ID of its own: nodes that left long ago are removed.
if not seen and redis.call('HLEN', meta) > most_nodes then
  local all, gone = redis.call('HGETALL', meta), {}
  for at = 1, #all, 2 do
    local last = string.match(all[at + 1], '^%d+ %d+ (%d+)$')
    if string.sub(all[at], 1, 5) == 'node:' and tonumber(last) < time - forgotten_after then
      gone[#gone + 1] = all[at]
    end
  end
  for _, field in ipairs(gone) do redis.call('HDEL', meta, field) end
end
return {'at', digits(sequence)}
