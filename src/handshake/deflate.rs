//! Agreeing on permessage-deflate (RFC 7692 section 7.1), as values. The grammar of the header
//! has been checked before; what is decided here is which offer can be taken up.
//!
//! No end of this crate keeps a context from one message to the next. So a server always answers
//! `server_no_context_takeover; client_no_context_takeover`, and what a client offers is
//! `client_no_context_takeover; client_max_window_bits`.

use super::extensions::is_well_formed;
use super::head::{RequestHead, ResponseHead};
use super::headers::Headers;
use std::fmt;

/// The extension's name (RFC 7692 section 7).
const NAME: &str = "permessage-deflate";

/// What a client offers, and all that it is ready for.
pub const DEFLATE_OFFER: &str =
    "permessage-deflate; client_no_context_takeover; client_max_window_bits";

/// The widths of a window, as powers of two of bytes (section 7.1.2).
const WINDOW_BITS: std::ops::RangeInclusive<u8> = 8..=15;

/// What the two ends agreed on for compressed messages, from the view of one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct DeflateAgreed {
    /// The width of the window that the peer has for what this end sends, as a power of two of
    /// bytes: 8 to 15.
    pub send_window_bits: u8,
    /// The peer's messages refer to earlier ones: an inflater is kept for them.
    pub peer_keeps_context: bool,
}

/// The parameters of one offer or answer.
#[derive(Debug, Default, PartialEq, Eq)]
struct Parameters {
    server_no_context: bool,
    client_no_context: bool,
    server_bits: Option<u8>,
    /// `Some(None)`: without a value.
    client_bits: Option<Option<u8>>,
}

/// Accepts the first acceptable offer of a request. Returns what is agreed, and the value of the
/// answer's `Sec-WebSocket-Extensions` (section 7.1). `None`: there is no offer, or no acceptable
/// one.
#[must_use]
pub fn accept_deflate(request: &RequestHead) -> Option<(DeflateAgreed, String)> {
    if request
        .headers
        .get("User-Agent")
        .is_some_and(breaks_compression)
    {
        return None;
    }
    let mut offers = elements(&request.headers).filter(|(name, _)| *name == NAME);
    let offer = offers.find_map(|(_, parameters)| Parameters::read(parameters, true).ok())?;
    let agreed = DeflateAgreed {
        send_window_bits: offer.server_bits.unwrap_or(*WINDOW_BITS.end()),
        peer_keeps_context: false,
    };
    let mut answer = format!("{NAME}; server_no_context_takeover; client_no_context_takeover");
    if let Some(bits) = offer.server_bits {
        answer.push_str(&format!("; server_max_window_bits={bits}"));
    }
    Some((agreed, answer))
}

/// Safari 15.0 to 15.3 fails connections on which a message comes compressed; 15.4 does not. The
/// same engine is in every browser of these versions of iOS.
///
/// Tornado, 6.6.1 at least, passes over an answer's parameters that have no value: its client keeps
/// the context that it was told not to keep, and its second message does not inflate.
fn breaks_compression(user_agent: &str) -> bool {
    if user_agent.starts_with("Tornado/") {
        return true;
    }
    let Some((_, version)) = user_agent.split_once("Version/15.") else {
        return false;
    };
    let minor = version.split(|c: char| !c.is_ascii_digit()).next();
    let minor = minor.and_then(|digits| digits.parse().ok());
    minor.is_some_and(|minor: u8| minor <= 3) && user_agent.contains("Safari/")
}

