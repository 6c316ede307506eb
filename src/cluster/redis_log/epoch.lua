-- Begins an epoch, if the log's epoch is still the one that the caller knows, or if there is none.
-- KEYS: log, meta, snapshot. ARGV: the known epoch or '', the new one.
-- Returns the epoch that the log has afterwards.
local log, meta, snapshot = KEYS[1], KEYS[2], KEYS[3]
local known = redis.call('HMGET', meta, 'epoch', 'time', 'clock')
if known[1] and known[1] ~= ARGV[1] then return known[1] end
redis.call('DEL', log, meta, snapshot)
redis.call('HSET', meta, 'epoch', ARGV[2], 'sequence', '0', 'bytes', '0', 'first', '1', 'cut', '0',
  'time', known[2] or '0', 'clock', known[3] or '0') -- the log's time continues
return ARGV[2]
