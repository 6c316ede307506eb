//! The client's check of the server's answer: every rule of RFC 6455 section 4.1, in order.

use super::deflate::{DeflateAgreed, DeflateFault, read_deflate_answer};
use super::head::ResponseHead;
use super::headers::{Headers, list_elements};
use super::key::{accept_value, encode_key};
use super::response::shown;
use std::fmt;

/// What the two ends agreed on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Accepted {
    /// The subprotocol that the server chose among those offered; often none.
    pub subprotocol: Option<String>,
    /// What the ends agreed on for compressed messages (RFC 7692); none unless it was offered.
    pub deflate: Option<DeflateAgreed>,
}

/// Checks the answer to a request with this `nonce` that offered these subprotocols, and no
/// extension (RFC 6455 section 4.1). The caller has skipped interim answers
/// ([`ResponseHead::is_interim`]).
///
/// # Errors
///
/// [`BadUpgrade`] names the first rule that the answer breaks.
pub fn check(
    response: &ResponseHead,
    nonce: [u8; 16],
    offered: &[String],
) -> Result<Accepted, BadUpgrade> {
    check_answer(response, nonce, offered, false)
}

/// As [`check`], for a request that offered permessage-deflate too, as
/// [`DEFLATE_OFFER`](super::DEFLATE_OFFER) has it.
///
/// # Errors
///
/// [`BadUpgrade`] names the first rule that the answer breaks.
pub fn check_with_deflate(
    response: &ResponseHead,
    nonce: [u8; 16],
    offered: &[String],
) -> Result<Accepted, BadUpgrade> {
    check_answer(response, nonce, offered, true)
}

fn check_answer(
    response: &ResponseHead,
    nonce: [u8; 16],
    offered: &[String],
    deflate_offered: bool,
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
        Only::One(value) if is_websocket_alone(value) => {}
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
    let deflate = match headers.count("Sec-WebSocket-Extensions") {
        0 => None,
        _ if deflate_offered => read_deflate_answer(response).map_err(BadUpgrade::Deflate)?,
        _ => return Err(BadUpgrade::UnexpectedExtension), // item 5: none was offered
    };
    match only(headers, "Sec-WebSocket-Protocol") {
        Only::None => Ok(Accepted {
            subprotocol: None,
            deflate,
        }),
        Only::One(name) if offered.iter().any(|offer| offer == name) => Ok(Accepted {
            subprotocol: Some(name.to_owned()),
            deflate,
        }),
        Only::One(name) => Err(BadUpgrade::UnofferedSubprotocol {
            name: name.to_owned(),
        }),
        Only::Many => Err(BadUpgrade::DoubledSubprotocol), // item 6
    }
}

/// Whether `websocket` is all that an `Upgrade` header names.
fn is_websocket_alone(value: &str) -> bool {
    let mut protocols = list_elements(value);
    let first = protocols.next();
    first.is_some_and(|name| name.eq_ignore_ascii_case("websocket")) && protocols.next().is_none()
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

/// Why an answer is not a valid upgrade. The text shows at most the first 200 characters of what
/// the peer sent, with spaces for control characters; the fields hold it as it came.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
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
    /// There is no `Upgrade` header.
    MissingUpgrade,
    /// `Upgrade` is not exactly `websocket`.
    WrongUpgrade,
    /// There is no `Connection` header.
    MissingConnection,
    /// `Connection` does not contain the token `Upgrade`.
    WrongConnection,
    /// There is no `Sec-WebSocket-Accept` header.
    MissingAccept,
    /// `Sec-WebSocket-Accept` is not the answer to our key.
    WrongAccept,
    /// `Sec-WebSocket-Accept` comes more than once.
    DoubledAccept,
    /// The server turned an extension on; none was offered.
    UnexpectedExtension,
    /// The server's answer about compression does not fit the offer (RFC 7692 section 7.1).
    Deflate(DeflateFault),
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
                 it is not a WebSocket server, or a cache answered for it"
            }
            Self::DoubledAccept => "the server's Sec-WebSocket-Accept header comes more than once",
            Self::UnexpectedExtension => "the server turned on an extension that was not asked for",
            Self::Deflate(fault) => {
                return write!(f, "the server turned on {fault}");
            }
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

impl std::error::Error for BadUpgrade {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Deflate(fault) => Some(fault),
            _ => None,
        }
    }
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
