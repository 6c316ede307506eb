//! The client's request (RFC 6455 section 4.1). Whatever headers are added, it remains one valid
//! opening handshake.

use super::authority::Authority;
use super::deflate::DEFLATE_OFFER;
use super::head::RequestHead;
use super::headers::{Headers, is_token, starts_with_ignore_case};
use super::key::encode_key;
use super::request::{USER_AGENT, basic_credentials, write_request};
use super::url::WsUrl;
use std::fmt;

/// Headers, beside `Sec-WebSocket-*`, that only the handshake itself may write.
const OWN: [&str; 4] = [
    "Upgrade",
    "Connection",
    "Content-Length",
    "Transfer-Encoding",
];

/// Headers that a request has once at the most (RFC 9110 sections 5.3, 7.2, 10.1.5 and 11.6.2).
const ONCE: [&str; 5] = [
    "Host",
    "Origin",
    "User-Agent",
    "Authorization",
    "Proxy-Authorization",
];

/// An opening handshake to be written.
#[derive(Debug, Clone, Copy)]
pub struct ClientRequest<'a> {
    /// The URL to connect to. Its user and password become `Authorization: Basic` (RFC 7617), unless `headers`
    /// has an `Authorization` of its own.
    pub url: &'a WsUrl,
    /// Sixteen random bytes, fresh for each connection; [`check`](super::check) needs them again.
    pub nonce: [u8; 16],
    /// The subprotocols to offer, most wanted first; none by default.
    pub subprotocols: &'a [String],
    /// Whether to offer compressed messages (RFC 7692), as
    /// [`DEFLATE_OFFER`](super::DEFLATE_OFFER) has it; no by default.
    pub deflate: bool,
    /// Further headers as (name, value). `Host` may be among them and replaces the URL's;
    /// `User-Agent` replaces [`USER_AGENT`](super::USER_AGENT), an empty one leaves it out.
    pub headers: &'a [(String, String)],
    /// The `Origin` header's value; browsers send one, other clients need not.
    pub origin: Option<&'a str>,
}

impl ClientRequest<'_> {
    /// The request head as a value, with every header in the order in which it goes out.
    ///
    /// # Errors
    ///
    /// [`RequestError`] when a header, the origin or a subprotocol could not be written without
    /// breaking the head, or is given twice.
    pub fn head(&self) -> Result<RequestHead, RequestError> {
        self.check_headers()?;
        self.check_subprotocols()?;
        if !self.url.target.starts_with('/')
            || !self.url.target.bytes().all(|byte| byte.is_ascii_graphic())
        {
            return Err(RequestError::InvalidTarget);
        }
        let url_host = self.url.host_header();
        let host = self.extra("Host").unwrap_or(&url_host);
        Authority::parse(host).map_err(|_| RequestError::InvalidHost)?;
        let mut headers = Headers::new();
        headers.push("Host", host);
        headers.push("Upgrade", "websocket");
        headers.push("Connection", "Upgrade");
        headers.push("Sec-WebSocket-Key", &encode_key(self.nonce));
        headers.push("Sec-WebSocket-Version", "13");
        if !self.subprotocols.is_empty() {
            headers.push("Sec-WebSocket-Protocol", &self.subprotocols.join(", "));
        }
        if self.extra("User-Agent").is_none() {
            headers.push("User-Agent", USER_AGENT);
        }
        if self.deflate {
            headers.push("Sec-WebSocket-Extensions", DEFLATE_OFFER);
        }
        if let Some(origin) = self.origin {
            headers.push("Origin", origin);
        }
        if let Some((user, password)) = &self.url.userinfo
            && self.extra("Authorization").is_none()
        {
            headers.push("Authorization", &basic_credentials(user, password));
        }
        for (name, value) in self.headers {
            let left_out = name.eq_ignore_ascii_case("User-Agent") && value.trim().is_empty();
            if !name.eq_ignore_ascii_case("Host") && !left_out {
                headers.push(name, value);
            }
        }
        Ok(RequestHead::new("GET", self.url.target.as_str(), headers))
    }

    /// The request head as bytes, blank line included.
    ///
    /// # Errors
    ///
    /// Those of [`ClientRequest::head`].
    pub fn write(&self) -> Result<Vec<u8>, RequestError> {
        self.head().map(|head| write_request(&head))
    }

    fn extra(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(field, _)| field.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    fn check_headers(&self) -> Result<(), RequestError> {
        let count = |wanted: &str| {
            let named = |(name, _): &&(String, String)| name.eq_ignore_ascii_case(wanted);
            self.headers.iter().filter(named).count()
        };
        for (name, value) in self.headers {
            let name = name.as_str();
            if !is_token(name) {
                return Err(RequestError::InvalidName { name: name.into() });
            }
            if !is_value(value) {
                return Err(RequestError::InvalidValue { name: name.into() });
            }
            if starts_with_ignore_case(name, "Sec-WebSocket-")
                || OWN.iter().any(|own| own.eq_ignore_ascii_case(name))
            {
                return Err(RequestError::OwnHeader { name: name.into() });
            }
        }
        for name in ONCE {
            let given = name == "Origin" && self.origin.is_some();
            if count(name) + usize::from(given) > 1 {
                return Err(RequestError::Doubled { name: name.into() });
            }
        }
        match self.origin {
            Some(origin) if !is_value(origin) => Err(RequestError::InvalidValue {
                name: "Origin".into(),
            }),
            _ => Ok(()),
        }
    }

    fn check_subprotocols(&self) -> Result<(), RequestError> {
        for (at, name) in self.subprotocols.iter().enumerate() {
            if !is_token(name) {
                return Err(RequestError::InvalidSubprotocol { name: name.clone() });
            }
            if self.subprotocols[..at].contains(name) {
                return Err(RequestError::Doubled { name: name.clone() });
            }
        }
        Ok(())
    }
}

