//! The rule on Origin (RFC 6455 section 10.2): which pages' scripts may open a WebSocket here.
//! Browsers let any page try, and send the page's origin along; only the server can say no.

use super::denied::{Denied, shortened};
use super::names::{default_port, without_last_dot};
use super::settings::Access;
use crate::handshake::{Authority, RequestHead};

/// An origin's parts (RFC 6454 section 4), its port made explicit.
///
/// Where the scheme has no default port it is one of an application or of files, and what stands
/// after it follows no common grammar: `file://`, `app://.`, `vscode-webview://0a1b2c`. Such an
/// origin is compared as it is written, and matches nothing but itself.
#[derive(Debug, PartialEq, Eq)]
struct Origin {
    scheme: String,
    host: String,
    /// Absent where the scheme has no default one; it is a part of the host then.
    port: Option<u16>,
}

impl Origin {
    fn parse(text: &str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let good = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        if !scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            || !scheme.bytes().all(good)
        {
            return None;
        }
        let scheme = scheme.to_ascii_lowercase();
        let Some(default_port) = default_port(&scheme) else {
            let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:[]%".contains(&byte);
            return authority.bytes().all(good).then(|| Self {
                host: authority.to_owned(),
                port: None,
                scheme,
            });
        };
        let authority = Authority::parse(authority).ok()?;
        Some(Self {
            host: without_last_dot(&authority.host).to_owned(),
            port: authority.port.or(Some(default_port)),
            scheme,
        })
    }

    /// Whether `allowed`, as the operator wrote it, is this origin or stands for it. A slash at
    /// its end, as it stands in an address bar, is forgiven.
    fn is_meant_by(&self, allowed: &str) -> bool {
        let allowed = match allowed.strip_suffix('/') {
            Some(bare) if !bare.ends_with(":/") => bare,
            _ => allowed,
        };
        let Some((scheme, parent)) = allowed.split_once("://*.") else {
            return Self::parse(allowed).as_ref() == Some(self);
        };
        let parent = Self::parse(&format!("{scheme}://{parent}"));
        parent.is_some_and(|parent| {
            let has_names = parent.port.is_some(); // and not only ids
            let below = self.host.strip_suffix(parent.host.as_str());
            has_names
                && self.scheme == parent.scheme
                && self.port == parent.port
                && below.is_some_and(|below| below.len() > 1 && below.ends_with('.'))
        })
    }
}

impl Access {
    /// Checks whether a page of the request's Origin may open a WebSocket here. `secure`: the
    /// request came over TLS.
    ///
    /// # Errors
    ///
    /// [`Denied::RepeatedOrigin`] or [`Denied::Origin`].
    pub fn check_origin(&self, head: &RequestHead, secure: bool) -> Result<(), Denied> {
        let mut seen = head.headers.all("Origin");
        let (Some(seen), more) = (seen.next(), seen.next()) else {
            return Ok(());
        };
        if more.is_some() {
            return Err(Denied::RepeatedOrigin);
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
        Err(Denied::Origin {
            seen: seen.to_owned(),
            origin: (seen == "null" || origin.is_some()).then(|| shortened(seen)),
        })
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
