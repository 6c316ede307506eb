//! The rule on Origin (RFC 6455 section 10.2): which pages' scripts may open a WebSocket here.
//! Browsers let any page try, and send the page's origin along; only the server can say no.

use super::{Access, default_port, shown, without_last_dot};
use crate::handshake::{Authority, Refusal, RequestHead};

/// An origin's parts (RFC 6454 section 4), its port made explicit.
#[derive(Debug, PartialEq, Eq)]
struct Origin {
    scheme: String,
    host: String,
    /// Absent where none is written and the scheme has no default one.
    port: Option<u16>,
}

impl Origin {
    fn parse(text: &str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let good = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        if scheme.is_empty() || !scheme.bytes().all(good) {
            return None;
        }
        let scheme = scheme.to_ascii_lowercase();
        let authority = Authority::parse(authority).ok()?;
        Some(Self {
            host: without_last_dot(&authority.host).to_owned(),
            port: authority.port.or(default_port(&scheme)),
            scheme,
        })
    }

    /// Whether `allowed`, as the operator wrote it, is this origin or stands for it.
    fn is_meant_by(&self, allowed: &str) -> bool {
        let Some((scheme, parent)) = allowed.split_once("://*.") else {
            return Self::parse(allowed).as_ref() == Some(self);
        };
        Self::parse(&format!("{scheme}://{parent}")).is_some_and(|parent| {
            let below = self.host.strip_suffix(parent.host.as_str());
            self.scheme == parent.scheme
                && self.port == parent.port
                && below.is_some_and(|below| below.len() > 1 && below.ends_with('.'))
        })
    }
}

impl Access {
    /// Whether a page of the request's Origin may open a WebSocket here. `secure`: the request
    /// came over TLS.
    pub fn check_origin(&self, head: &RequestHead, secure: bool) -> Result<(), Refusal> {
        let mut seen = head.headers.all("Origin");
        let (Some(seen), more) = (seen.next(), seen.next()) else {
            return Ok(());
        };
        if more.is_some() {
            return Err(Refusal::new(400, "The Origin header comes more than once."));
        }
        let origin = Origin::parse(seen);
        let allowed = self.origins.iter().any(|allowed| match allowed.as_str() {
            "any" => true,
            "null" => seen == "null",
            allowed => origin.as_ref().is_some_and(|o| o.is_meant_by(allowed)),
        });
        if allowed || origin.as_ref().is_some_and(|o| is_own(o, head, secure)) {
            return Ok(());
        }
        let flag = if seen == "null" || origin.is_some() {
            seen.chars().take(super::SHOWN_CHARS).collect()
        } else {
            String::from("any")
        };
        Err(Refusal::new(
            403,
            format!(
                "A page from the origin {} may not connect here; start the server with \
                 --allow-origin {flag} to let it in.",
                shown(seen),
            ),
        ))
    }
}

/// Whether the page came from the server that it connects to: the same host and port as the
/// Host header names. Where that names no port, it is the default one of the page's scheme, so
/// that a proxy that speaks TLS may stand before a server that does not. A page that came over
/// http did not come from a port that speaks TLS.
fn is_own(origin: &Origin, head: &RequestHead, secure: bool) -> bool {
    match origin.scheme.as_str() {
        "https" => {}
        "http" if !secure => {}
        _ => return false,
    }
    let unwritten = default_port(&origin.scheme);
    head.authority()
        .and_then(|host| Authority::parse(host).ok())
        .is_some_and(|own| {
            without_last_dot(&own.host) == origin.host && own.port.or(unwritten) == origin.port
        })
}

#[cfg(test)]
#[path = "origin_tests.rs"]
mod tests;
