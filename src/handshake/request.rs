//! What all requests of a client have in common, to a server or to a proxy.

use super::head::RequestHead;
use base64::{Engine, engine::general_purpose::STANDARD};

/// The `User-Agent` of requests that name no other: `wshub/VERSION` (RFC 9110 section 10.1.5).
pub const USER_AGENT: &str = concat!("wshub/", env!("CARGO_PKG_VERSION"));

/// A request head as bytes, blank line included. The caller has checked what is in it.
pub(super) fn write_request(head: &RequestHead) -> Vec<u8> {
    let mut text = format!("{} {} HTTP/1.1\r\n", head.method, head.target);
    for (name, value) in &head.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    text.into_bytes()
}

/// A user and a password as the value of `Authorization` or `Proxy-Authorization` (RFC 7617
/// section 2).
pub(super) fn basic_credentials(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}
