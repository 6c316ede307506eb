//! A tunnel through an HTTP proxy (RFC 9110 section 9.3.6): the request for it, and what its answer
//! means.

use super::authority::Authority;
use super::head::{RequestHead, ResponseHead};
use super::headers::Headers;
use super::request::{USER_AGENT, basic_credentials, write_request};
use super::response::shown;
use std::fmt;

/// A request for a tunnel to be written.
#[derive(Clone, Copy)]
pub struct TunnelRequest<'a> {
    /// The host that the tunnel leads to, an IPv6 address without its brackets.
    pub host: &'a str,
    /// The port there.
    pub port: u16,
    /// User and password for the proxy itself, as `Proxy-Authorization: Basic` (RFC 7617).
    pub credentials: Option<(&'a str, &'a str)>,
}

impl TunnelRequest<'_> {
    /// The request head as a value: `CONNECT host:port`.
    #[must_use]
    pub fn head(&self) -> RequestHead {
        let authority = Authority {
            host: self.host.to_owned(),
            port: Some(self.port),
        };
        let target = authority.to_string();
        let mut headers = Headers::new();
        headers.push("Host", &target); // RFC 9112 section 3.2: the same as the target
        headers.push("User-Agent", USER_AGENT);
        if let Some((user, password)) = self.credentials {
            headers.push("Proxy-Authorization", &basic_credentials(user, password));
        }
        RequestHead::new("CONNECT", target, headers)
    }

    /// The request head as bytes, blank line included.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        write_request(&self.head())
    }
}

/// Without the password.
impl fmt::Debug for TunnelRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TunnelRequest").field(&self.head()).finish()
    }
}

/// Checks a proxy's answer: any 2xx means that the tunnel is there, right behind the head, whatever
/// length it announces (RFC 9110 sections 8.6 and 9.3.6). The caller has skipped interim answers
/// ([`ResponseHead::is_interim`]).
///
/// # Errors
///
/// [`TunnelRefused`]: the proxy opened none.
pub fn check_tunnel(response: &ResponseHead) -> Result<(), TunnelRefused> {
    match response.status {
        200..=299 => Ok(()),
        status => Err(TunnelRefused {
            status,
            reason: response.reason.clone(),
        }),
    }
}

/// Why a proxy opened no tunnel. The text shows at most 200 characters of the peer's, without
/// control characters; the fields hold them as they came.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TunnelRefused {
    /// The status code, which is no 2xx.
    pub status: u16,
    /// The reason phrase, as the proxy wrote it.
    pub reason: String,
}

impl TunnelRefused {
    /// Whether the proxy wants a user and a password, or other ones.
    #[must_use]
    pub fn wants_credentials(&self) -> bool {
        self.status == 407
    }
}

impl fmt::Display for TunnelRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, reason } = self;
        match reason.as_str() {
            "" => write!(f, "it answered {status}"),
            reason => write!(f, "it answered {status} {}", shown(reason)),
        }
    }
}

impl std::error::Error for TunnelRefused {}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent() -> String {
        format!("User-Agent: wshub/{}\r\n", env!("CARGO_PKG_VERSION"))
    }

    #[test]
    fn the_target_is_the_host_with_its_port_always() {
        let rows = [
            ("a.example", 80, None, "a.example:80", ""),
            (
                "::1",
                8765,
                Some(("Aladdin", "open sesame")),
                "[::1]:8765",
                "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n",
            ),
            (
                "a",
                443,
                Some(("ana", "")),
                "a:443",
                "Proxy-Authorization: Basic YW5hOg==\r\n",
            ),
        ];
        for (host, port, credentials, target, authorization) in rows {
            let request = TunnelRequest {
                host,
                port,
                credentials,
            };
            let expected = format!(
                "CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{}{authorization}\r\n",
                agent()
            );
            assert_eq!(String::from_utf8(request.write()).unwrap(), expected);
            assert!(!format!("{request:?}").contains("Basic"), "{request:?}");
        }
    }

    #[test]
    fn any_2xx_opens_the_tunnel_and_nothing_else_does() {
        let rows = [
            (200, "Connection established", None),
            (204, "", None),
            (299, "", None),
            (101, "", Some("it answered 101")),
            (301, "Moved", Some("it answered 301 Moved")),
            (407, "Who\u{7}?", Some("it answered 407 Who ?")),
            (503, "", Some("it answered 503")),
        ];
        for (status, reason, words) in rows {
            let response = ResponseHead {
                status,
                reason: reason.into(),
                ..ResponseHead::default()
            };
            let refused = check_tunnel(&response).err();
            assert_eq!(refused.as_ref().map(ToString::to_string).as_deref(), words);
            let wants = refused.is_some_and(|refused| refused.wants_credentials());
            assert_eq!(wants, status == 407);
        }
    }
}
