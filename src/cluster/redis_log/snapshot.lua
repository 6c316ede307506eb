-- Stores a snapshot, if it is of the log's epoch, not past the log's end, and newer than the stored one.
-- KEYS: meta, snapshot. ARGV: epoch, sequence, state.
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'sequence')
local stored = redis.call('HMGET', KEYS[2], 'epoch', 'sequence')
local sequence = tonumber(ARGV[2])
if meta[1] ~= ARGV[1] or sequence > tonumber(meta[2] or 0) then return 0 end
if stored[1] == ARGV[1] and tonumber(stored[2] or 0) >= sequence then return 0 end
redis.call('HSET', KEYS[2], 'epoch', ARGV[1], 'sequence', ARGV[2], 'state', ARGV[3])
return 1
