-- Begins an epoch, if the log still has the one that the caller knows, or none.
-- KEYS: log, meta, snapshot. ARGV: the known epoch or '', the new one.
-- Answers the epoch that the log has then.
local log, meta, snapshot = KEYS[1], KEYS[2], KEYS[3]
local known = redis.call('HMGET', meta, 'epoch', 'time', 'clock')
if known[1] and known[1] ~= ARGV[1] then return known[1] end
redis.call('DEL', log, meta, snapshot)
redis.call('HSET', meta, 'epoch', ARGV[2], 'sequence', '0', 'bytes', '0', 'first', '1', 'cut', '0',
  'time', known[2] or '0', 'clock', known[3] or '0') -- the time goes on
return ARGV[2]
