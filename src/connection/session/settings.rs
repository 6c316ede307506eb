//! The settings of one connection.

use super::super::compression::{Deflate, DeflateOptions};
use super::super::queue::QueueLimits;
use crate::handshake::DeflateAgreed;
use crate::protocol::{Limits, MinRate, Rate, Timeouts};

/// The settings of one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SessionSettings {
    /// Bounds on what the peer may send.
    pub limits: Limits,
    /// Bounds on what waits for the peer.
    pub queue: QueueLimits,
    /// The clocks.
    pub timeouts: Timeouts,
    /// The least rate at which a message that has begun has to arrive; past it the connection is
    /// closed with 1008. `None`, the default: any rate. It does not hold for messages that are
    /// shown in pieces.
    pub min_rate: Option<MinRate>,
    /// How many messages the peer may send; past it the peer is read no faster, so that TCP slows
    /// it down. `None`, the default: any number.
    pub max_rate: Option<Rate>,
    /// What both ends agreed on for compressed messages; none by default.
    #[cfg(feature = "deflate")]
    pub deflate: Option<Deflate>,
}

impl SessionSettings {
    /// Settings that include what both ends agreed on for compressed messages.
    #[cfg_attr(not(feature = "deflate"), allow(unused_mut, unused_variables))]
    pub(crate) fn with_deflate(mut self, agreed: Option<(DeflateAgreed, DeflateOptions)>) -> Self {
        #[cfg(feature = "deflate")]
        {
            self.deflate = agreed.map(|(agreed, options)| Deflate::new(agreed, options));
        }
        self
    }

    #[cfg(feature = "deflate")]
    pub(super) fn deflate(&self) -> Option<Deflate> {
        self.deflate
    }

    #[cfg(not(feature = "deflate"))]
    pub(super) fn deflate(&self) -> Option<Deflate> {
        None
    }
}
