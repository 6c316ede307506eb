//! How a session ended, told from what is known at its end.

use super::Session;
use crate::connection::cause::{CloseCause, Cut};
use crate::protocol::{CloseFrame, Initiator};

impl Session {
    pub(super) fn cause(&self) -> CloseCause {
        let sent_close = self.sender().sent_close();
        let by = self.life.begun_by().unwrap_or(Initiator::Network);
        let began = match by {
            Initiator::Peer => self.peer_close.as_ref(),
            Initiator::Local | Initiator::Fault => sent_close.as_ref(),
            Initiator::Network => None,
        };
        CloseCause {
            by,
            code: began.map_or(1006, CloseFrame::code_or_1005),
            reason: began.map_or("", CloseFrame::reason).to_owned(),
            why: self.why(by),
            fault: self.fault,
            cut: self.sender().cut_cause(),
            errno: (self.failure.and_then(|(_, number)| number)).or_else(|| self.sender().errno()),
            clean: self.peer_close.is_some() && sent_close.is_some(),
            lasted: self.opened.elapsed(),
            silent: self.last_heard.elapsed(),
            received: self.sender().tallies().0.data(),
            sent: self.sender().sent(),
            dropped: self.sender().dropped(),
        }
    }

    fn why(&self, by: Initiator) -> String {
        let cut = self.sender().cut_cause();
        match (by, self.fault, cut) {
            (Initiator::Fault, Some(fault), _) => {
                format!("{fault} (RFC 6455 section {})", fault.section())
            }
            (_, _, Some(cut)) => match &self.tls_fault {
                Some(fault) if cut == Cut::TlsFailed => fault.to_string(),
                _ => cut.to_string(),
            },
            (Initiator::Network, ..) => {
                let middle = if self.receiver.is_mid_message() {
                    " in mid-message"
                } else {
                    ""
                };
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