/// Whether `value` may go out as a header's (RFC 9110 section 5.5).
fn is_value(value: &str) -> bool {
    !value.chars().any(|char| char.is_control() && char != '\t')
}

/// Why a request cannot be written: something that was asked for is not allowed in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RequestError {
    /// A header's name is not a token.
    InvalidName {
        /// The name.
        name: String,
    },
    /// A header's value holds a line break or another control character.
    InvalidValue {
        /// The header's name.
        name: String,
    },
    /// The handshake writes this header itself.
    OwnHeader {
        /// The header's name.
        name: String,
    },
    /// A header or a subprotocol that may be given once is given twice.
    Doubled {
        /// Its name.
        name: String,
    },
    /// A subprotocol is not a token.
    InvalidSubprotocol {
        /// The subprotocol.
        name: String,
    },
    /// The `Host` header, or the URL's host, is not a `host[:port]`.
    InvalidHost,
    /// The URL's target is not a path of visible ASCII.
    InvalidTarget,
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidName { name } => write!(
                f,
                "{name:?} is not a header name; write a header as in 'X-Token: abc'"
            ),
            Self::InvalidValue { name } => write!(
                f,
                "the value of the header {name} has a control character in it; write one line \
                 as in 'X-Token: abc'"
            ),
            Self::OwnHeader { name } if name.eq_ignore_ascii_case("Sec-WebSocket-Protocol") => f
                .write_str(
                    "the header Sec-WebSocket-Protocol is written from the subprotocols to offer; \
                     name it among those",
                ),
            Self::OwnHeader { name } => write!(
                f,
                "the header {name} belongs to the handshake and cannot be given; leave it out"
            ),
            Self::Doubled { name } => write!(f, "{name:?} is given twice; give it once"),
            Self::InvalidSubprotocol { name } => write!(
                f,
                "{name:?} is not a subprotocol name; write one name without spaces or commas, as \
                 in chat.v1"
            ),
            Self::InvalidHost => {
                f.write_str("the Host header is malformed; write it as in 'Host: example.com:8765'")
            }
            Self::InvalidTarget => {
                f.write_str("the request target is malformed; it should be a path like /echo")
            }
        }
    }
}

impl std::error::Error for RequestError {}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
