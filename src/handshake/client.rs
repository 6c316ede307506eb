//! The client's request (RFC 6455 section 4.1): written, and kept from saying anything but one
//! opening handshake.

use super::authority::Authority;
use super::headers::{is_token, starts_with_ignore_case};
use super::key::encode_key;
use super::url::WsUrl;
use base64::{Engine, engine::general_purpose::STANDARD};
use std::fmt;

/// Headers, beside `Sec-WebSocket-*`, that only the handshake itself may write.
const OWN: [&str; 4] = [
    "Upgrade",
    "Connection",
    "Content-Length",
    "Transfer-Encoding",
];

/// An opening handshake to be written.
#[derive(Debug, Clone, Copy)]
pub struct ClientRequest<'a> {
    /// Where to. Its user and password become `Authorization: Basic` (RFC 7617), unless `headers`
    /// has an `Authorization` of its own.
    pub url: &'a WsUrl,
    /// Sixteen random bytes, fresh for each connection; [`check`](super::check) needs them again.
    pub nonce: [u8; 16],
    /// The subprotocols to offer, most wanted first; none by default.
    pub subprotocols: &'a [String],
    /// Further headers as (name, value). `Host` may be among them and replaces the URL's.
    pub headers: &'a [(String, String)],
    /// The `Origin` header's value; browsers send one, other clients need not.
    pub origin: Option<&'a str>,
}

impl ClientRequest<'_> {
    /// The request head, blank line included.
    ///
    /// # Errors
    ///
    /// [`RequestError`] when a header, the origin or a subprotocol could not be written without
    /// breaking the head, or would say something twice.
    pub fn write(&self) -> Result<Vec<u8>, RequestError> {
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
        let mut head = format!("GET {} HTTP/1.1\r\n", self.url.target);
        let mut line = |name: &str, value: &str| head.push_str(&format!("{name}: {value}\r\n"));
        line("Host", host);
        line("Upgrade", "websocket");
        line("Connection", "Upgrade");
        line("Sec-WebSocket-Key", &encode_key(self.nonce));
        line("Sec-WebSocket-Version", "13");
        if !self.subprotocols.is_empty() {
            line("Sec-WebSocket-Protocol", &self.subprotocols.join(", "));
        }
        if let Some(origin) = self.origin {
            line("Origin", origin);
        }
        if let Some((user, password)) = &self.url.userinfo
            && self.extra("Authorization").is_none()
        {
            let credentials = STANDARD.encode(format!("{user}:{password}"));
            line("Authorization", &format!("Basic {credentials}"));
        }
        for (name, value) in self.headers {
            if !name.eq_ignore_ascii_case("Host") {
                line(name, value);
            }
        }
        head.push_str("\r\n");
        Ok(head.into_bytes())
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
        let origins = count("Origin") + usize::from(self.origin.is_some());
        for (name, times) in [("Host", count("Host")), ("Origin", origins)] {
            if times > 1 {
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

/// Why a request cannot be written: all of it is what this end's user asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestError {
    /// A header's name is no token.
    InvalidName {
        /// The name.
        name: String,
    },
    /// A header's value holds a line break or another control character.
    InvalidValue {
        /// The header's name.
        name: String,
    },
    /// A header that the handshake writes itself.
    OwnHeader {
        /// The header's name.
        name: String,
    },
    /// A header or a subprotocol that may come once comes twice.
    Doubled {
        /// Its name.
        name: String,
    },
    /// A subprotocol is no token.
    InvalidSubprotocol {
        /// The subprotocol.
        name: String,
    },
    /// The `Host` header, or the URL's host, is no `host[:port]`.
    InvalidHost,
    /// The URL's target is no path of visible ASCII.
    InvalidTarget,
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidName { name } => write!(
                f,
                "{name:?} is no header name; write a header as in 'X-Token: abc'"
            ),
            Self::InvalidValue { name } => write!(
                f,
                "the value of the header {name} has a control character in it; write one line \
                 as in 'X-Token: abc'"
            ),
            Self::OwnHeader { name } => write!(
                f,
                "the header {name} belongs to the handshake and cannot be given; leave it out"
            ),
            Self::Doubled { name } => write!(f, "{name:?} is given twice; give it once"),
            Self::InvalidSubprotocol { name } => write!(
                f,
                "{name:?} is no subprotocol; write one name without spaces or commas, as in chat.v1"
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
