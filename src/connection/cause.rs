//! Why a connection ended: recorded for each, so that no one is left with "1006, no reason".

use std::fmt;
use std::time::Duration;

use crate::protocol::{Initiator, ProtocolError};

/// Why this end aborted TCP before the closing handshake was complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AbortCause {
    /// The peer took nothing for the write timeout.
    WriteTimeout,
    /// A write failed, mostly because the peer is gone.
    WriteFailed(std::io::ErrorKind),
    /// The peer did not answer our Close within the close timeout.
    CloseTimeout,
    /// Our Close could not be written within the close timeout: the peer read too little.
    CloseBlocked,
    /// No thread could be started to keep the time of the peer's Close.
    NoThread,
    /// The peer blocked its writer thread while all writer threads were in use and other clients
    /// waited for one.
    HoldsWriter,
    /// The server's shutdown timeout was over.
    Stopped,
    /// TLS failed: an invalid record, or an alert.
    TlsFailed,
    /// A fragmented message was begun and not continued for the write timeout, while other
    /// messages waited for its end.
    UnfinishedMessage,
    /// The application asked for it.
    Requested,
}

impl fmt::Display for AbortCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WriteTimeout => write!(f, "the peer read nothing within the write timeout"),
            Self::WriteFailed(kind) => write!(f, "writing failed: {kind}"),
            Self::CloseTimeout => write!(f, "no Close from the peer within the close timeout"),
            Self::CloseBlocked => write!(
                f,
                "the peer read too little for our Close within the close timeout"
            ),
            Self::NoThread => write!(f, "no thread left to wait for the peer's Close"),
            Self::HoldsWriter => write!(
                f,
                "the peer read too slowly while no thread was left to write to others"
            ),
            Self::Stopped => write!(f, "the server's shutdown timeout was over"),
            Self::TlsFailed => write!(f, "TLS failed"),
            Self::UnfinishedMessage => write!(f, "a fragmented message was left unfinished"),
            Self::Requested => write!(f, "the application aborted the connection"),
        }
    }
}

/// The messages that went in one direction over a connection, of one kind or of several.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// How many there were.
    pub messages: u64,
    /// Their payload in bytes, without the frames' headers.
    pub bytes: u64,
}

/// How and why a connection ended.
///
/// [`Display`](fmt::Display) gives it as `key=value` fields for a log line. The peer's text (its
/// close reason) is escaped there, so that it contains no control character.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CloseCause {
    /// Who began the end.
    pub by: Initiator,
    /// The code of the Close that began it; 1005 when that had none; 1006 when there was
    /// no Close at all (RFC 6455 section 7.1.5).
    pub code: u16,
    /// The reason of that Close, as it was sent.
    pub reason: String,
    /// What happened, in words.
    pub why: String,
    /// The rule that the peer broke, if that ended the connection.
    pub fault: Option<ProtocolError>,
    /// Why this end aborted TCP before the closing handshake was complete, if it did.
    pub aborted: Option<AbortCause>,
    /// The system's number of the last error that it reported on this connection.
    pub errno: Option<i32>,
    /// Both Closes were exchanged (7.1.4).
    pub clean: bool,
    /// From the end of the opening handshake to the end of TCP.
    pub lasted: Duration,
    /// From the peer's last byte to the end of TCP.
    pub silent: Duration,
    /// Data messages from the peer; pings, pongs and Close are not counted.
    pub received: Traffic,
    /// Data messages to the peer.
    pub sent: Traffic,
    /// Messages for the peer that were dropped because its queue was full.
    pub dropped: u64,
}

impl CloseCause {
    /// An ending of which only this is known; a session fills in the rest. Tests of code that
    /// judges endings start from it.
    pub fn new(by: Initiator, code: u16) -> Self {
        Self {
            by,
            code,
            reason: String::new(),
            why: String::new(),
            fault: None,
            aborted: None,
            errno: None,
            clean: false,
            lasted: Duration::ZERO,
            silent: Duration::ZERO,
            received: Traffic::default(),
            sent: Traffic::default(),
            dropped: 0,
        }
    }

    /// Who began the end, as one word: `us`, `peer`, `fault` or `network`.
    pub fn by_name(&self) -> &'static str {
        match self.by {
            Initiator::Local => "us",
            Initiator::Peer => "peer",
            Initiator::Fault => "fault",
            Initiator::Network => "network",
        }
    }
}

impl fmt::Display for CloseCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = self.by_name();
        write!(
            f,
            "by={by} code={} reason={:?} why={:?} clean={} lasted={:.3}s silent={:.3}s \
             in={}/{}B out={}/{}B dropped={}",
            self.code,
            self.reason,
            self.why,
            self.clean,
            self.lasted.as_secs_f64(),
            self.silent.as_secs_f64(),
            self.received.messages,
            self.received.bytes,
            self.sent.messages,
            self.sent.bytes,
            self.dropped,
        )?;
        match self.errno {
            Some(number) => write!(f, " errno={number}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_fields_and_lets_no_control_character_out() {
        let cause = CloseCause {
            by: Initiator::Peer,
            code: 1000,
            reason: "bye\u{1b}[31m\r\nfake line".into(),
            why: "closing handshake".into(),
            fault: None,
            aborted: None,
            errno: Some(104),
            clean: true,
            lasted: Duration::from_millis(1250),
            silent: Duration::from_millis(50),
            received: Traffic {
                messages: 2,
                bytes: 10,
            },
            sent: Traffic {
                messages: 1,
                bytes: 7,
            },
            dropped: 0,
        };
        assert_eq!(
            cause.to_string(),
            "by=peer code=1000 reason=\"bye\\u{1b}[31m\\r\\nfake line\" \
             why=\"closing handshake\" clean=true lasted=1.250s silent=0.050s in=2/10B out=1/7B \
             dropped=0 errno=104"
        );
    }
}
