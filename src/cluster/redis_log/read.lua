-- The entries after one, as many as are wanted and fit into a number of bytes, but at least one.
-- KEYS: log. ARGV: sequence, most entries, most bytes. Returns what XRANGE returns.
local most_entries, most_bytes = tonumber(ARGV[2]), tonumber(ARGV[3])
local entries, bytes, after = {}, 0, ARGV[1] .. '-0'
while #entries < most_entries do
  -- Entries are read one at a time: a bundle may have one byte or 8 MiB.
  local entry = redis.call('XRANGE', KEYS[1], '(' .. after, '+', 'COUNT', 1)[1]
  if not entry then break end
  bytes, after = bytes + #(entry[2][12] or ''), entry[1]
  if bytes > most_bytes and #entries > 0 then break end
  entries[#entries + 1] = entry
end
return entries
