//! The 101 of one opening handshake, while a handler and the admission rules can still add to it.

use super::log_fields::ShortText;
use crate::handshake::{Upgrade, is_token};

/// Headers of a 101 that the handshake writes itself, or that a 101 must not have
/// (RFC 6455 section 4.2.2, RFC 9110 sections 6.4.1 and 8.6).
const RESERVED: [&str; 9] = [
    "Upgrade",
    "Connection",
    "Sec-WebSocket-Accept",
    "Sec-WebSocket-Protocol",
    "Sec-WebSocket-Extensions",
    "Sec-WebSocket-Version",
    "Content-Length",
    "Transfer-Encoding",
    "Trailer",
];

/// The answer 101 to an opening handshake, before it is sent.
#[derive(Debug)]
pub struct UpgradeResponse {
    upgrade: Upgrade,
    subprotocol: Option<String>,
    headers: Vec<(String, String)>,
    /// The value of `Sec-WebSocket-Extensions`.
    extension: Option<String>,
}

impl UpgradeResponse {
    pub(super) fn new(upgrade: Upgrade, subprotocol: Option<String>) -> Self {
        Self {
            upgrade,
            subprotocol,
            headers: Vec::new(),
            extension: None,
        }
    }

    /// The subprotocols that the client offers, in its order of preference; often none.
    pub fn offered_subprotocols(&self) -> &[String] {
        &self.upgrade.subprotocols
    }

    /// The subprotocol that is chosen so far. `None`: the connection has none.
    pub fn subprotocol(&self) -> Option<&str> {
        self.subprotocol.as_deref()
    }

    /// Chooses a subprotocol among the offered ones, in place of the choice so far. A client has to
    /// fail the connection if it did not offer the chosen one (RFC 6455 section 4.1), so such a
    /// choice is not sent: the method returns `false`, the choice stays as it was, and a warning is
    /// logged.
    pub fn choose_subprotocol(&mut self, name: &str) -> bool {
        let offered = &self.upgrade.subprotocols;
        let is_offered = offered.iter().any(|offer| offer == name);
        if is_offered {
            self.subprotocol = Some(name.to_owned());
        } else {
            // The offered subprotocols are not logged, since clients send tokens as subprotocols.
            let count = offered.len();
            let name = ShortText(name);
            log::warn!("the subprotocol {name} is not sent: it is none of the {count} offered");
        }
        is_offered
    }

    /// Chooses no subprotocol.
    pub fn clear_subprotocol(&mut self) {
        self.subprotocol = None;
    }

    /// Adds a header, behind those that are there; the same name may come again, as for
    /// `Set-Cookie`. The value is sent with its control characters as spaces, so it cannot add a
    /// line. A name that is not a token, and one that belongs to the handshake itself (`Upgrade`,
    /// `Connection`, `Sec-WebSocket-*`, `Content-Length`, `Transfer-Encoding`, `Trailer`), is left
    /// out, and a warning is logged.
    pub fn add_header(&mut self, name: &str, value: &str) {
        if !is_token(name) || RESERVED.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            log::warn!("the header {name:?} is not sent: it cannot be added to a 101");
            return;
        }
        let value = value.replace(char::is_control, " ");
        self.headers.push((name.to_owned(), value));
    }

    /// Accepts an extension with the agreed parameters (RFC 6455 section 9.1).
    pub(super) fn turn_on(&mut self, extension: String) {
        self.extension = Some(extension);
    }

    /// The response as bytes, and the subprotocol that it names.
    pub(super) fn into_bytes(self) -> (Vec<u8>, Option<String>) {
        let mut bytes = self.upgrade.response(self.subprotocol.as_deref());
        bytes.truncate(bytes.len() - 2); // moves the empty line after the added headers
        let extension = (self.extension.iter()).map(|value| ("Sec-WebSocket-Extensions", value));
        let headers = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value));
        for (name, value) in extension.chain(headers) {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        (bytes, self.subprotocol)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response() -> UpgradeResponse {
        let upgrade = Upgrade {
            accept: "x".into(),
            subprotocols: vec!["one".into(), "two".into()],
            expects_continue: false,
        };
        UpgradeResponse::new(upgrade, Some("one".into()))
    }

    fn text(response: UpgradeResponse) -> String {
        String::from_utf8(response.into_bytes().0).unwrap()
    }

    #[test]
    fn headers_are_added_and_inject_nothing() {
        let plain = text(response());
        let rows = [
            (("Set-Cookie", "a=b"), "Set-Cookie: a=b\r\n"),
            (("X-A", "1\r\nX-Evil: 2"), "X-A: 1  X-Evil: 2\r\n"),
            (("X-A", "1\u{85}2\0"), "X-A: 1 2 \r\n"),
            (("X-A\r\nX-Evil", "2"), ""),
            (("", "2"), ""),
            (("connection", "close"), ""),
            (("UPGRADE", "h2c"), ""),
            (("Sec-WebSocket-Accept", "other"), ""),
            (("sec-websocket-protocol", "two"), ""),
            (("Sec-WebSocket-Extensions", "permessage-deflate"), ""),
            (("Content-Length", "0"), ""),
            (("Transfer-Encoding", "chunked"), ""),
        ];
        for ((name, value), line) in rows {
            let mut response = response();
            response.add_header(name, value);
            let expected = format!("{}{line}\r\n", plain.strip_suffix("\r\n").unwrap());
            assert_eq!(text(response), expected, "{name:?}");
        }
        let mut twice = response();
        twice.add_header("Set-Cookie", "a=b");
        twice.add_header("Set-Cookie", "c=d");
        assert!(text(twice).ends_with("\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n\r\n"));
    }

    #[test]
    fn only_an_offered_subprotocol_can_be_chosen() {
        let mut response = response();
        assert!(response.choose_subprotocol("two"));
        assert!(!response.choose_subprotocol("three"));
        assert_eq!(response.subprotocol(), Some("two"));
        response.clear_subprotocol();
        let (bytes, subprotocol) = response.into_bytes();
        assert_eq!(subprotocol, None);
        assert!(!String::from_utf8(bytes).unwrap().contains("Protocol: "));
    }
}
