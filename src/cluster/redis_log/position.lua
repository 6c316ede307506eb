-- The range of entries that the log holds; no bundle is sent.
-- KEYS: log, meta. Returns nil, or {epoch, last sequence, ID of the first entry or ''}.
local meta = redis.call('HMGET', KEYS[2], 'epoch', 'sequence')
if not meta[1] then return false end
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
return {meta[1], meta[2] or '', first and first[1] or ''}
