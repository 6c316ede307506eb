//! How a compressed message came.

/// A compressed message that has been inflated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CompressedForm<'a> {
    /// The message's length in bytes, as it came.
    pub compressed_bytes: u64,
    /// The message's length in bytes, inflated.
    pub inflated_bytes: u64,
    /// The message as it came, if that can be sent to others.
    pub reusable: Option<&'a [u8]>,
}
