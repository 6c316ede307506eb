//! What every client command has in common: from flags to a connection, from an ending to words
//! and an exit code, and Ctrl-C.

use std::path::PathBuf;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::exit::Exit;
use super::term::printable;
use super::values::Values;
use crate::client::{ConnectError, ConnectOptions, TlsOptions, TlsTrust};
use crate::connection::{CloseCause, Cut, Sender};
use crate::handshake::{BadUpgrade, WsUrl};
use crate::protocol::{CloseCode, CloseFrame, Initiator, ProtocolError};
use crate::transport::Lock;

/// The URL of the command line; empty where the command has none.
pub(super) fn url(values: &Values) -> &str {
    values.positionals().first().map_or("", String::as_str)
}

/// The URL as it may be shown: without its password, harmless on a terminal.
pub(super) fn shown(url: &str) -> String {
    match WsUrl::parse(url) {
        Ok(url) => printable(&url.to_string()).into_owned(),
        Err(_) => printable(url).into_owned(),
    }
}

/// How to connect, by the flags of `client_commands::CONNECTING`.
pub(super) fn options(values: &Values) -> ConnectOptions {
    let mut options = ConnectOptions::default();
    if let Some(timeout) = values.duration("--connect-timeout") {
        options.timeout = timeout;
    }
    if let Some(interval) = values.setting("--ping-interval") {
        options.timeouts.ping_interval = interval.limit();
    }
    options.tls = trust(values);
    if let Some(bytes) = values.size("--max-message") {
        options.limits.max_message_bytes = bytes;
    }
    let headers = values.headers("--header");
    options.headers = headers
        .iter()
        .map(|(n, v)| ((*n).into(), (*v).into()))
        .collect();
    if let Some(auth) = values.text("--auth") {
        let credentials = format!("Basic {}", STANDARD.encode(auth));
        options.headers.push(("Authorization".into(), credentials));
    }
    options.origin = values.text("--origin").map(str::to_owned);
    options.subprotocols = values
        .all("--subprotocol")
        .iter()
        .map(|s| (*s).into())
        .collect();
    options
}

/// Whom to trust; warns of trusting everybody.
fn trust(values: &Values) -> TlsTrust {
    let insecure = values.switch("--insecure");
    if insecure {
        eprintln!(
            "wshub: warning: --insecure takes any certificate: whoever is on the network between \
             here and the server can read and change everything"
        );
    }
    TlsOptions {
        ca_file: values.text("--cacert").map(PathBuf::from),
        insecure,
    }
    .into()
}

/// The exit code of a connection that never was.
pub(super) fn exit_of_error(error: &ConnectError) -> Exit {
    match error {
        ConnectError::Url(_) | ConnectError::Request(_) => Exit::Usage,
        ConnectError::NameNotFound { .. } => Exit::NameNotFound,
        ConnectError::Tcp { .. } => Exit::Connect,
        ConnectError::Timeout => Exit::Timeout,
        ConnectError::TlsFile(_) | ConnectError::Tls { .. } => Exit::Tls,
        ConnectError::HttpStatus { .. } => Exit::HttpStatus,
        ConnectError::BadUpgrade(_) | ConnectError::Handshake(_) => Exit::BadUpgrade,
    }
}

/// The exit code of a connection's end.
pub(super) fn exit_of_cause(cause: &CloseCause) -> Exit {
    match (cause.by, cause.cut) {
        (Initiator::Fault, _) if is_our_limit(cause) => Exit::Failure,
        (Initiator::Fault, _) => Exit::ProtocolFault,
        (_, Some(Cut::CloseTimeout | Cut::WriteTimeout)) => Exit::Timeout,
        (_, Some(Cut::TlsFailed)) => Exit::Tls,
        (Initiator::Network, _) => Exit::Failure,
        _ => match cause.code {
            1000 | 1001 | 1005 => Exit::Done,
            1011 if cause.by == Initiator::Local => Exit::Timeout, // no pong came
            _ if cause.by == Initiator::Local => Exit::Done,       // as the user said
            _ => Exit::ClosedWithError,
        },
    }
}

/// Whether a connection that ended so may be worth another try.
pub(super) fn is_worth_retrying(cause: &CloseCause) -> bool {
    match cause.by {
        Initiator::Network => true,
        Initiator::Local => cause.code == 1011, // no pong came
        Initiator::Fault => false,
        Initiator::Peer => matches!(cause.code, 1001 | 1005 | 1006 | 1011..=1014),
    }
}

/// Whether a connection that could not be opened may be possible later.
pub(super) fn may_come_later(error: &ConnectError) -> bool {
    match error {
        ConnectError::Tcp { .. }
        | ConnectError::Timeout
        | ConnectError::NameNotFound { .. }
        | ConnectError::Handshake(_) => true,
        ConnectError::HttpStatus {
            answer: BadUpgrade::Status { status, .. },
            ..
        } => *status >= 500 || *status == 429,
        _ => false,
    }
}

/// Whether the peer broke no rule of the protocol, but a limit of ours.
fn is_our_limit(cause: &CloseCause) -> bool {
    matches!(
        cause.fault,
        Some(ProtocolError::TooBig { .. } | ProtocolError::TooManyFragments { .. })
    )
}

