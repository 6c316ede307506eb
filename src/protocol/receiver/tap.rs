//! Shows every frame that a receiver decodes.

use std::fmt;

use crate::protocol::frame::FrameHeader;
use crate::protocol::seen::FrameSeen;

/// The function that frames are shown to, and the data frame whose payload is arriving.
pub(super) struct Tap {
    show: Box<dyn FnMut(&FrameSeen) + Send>,
    arriving: Option<FrameSeen>,
}

impl Tap {
    pub(super) fn new(show: impl FnMut(&FrameSeen) + Send + 'static) -> Self {
        Self {
            show: Box::new(show),
            arriving: None,
        }
    }

    /// Shows a frame that is whole.
    pub(super) fn show(&mut self, frame: &FrameSeen) {
        (self.show)(frame);
    }

    /// A data frame begins.
    pub(super) fn begin(&mut self, header: &FrameHeader) {
        self.arriving = Some(FrameSeen::new(header, &[]));
    }

    /// The next bytes of its payload, unmasked.
    pub(super) fn arrived(&mut self, payload: &[u8]) {
        if let Some(frame) = &mut self.arriving {
            frame.extend(payload);
        }
    }

    /// Shows the data frame that is arriving, as far as it has come.
    pub(super) fn finish(&mut self) {
        if let Some(frame) = self.arriving.take() {
            (self.show)(&frame);
        }
    }
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tap")
    }
}
