//! The client's judgement of the server's answer: every rule of RFC 6455 section 4.1, in order.

use super::head::ResponseHead;
use super::headers::Headers;
use super::key::{accept_value, encode_key};
use super::response::without_controls;
use std::fmt;

/// What an accepted handshake settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The subprotocol that the server chose among those offered; often none.
    pub subprotocol: Option<String>,
}

/// Judges the answer to a request with this `nonce` that offered these subprotocols, and no
/// extension. Interim answers ([`ResponseHead::is_interim`]) are to be skipped before.
///
/// # Errors
///
/// [`BadUpgrade`] names the first rule that the answer breaks.
pub fn check(
    response: &ResponseHead,
    nonce: [u8; 16],
    offered: &[String],
) -> Result<Accepted, BadUpgrade> {
    let headers = &response.headers;
    if response.status != 101 {
        return Err(BadUpgrade::Status {
            status: response.status,
            reason: response.reason.clone(),
            location: headers.get("Location").map(str::to_owned),
        }); // item 1
    }
    match only(headers, "Upgrade") {
        Only::One(value) if value.eq_ignore_ascii_case("websocket") => {}
        Only::None => return Err(BadUpgrade::MissingUpgrade),
        Only::One(_) | Only::Many => return Err(BadUpgrade::WrongUpgrade), // item 2
    }
    if headers.count("Connection") == 0 {
        return Err(BadUpgrade::MissingConnection);
    }
    if !headers.has_token("Connection", "Upgrade") {
        return Err(BadUpgrade::WrongConnection); // item 3
    }
    match only(headers, "Sec-WebSocket-Accept") {
        Only::One(value) if value == accept_value(&encode_key(nonce)) => {}
        Only::None => return Err(BadUpgrade::MissingAccept),
        Only::One(_) => return Err(BadUpgrade::WrongAccept),
        Only::Many => return Err(BadUpgrade::DoubledAccept), // item 4
    }
    if headers.count("Sec-WebSocket-Extensions") > 0 {
        return Err(BadUpgrade::UnexpectedExtension); // item 5: none was offered
    }
    match only(headers, "Sec-WebSocket-Protocol") {
        Only::None => Ok(Accepted { subprotocol: None }),
        Only::One(name) if offered.iter().any(|offer| offer == name) => Ok(Accepted {
            subprotocol: Some(name.to_owned()),
        }),
        Only::One(name) => Err(BadUpgrade::UnofferedSubprotocol {
            name: name.to_owned(),
        }),
        Only::Many => Err(BadUpgrade::DoubledSubprotocol), // item 6
    }
}

enum Only<'a> {
    None,
    One(&'a str),
    Many,
}

fn only<'a>(headers: &'a Headers, name: &str) -> Only<'a> {
    let mut values = headers.all(name);
    match (values.next(), values.next()) {
        (None, _) => Only::None,
        (Some(value), None) => Only::One(value),
        (Some(_), Some(_)) => Only::Many,
    }
}

/// Why an answer is no valid upgrade. Its text shows what the peer sent only short, and with its
/// control characters as spaces; the fields hold it as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadUpgrade {
    /// The status is not 101.
    Status {
        /// The status code.
        status: u16,
        /// The reason phrase, as the server wrote it.
        reason: String,
        /// The `Location` header's value: where a redirect leads.
        location: Option<String>,
    },
    /// No `Upgrade` header.
    MissingUpgrade,
    /// `Upgrade` is not exactly `websocket`.
    WrongUpgrade,
    /// No `Connection` header.
    MissingConnection,
    /// `Connection` does not contain the token `Upgrade`.
    WrongConnection,
    /// No `Sec-WebSocket-Accept` header.
    MissingAccept,
    /// `Sec-WebSocket-Accept` is not the answer to our key.
    WrongAccept,
    /// `Sec-WebSocket-Accept` comes more than once.
    DoubledAccept,
    /// The server turned an extension on; none was offered.
    UnexpectedExtension,
    /// The server chose a subprotocol that was not offered.
    UnofferedSubprotocol {
        /// The subprotocol, as the server wrote it.
        name: String,
    },
    /// `Sec-WebSocket-Protocol` comes more than once.
    DoubledSubprotocol,
}

impl fmt::Display for BadUpgrade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Status {
                status,
                reason,
                location,
            } => {
                write!(f, "the server answered {status}")?;
                if !reason.is_empty() {
                    write!(f, " {}", shown(reason))?;
                }
                f.write_str(" instead of 101")?;
                if let Some(location) = location {
                    write!(f, "; it points to {}", shown(location))?;
                }
                return Ok(());
            }
            Self::MissingUpgrade => "the server's 101 has no Upgrade header",
            Self::WrongUpgrade => "the server's Upgrade header is not \"websocket\"",
            Self::MissingConnection => "the server's 101 has no Connection header",
            Self::WrongConnection => "the server's Connection header does not contain \"Upgrade\"",
            Self::MissingAccept => "the server's 101 has no Sec-WebSocket-Accept header",
            Self::WrongAccept => {
                "the server's Sec-WebSocket-Accept header does not answer our key; \
                 it is no WebSocket server, or a cache answered for it"
            }
            Self::DoubledAccept => "the server's Sec-WebSocket-Accept header comes more than once",
            Self::UnexpectedExtension => "the server turned on an extension that was not asked for",
            Self::UnofferedSubprotocol { name } if name.is_empty() => {
                "the server's Sec-WebSocket-Protocol header is empty"
            }
            Self::UnofferedSubprotocol { name } => {
                return write!(
                    f,
                    "the server chose the subprotocol \"{}\", which was not offered",
                    shown(name)
                );
            }
            Self::DoubledSubprotocol => {
                "the server's Sec-WebSocket-Protocol header comes more than once"
            }
        })
    }
}

impl std::error::Error for BadUpgrade {}

/// A peer's text for a person's eyes: no control characters, and not much of it.
fn shown(text: &str) -> String {
    const MOST_CHARS: usize = 200;
    without_controls(&text.chars().take(MOST_CHARS).collect::<String>())
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
