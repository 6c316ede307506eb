//! Every bound of the protocol core, with its unit, its default and its reason.

use super::settings::{SettingError, check_count};

/// How much one peer may send in a message (RFC 6455 section 10.4).
///
/// ```
/// use wshub::protocol::Limits;
///
/// let limits = Limits { max_message_bytes: 64 << 10, ..Limits::default() };
/// assert_eq!(limits.max_fragments, 131_072);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Limits {
    /// The longest message after reassembly, in bytes. Default 16 MiB. One byte more is
    /// refused with 1009 as soon as a header announces it, before any of it is buffered.
    pub max_message_bytes: u64,
    /// The longest message that is streamed
    /// ([`Receiver::stream_fragments`](super::Receiver::stream_fragments)), in bytes; it holds
    /// instead of `max_message_bytes` then. Default 1 GiB. One byte more is refused with 1009 as
    /// soon as a header announces it; pieces of the message may have been handed out by then.
    pub max_streamed_message_bytes: u64,
    /// The most fragments of one message, empty ones included. Default 131072: with the
    /// default message size that is 128 bytes a fragment, far below what any sender
    /// chooses, and it ends a message that would otherwise never end. One fragment more is
    /// refused with 1008. It holds for streamed messages too.
    pub max_fragments: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_message_bytes: 16 << 20,
            max_streamed_message_bytes: 1 << 30,
            max_fragments: 131_072,
        }
    }
}

impl Limits {
    /// Checks that a message may hold something.
    ///
    /// # Errors
    ///
    /// The first limit that is zero.
    pub fn check(&self) -> Result<(), SettingError> {
        check_count("limits.max_message_bytes", self.max_message_bytes)?;
        check_count(
            "limits.max_streamed_message_bytes",
            self.max_streamed_message_bytes,
        )?;
        check_count("limits.max_fragments", self.max_fragments.into())
    }
}

/// Bytes that a receive buffer starts with and returns to: an idle connection costs this.
pub(super) const IDLE_BUFFER_BYTES: usize = 192;

/// Bytes that a receive buffer grows by at least while something is under way in it.
pub(super) const GROWTH_BYTES: usize = 4 << 10;

/// Bytes that a receive buffer may grow to because a lot arrives, rather than because
/// one message is long: past this, more per read gains nothing measurable.
pub(super) const BUSY_BUFFER_BYTES: usize = 64 << 10;

/// How many times a buffer runs empty before it is asked whether it is too large.
pub(super) const SHRINK_AFTER: u32 = 64;
