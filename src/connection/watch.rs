//! Watching a connection frame by frame, for logs and for people. Off, it costs one branch for
//! each frame.

use std::fmt;
use std::io::IoSlice;
use std::sync::Arc;

use super::compression::Deflate;
use crate::protocol::{FrameSeen, Inflate, ProtocolError};

/// One thing that a watch is shown.
#[derive(Debug, Clone, Copy)]
pub enum Seen<'a> {
    /// A frame arrived: whole, or as far as it had arrived when it broke a rule.
    In(&'a FrameSeen),
    /// The 101 that goes out before all frames: a server's whole response head.
    Opening(&'a [u8]),
    /// A frame is about to be sent.
    Out(&'a FrameSeen),
    /// The frame that came in last broke this rule.
    Broken(&'a ProtocolError),
    /// A compressed message came in, its last frame before this.
    InCompressed(CompressedSeen),
    /// A compressed message is about to go out, in the frame before this.
    OutCompressed(CompressedSeen),
}

/// The lengths of a compressed message.
///
/// [`Display`](fmt::Display) draws them as `compressed=33 inflated=1000`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompressedSeen {
    /// Bytes on the wire, without the headers of frames.
    pub compressed_bytes: u64,
    /// Bytes of the message itself.
    pub inflated_bytes: u64,
}

impl fmt::Display for CompressedSeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (compressed, inflated) = (self.compressed_bytes, self.inflated_bytes);
        write!(f, "compressed={compressed} inflated={inflated}")
    }
}

/// Shown each frame of one connection in both directions, on the thread that reads or writes
/// it; it must not wait.
#[derive(Clone)]
pub struct Watch(Arc<dyn Fn(Seen<'_>) + Send + Sync>);

impl Watch {
    /// Watches with `show`.
    pub fn new(show: impl Fn(Seen<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(show))
    }

    /// Shows everything to both, first to `self`.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::new(move |seen| {
            self.show(seen);
            other.show(seen);
        })
    }

    pub(super) fn show(&self, seen: Seen<'_>) {
        (self.0)(seen);
    }

    /// Shows the response head, if there is one.
    pub(super) fn show_opening(&self, head: &[u8]) {
        if !head.is_empty() {
            self.show(Seen::Opening(head));
        }
    }

    /// Shows the frames in what is about to be written: whole frames, in one sequence of bytes. The
    /// inflated length of a compressed message is found by inflating it, with the agreed
    /// parameters.
    pub(super) fn show_written(&self, slices: &[IoSlice<'_>], deflate: Option<Deflate>) {
        let bytes: Vec<u8> = slices
            .iter()
            .flat_map(|slice| slice.iter().copied())
            .collect();
        let mut rest = bytes.as_slice();
        while let Some((frame, length)) = FrameSeen::read(rest) {
            self.show(Seen::Out(&frame));
            let length = length.and_then(|length| usize::try_from(length).ok());
            let (whole, behind) = length
                .and_then(|length| rest.split_at_checked(length))
                .unwrap_or_default();
            if let (true, Some(deflate)) = (frame.rsv & RSV1 != 0, deflate)
                && let Some(seen) = compressed_seen(&frame, whole, deflate.inflater())
            {
                self.show(Seen::OutCompressed(seen));
            }
            rest = behind;
        }
    }
}

/// RSV1 in [`FrameSeen::rsv`]: the frame's message is compressed.
const RSV1: u8 = 4;

/// How many bytes of a compressed message are inflated at a time, to count them.
const PIECE_BYTES: usize = 64 << 10;

/// The lengths of the compressed message in one whole frame. `None`: it cannot be inflated.
fn compressed_seen(
    frame: &FrameSeen,
    whole: &[u8],
    mut inflate: Box<dyn Inflate>,
) -> Option<CompressedSeen> {
    let compressed_bytes = frame.payload_bytes?;
    let header = whole
        .len()
        .checked_sub(usize::try_from(compressed_bytes).ok()?)?;
    let mut payload = whole[header..].to_vec();
    if let Some(key) = frame.masking_key {
        key.apply(0, &mut payload);
    }
    let (mut rest, mut piece) = (payload.as_slice(), Vec::new());
    let mut inflated_bytes = 0;
    loop {
        piece.clear();
        let step = inflate.inflate(rest, true, &mut piece, PIECE_BYTES).ok()?;
        inflated_bytes += piece.len() as u64;
        rest = &rest[step.consumed..];
        if step.done {
            return Some(CompressedSeen {
                compressed_bytes,
                inflated_bytes,
            });
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watch")
    }
}
