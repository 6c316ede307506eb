//! The two heads of a watched opening handshake as text, without what may be a credential.

use super::token::Token;
use crate::handshake::{Fed, Headers, HttpVersion, RequestHead, ResponseParser};

/// The request's head; the token is hidden.
pub(super) fn request(head: &RequestHead, token: &Token) -> String {
    let version = match head.version {
        HttpVersion::Http10 => "HTTP/1.0",
        _ => "HTTP/1.1",
    };
    let line = format!("{} {} {version}", head.method, head.target);
    token.hidden_in(&with_headers(line, &head.headers))
}

/// The response's head, of the bytes that are sent.
pub(super) fn response(bytes: &[u8]) -> Option<String> {
    match ResponseParser::new().feed(bytes) {
        Ok(Fed::Done { head, .. }) => {
            let line = format!("HTTP/1.1 {} {}", head.status, head.reason);
            Some(with_headers(line, &head.headers))
        }
        _ => None,
    }
}

fn with_headers(mut text: String, headers: &Headers) -> String {
    for (name, value) in headers.iter_without_credentials() {
        text.push_str(&format!("\r\n{name}: {value}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_shown_without_credentials() {
        let headers = [
            ("Host", "localhost"),
            ("Cookie", "a=secret"),
            ("Authorization", "Basic secret"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        let token = "0".repeat(32);
        let target = format!("/echo?frames={token}");
        let head = RequestHead::new("GET", target, headers.into_iter().collect());
        let token = Token::parse(&token).unwrap();
        assert_eq!(
            request(&head, &token),
            "GET /echo?frames=(token) HTTP/1.1\r\nHost: localhost\r\nCookie: (not shown)\r\n\
             Authorization: (not shown)\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
        );
        let bytes = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
            Set-Cookie: a=secret\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
        assert_eq!(
            response(bytes).unwrap(),
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSet-Cookie: (not shown)\r\n\
             Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        );
    }
}
