//! Compressing one message (RFC 7692 section 7.2.1).

use std::sync::OnceLock;

use flate2::{Compress, Compression, FlushCompress};

use super::pool::Pool;

/// How hard to compress: 1, fast, to 9, small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct CompressionLevel(u8);

impl CompressionLevel {
    pub const fn of(level: u8) -> Self {
        Self(level)
    }
}

/// What a sync flush ends with (RFC 7692 section 7.2.1): it is left out of the message.
const FLUSH_BYTES: usize = 4;

/// The space that a message of any length needs in addition to its own length.
const LEAST_ROOM: usize = 64;

fn pool() -> &'static Pool<CompressionLevel, Compress> {
    static POOL: OnceLock<Pool<CompressionLevel, Compress>> = OnceLock::new();
    POOL.get_or_init(Pool::new)
}

/// Appends the compressed form of `payload` to `out` if it is shorter than `payload`; otherwise
/// `out` is unchanged. The compressed form refers to nothing before this message, and to nothing
/// further back than the message is long.
pub(crate) fn compress(payload: &[u8], level: CompressionLevel, out: &mut Vec<u8>) -> bool {
    let make = || Compress::new(Compression::new(level.0.into()), false);
    pool().with(level, make, |tool| compress_with(tool, payload, out))
}

fn compress_with(tool: &mut Compress, payload: &[u8], out: &mut Vec<u8>) -> bool {
    tool.reset();
    let start = out.len();
    // Room for the worst case, a literal of nine bits for each byte: the compressor cannot continue
    // after it has run out of room.
    out.resize(start + payload.len() + payload.len() / 7 + LEAST_ROOM, 0);
    let done = tool.compress(payload, &mut out[start..], FlushCompress::Sync);
    let written = tool.total_out() as usize; // it lies in memory
    let is_whole = done.is_ok() && tool.total_in() as usize == payload.len();
    let is_shorter = is_whole && (FLUSH_BYTES..payload.len() + FLUSH_BYTES).contains(&written);
    let kept = if is_shorter { written - FLUSH_BYTES } else { 0 };
    out.truncate(start + kept);
    is_shorter
}
