//! Watching a connection frame by frame, for logs and for people. Off, it costs one branch for
//! each frame.

use std::fmt;
use std::io::IoSlice;
use std::sync::Arc;

use crate::protocol::{FrameSeen, ProtocolError};

/// What there is to see.
#[derive(Debug, Clone, Copy)]
pub enum Seen<'a> {
    /// A frame came in, whole, or as far as it came before it broke a rule.
    In(&'a FrameSeen),
    /// The 101 that goes out before all frames: a server's whole response head.
    Opening(&'a [u8]),
    /// A frame is about to go out.
    Out(&'a FrameSeen),
    /// The frame that came in last broke this rule.
    Broken(&'a ProtocolError),
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

    /// Shows everything to both, to `self` first.
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

    /// Shows the frames in what is to be written: whole ones, in one run of bytes.
    pub(super) fn show_written(&self, slices: &[IoSlice<'_>]) {
        let bytes: Vec<u8> = slices
            .iter()
            .flat_map(|slice| slice.iter().copied())
            .collect();
        let mut rest = bytes.as_slice();
        while let Some((frame, length)) = FrameSeen::read(rest) {
            self.show(Seen::Out(&frame));
            let length = length.and_then(|length| usize::try_from(length).ok());
            rest = length
                .and_then(|length| rest.get(length..))
                .unwrap_or_default();
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watch")
    }
}
