//! Describes how a session ended, from what is known at its end.

use std::io;
use std::time::Instant;

use super::cause::{AbortCause, CloseCause};
use super::wire::Wire;
use crate::protocol::{CloseFrame, Initiator, ProtocolError, Timers};
use crate::transport::TlsFault;

/// What the reader saw of a connection's end.
#[derive(Debug, Default)]
pub(super) struct Story {
    pub(super) peer_close: Option<CloseFrame>,
    pub(super) fault: Option<ProtocolError>,
    /// Why this end could not accept what the peer was sending.
    pub(super) gave_up: Option<ProtocolError>,
    pub(super) failure: Option<(io::ErrorKind, Option<i32>)>,
    pub(super) tls_fault: Option<TlsFault>,
}

impl Story {
    /// The complete cause. `mid_message`: a message or a frame had begun and was not complete.
    pub(super) fn cause(
        &self,
        wire: &Wire,
        timers: &Timers,
        mid_message: bool,
        now: Instant,
    ) -> CloseCause {
        let sent_close = wire.sent_close().map(|(frame, _)| frame);
        let by = wire.life().begun_by().unwrap_or(Initiator::Network);
        let began = match by {
            Initiator::Peer => self.peer_close.as_ref(),
            Initiator::Local | Initiator::Fault => sent_close.as_ref(),
            Initiator::Network => None,
        };
        let errno = self.failure.and_then(|(_, number)| number);
        CloseCause {
            by,
            code: began.map_or(1006, CloseFrame::code_or_1005),
            reason: began.map_or("", CloseFrame::reason).to_owned(),
            why: self.why(by, wire.abort_cause(), mid_message),
            fault: self.fault,
            aborted: wire.abort_cause(),
            errno: errno.or_else(|| wire.errno()),
            clean: self.peer_close.is_some() && sent_close.is_some(),
            lasted: timers.lasted(now),
            silent: timers.silent(now),
            received: wire.received.read().data(),
            sent: wire.sent.read().data(),
            dropped: wire.queue.dropped(),
        }
    }

    fn why(&self, by: Initiator, aborted: Option<AbortCause>, mid_message: bool) -> String {
        if let (Initiator::Local, Some(why)) = (by, self.gave_up) {
            return why.to_string();
        }
        match (by, self.fault, aborted) {
            (Initiator::Fault, Some(fault), _) => {
                format!("{fault} (RFC {} section {})", fault.rfc(), fault.section())
            }
            (_, _, Some(cause)) => match &self.tls_fault {
                Some(fault) if cause == AbortCause::TlsFailed => fault.to_string(),
                _ => cause.to_string(),
            },
            (Initiator::Network, ..) => {
                let middle = if mid_message { " in mid-message" } else { "" };
                match (&self.tls_fault, self.failure) {
                    (Some(fault), _) => format!("{fault}{middle}"),
                    (None, Some((kind, _))) => format!("reading failed{middle}: {kind}"),
                    (None, None) => format!("TCP ended{middle} without a Close"),
                }
            }
            _ if self.peer_close.is_some() => match &self.tls_fault {
                Some(fault) => format!("closing handshake, then {fault}"),
                None => "closing handshake".into(),
            },
            _ => "TCP ended before the peer's Close".into(),
        }
    }
}
