//! Every bound of the protocol core, with its unit, its default and its reason.

/// What one connection may ask of this end's memory and patience.
///
/// The server's further bounds (handshake, queues, clients, time) stand in
/// `ServerConfig`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest message after reassembly, in bytes. Default 16 MiB. One byte more is
    /// refused with 1009 as soon as a header announces it, before any of it is buffered.
    pub max_message_bytes: u64,
    /// The most fragments of one message, empty ones included. Default 131072: with the
    /// default message size that is 128 bytes a fragment, far below what any sender
    /// chooses, and it ends a message that would otherwise never end. Refused with 1008.
    pub max_fragments: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_message_bytes: 16 << 20,
            max_fragments: 131_072,
        }
    }
}

/// Bytes that a receive buffer starts with and returns to: an idle connection costs this.
pub(super) const IDLE_BUFFER_BYTES: usize = 256;

/// Bytes that a receive buffer grows by at least while something is under way in it.
pub(super) const GROWTH_BYTES: usize = 4 << 10;

/// Bytes that a receive buffer may grow to because a lot arrives, rather than because
/// one message is long: past this, more per read gains nothing measurable.
pub(super) const BUSY_BUFFER_BYTES: usize = 64 << 10;

/// How many times a buffer runs empty before it is asked whether it is too large.
pub(super) const SHRINK_AFTER: u32 = 64;