/// The end of a connection as a sentence.
pub(super) fn ending_in_words(cause: &CloseCause) -> String {
    let who = match cause.by {
        Initiator::Local => "closed by us",
        Initiator::Peer => "closed by the server",
        Initiator::Fault if is_our_limit(cause) => "closed by us",
        Initiator::Fault => "the server broke the protocol",
        Initiator::Network => "the connection was lost",
    };
    let meaning = CloseCode::meaning(cause.code);
    let reason = match cause.reason.as_str() {
        "" => String::new(),
        _ if cause.by == Initiator::Fault => String::new(), // our own words, as the next ones are
        reason => format!(", \"{}\"", printable(reason)),
    };
    let mut words = format!(
        "{who}: {} {meaning}{reason} ({})",
        cause.code,
        printable(&cause.why)
    );
    if matches!(cause.fault, Some(ProtocolError::TooBig { .. })) {
        words.push_str("; --max-message takes larger ones");
    }
    words
}

/// Ctrl-C (and SIGTERM): the first one closes, a second one, or one while there is no
/// connection, ends the program.
#[derive(Clone)]
pub(super) struct Interrupt(Arc<Asked>);

struct Asked {
    asked: AtomicBool,
    sender: Lock<Option<Sender>>,
}

impl Interrupt {
    /// Begins to watch; `cut_short` runs before an end without a close, and says what that is.
    pub(super) fn watch(cut_short: impl Fn() -> Exit + Send + 'static) -> Result<Self, Exit> {
        let asked = Arc::new(Asked {
            asked: AtomicBool::new(false),
            sender: Lock::new(None),
        });
        let known = asked.clone();
        let watched = ctrlc::set_handler(move || {
            let again = known.asked.swap(true, SeqCst);
            match &*known.sender.lock() {
                Some(sender) if !again => sender.close(CloseFrame::new(CloseCode::NORMAL, "")),
                _ => process::exit(cut_short().code().into()),
            }
        });
        match watched {
            Ok(()) => Ok(Self(asked)),
            Err(error) => {
                eprintln!("wshub: cannot watch for Ctrl-C: {error}");
                Err(Exit::Failure)
            }
        }
    }

    /// The connection to close when asked; none while there is none.
    pub(super) fn connected(&self, sender: Option<Sender>) {
        *self.0.sender.lock() = sender;
    }

    /// Whether Ctrl-C was pressed.
    pub(super) fn is_asked(&self) -> bool {
        self.0.asked.load(SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::Traffic;
    use std::time::Duration;

    fn cause(by: Initiator, code: u16, cut: Option<Cut>) -> CloseCause {
        CloseCause {
            by,
            code,
            reason: "\x1b[2J".into(),
            why: "closing handshake".into(),
            cut,
            errno: None,
            fault: None,
            silent: Duration::ZERO,
            clean: true,
            lasted: Duration::ZERO,
            received: Traffic::default(),
            sent: Traffic::default(),
            dropped: 0,
        }
    }

    #[test]
    fn endings_have_their_exit_codes() {
        use Initiator::*;
        let rows = [
            (Peer, 1000, None, Exit::Done, false),
            (Peer, 1001, None, Exit::Done, true),
            (Peer, 1005, None, Exit::Done, true),
            (Peer, 1008, None, Exit::ClosedWithError, false),
            (Peer, 1011, None, Exit::ClosedWithError, true),
            (Peer, 1012, None, Exit::ClosedWithError, true),
            (Peer, 4000, None, Exit::ClosedWithError, false),
            (Local, 1000, None, Exit::Done, false),
            (Local, 4000, None, Exit::Done, false),
            (Local, 1011, None, Exit::Timeout, true),
            (Local, 1000, Some(Cut::CloseTimeout), Exit::Timeout, false),
            (Network, 1006, None, Exit::Failure, true),
            (Network, 1006, Some(Cut::WriteTimeout), Exit::Timeout, true),
            (Fault, 1002, None, Exit::ProtocolFault, false),
        ];
        for (by, code, cut, exit, again) in rows {
            let cause = cause(by, code, cut);
            assert_eq!(exit_of_cause(&cause), exit, "{cause}");
            assert_eq!(is_worth_retrying(&cause), again, "{cause}");
        }
    }

    #[test]
    fn endings_are_told_harmlessly() {
        assert_eq!(
            ending_in_words(&cause(Initiator::Peer, 1008, None)),
            "closed by the server: 1008 policy violation, \"\\x1b[2J\" (closing handshake)"
        );
        assert_eq!(
            ending_in_words(&cause(Initiator::Fault, 1002, None)),
            "the server broke the protocol: 1002 protocol error (closing handshake)"
        );
    }

    #[test]
    fn a_limit_of_ours_is_not_the_peers_fault() {
        let (announced, limit) = (5, 3);
        let rows = [
            (
                ProtocolError::TooBig { announced, limit },
                "closed by us: 1009 message too big (closing handshake); \
                 --max-message takes larger ones",
            ),
            (
                ProtocolError::TooManyFragments { limit: 9 },
                "closed by us: 1008 policy violation (closing handshake)",
            ),
        ];
        for (fault, words) in rows {
            let mut cause = cause(Initiator::Fault, fault.close_code().number(), None);
            cause.fault = Some(fault);
            assert_eq!(exit_of_cause(&cause), Exit::Failure);
            assert_eq!(ending_in_words(&cause), words);
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(shown("ana:secret@h:1/x"), "ws://ana@h:1/x");
    }
}
