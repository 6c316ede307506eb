//! Why a request is not let in: a fact, to which a program may add advice.

use std::fmt;

use crate::handshake::{HeadError, Refusal};

/// The most characters of a peer's text that are repeated in an answer.
const SHOWN_CHARS: usize = 200;

/// Why [`Access`](super::Access), or a bound on heads, does not let a request in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Denied {
    /// The Host header is not a host with an optional port. Answered with 400.
    MalformedHost,
    /// The Origin header comes more than once. Answered with 400.
    RepeatedOrigin,
    /// The Host is not one of this server's. Answered with 403.
    Host {
        /// The header's value, as it was sent.
        seen: String,
        /// The host in it, without the port, as it may stand in
        /// [`Access::hosts`](super::Access::hosts).
        host: String,
    },
    /// A page of another origin wants to connect. Answered with 403.
    Origin {
        /// The header's value, as it was sent.
        seen: String,
        /// The same, as it may stand in [`Access::origins`](super::Access::origins), and of at
        /// most 200 characters; `None` where it is no origin.
        origin: Option<String>,
    },
    /// The head breaks a rule, or passes one of
    /// [`Builder::head_limits`](crate::server::Builder::head_limits).
    Head(HeadError),
}

impl Denied {
    /// The HTTP status of the answer.
    pub fn status(&self) -> u16 {
        match self {
            Self::MalformedHost | Self::RepeatedOrigin => 400,
            Self::Host { .. } | Self::Origin { .. } => 403,
            Self::Head(error) => error.status(),
        }
    }

    /// The answer: one sentence, with the advice behind the fact.
    pub(super) fn refusal(&self, advice: Option<String>) -> Refusal {
        let why = match advice {
            Some(advice) => format!("{self}; {advice}."),
            None => format!("{self}."),
        };
        let refusal = match self {
            Self::Head(error) => Refusal::from(error),
            _ => Refusal::new(self.status(), ""),
        };
        Refusal { why, ..refusal }
    }
}

/// The fact, without a full stop. The peer's text is quoted and escaped, and shown to 200
/// characters.
impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MalformedHost => write!(f, "The Host header is not a host with an optional port"),
            Self::RepeatedOrigin => write!(f, "The Origin header comes more than once"),
            Self::Host { seen, .. } => {
                write!(f, "The host {} is not this server's", shown(seen))
            }
            Self::Origin { seen, .. } => {
                write!(
                    f,
                    "A page from the origin {} may not connect here",
                    shown(seen)
                )
            }
            Self::Head(error) => f.write_str(error.to_string().trim_end_matches('.')),
        }
    }
}

impl std::error::Error for Denied {}

/// The first characters of a peer's text.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(SHOWN_CHARS).collect()
}

fn shown(text: &str) -> String {
    let short = shortened(text);
    let more = if short.len() < text.len() { "..." } else { "" };
    format!("{short:?}{more}")
}