/// Reads what a server answered to [`DEFLATE_OFFER`]; `None`: it does not compress (section 7.1).
///
/// # Errors
///
/// The server turned on what was not offered, or answered with parameters that the offer does not
/// allow: the connection has to fail.
pub fn read_deflate_answer(response: &ResponseHead) -> Result<Option<DeflateAgreed>, DeflateFault> {
    let values: Vec<&str> = response.headers.all("Sec-WebSocket-Extensions").collect();
    if !values.is_empty() && !is_well_formed(&values) {
        return Err(DeflateFault::NotOffered);
    }
    let mut answers = elements(&response.headers);
    let Some((name, parameters)) = answers.next() else {
        return Ok(None);
    };
    if name != NAME || answers.next().is_some() {
        return Err(DeflateFault::NotOffered);
    }
    let answer = Parameters::read(parameters, false)?;
    Ok(Some(DeflateAgreed {
        send_window_bits: answer.client_bits.flatten().unwrap_or(*WINDOW_BITS.end()),
        peer_keeps_context: !answer.server_no_context,
    }))
}

/// Why a server's answer about compression is not valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeflateFault {
    /// An extension that was not offered, or one more than once.
    NotOffered,
    /// A parameter that permessage-deflate does not have.
    Unknown,
    /// A parameter that comes twice.
    Doubled,
    /// A window that is not a number from 8 to 15, or a value where none may be.
    Value,
}

impl fmt::Display for DeflateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotOffered => "an extension that was not offered, or one twice",
            Self::Unknown => "permessage-deflate with an unknown parameter",
            Self::Doubled => "permessage-deflate with a parameter that comes twice",
            Self::Value => "permessage-deflate with a parameter whose value is not valid",
        })
    }
}

impl std::error::Error for DeflateFault {}

impl Parameters {
    /// Section 7.1.1 and 7.1.2. Only in an offer may `client_max_window_bits` be without a value.
    fn read(text: &str, is_offer: bool) -> Result<Self, DeflateFault> {
        let mut read = Self::default();
        for parameter in text.split(';').map(trim).filter(|one| !one.is_empty()) {
            let (name, value) = match parameter.split_once('=') {
                None => (parameter, None),
                Some((name, value)) => (trim(name), Some(unquoted(trim(value)))),
            };
            let again = match (name, value) {
                ("server_no_context_takeover", None) => {
                    std::mem::replace(&mut read.server_no_context, true)
                }
                ("client_no_context_takeover", None) => {
                    std::mem::replace(&mut read.client_no_context, true)
                }
                ("server_max_window_bits", Some(value)) => {
                    read.server_bits.replace(bits(value)?).is_some()
                }
                ("client_max_window_bits", Some(value)) => {
                    read.client_bits.replace(Some(bits(value)?)).is_some()
                }
                ("client_max_window_bits", None) if is_offer => {
                    read.client_bits.replace(None).is_some()
                }
                (
                    "server_no_context_takeover"
                    | "client_no_context_takeover"
                    | "server_max_window_bits"
                    | "client_max_window_bits",
                    _,
                ) => return Err(DeflateFault::Value),
                _ => return Err(DeflateFault::Unknown),
            };
            if again {
                return Err(DeflateFault::Doubled);
            }
        }
        Ok(read)
    }
}

/// A decimal number from 8 to 15 without leading zeros (section 7.1.2).
fn bits(value: &str) -> Result<u8, DeflateFault> {
    let number = value.parse().ok();
    number
        .filter(|bits: &u8| WINDOW_BITS.contains(bits) && bits.to_string() == value)
        .ok_or(DeflateFault::Value)
}

/// Each extension of the header, of all its occurrences, with what stands after its name.
fn elements(headers: &Headers) -> impl Iterator<Item = (&str, &str)> {
    let values = headers.all("Sec-WebSocket-Extensions");
    let all = values.flat_map(|value| value.split(',')).map(trim);
    all.filter(|one| !one.is_empty())
        .map(|one| match one.split_once(';') {
            None => (one, ""),
            Some((name, parameters)) => (trim(name), parameters),
        })
}

fn unquoted(value: &str) -> &str {
    let inner = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
    inner.unwrap_or(value)
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

#[cfg(test)]
#[path = "deflate_tests.rs"]
mod tests;
