//! Who gets in: the rules on Origin (RFC 6455 section 10.2) and on Host, which guards servers
//! on this machine's loopback against DNS rebinding.

use std::net::IpAddr;

use crate::handshake::{Authority, Refusal, RequestHead};

/// Which origins and which hosts are let in, beside those that always are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// Origins as `https://example.com:8443`, `null`, or `any`. Always let in: requests
    /// without an Origin (no browser sent them), and those whose Origin is the server itself.
    pub origins: Vec<String>,
    /// Host names without port, or `any`. Always let in: on a loopback listener the loopback's
    /// own names, on any other listener every name.
    pub hosts: Vec<String>,
}

/// An origin's parts (RFC 6454 section 4), its port made explicit.
#[derive(Debug, PartialEq, Eq)]
struct Origin {
    scheme: String,
    host: String,
    port: u16,
}

impl Origin {
    fn parse(text: &str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let port = default_port(&scheme);
        let Authority {
            host,
            port: written,
        } = Authority::parse(authority).ok()?;
        let host = without_last_dot(host);
        Some(Self {
            port: written.or(port)?,
            scheme,
            host,
        })
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        _ => None,
    }
}

fn without_last_dot(mut host: String) -> String {
    if host.ends_with('.') {
        host.pop();
    }
    host
}

impl Access {
    /// Whether a request may be answered at all, by the Host that it names. `loopback`: the
    /// listener is reachable from this machine only.
    pub fn check_host(&self, head: &RequestHead, loopback: bool) -> Result<(), Refusal> {
        let seen = head.authority().unwrap_or_default();
        let Ok(Authority { host, .. }) = Authority::parse(seen) else {
            return Err(Refusal::new(
                400,
                "The Host header is not a host with an optional port.",
            ));
        };
        let host = without_last_dot(host);
        let allowed = self.hosts.iter().any(|allowed| {
            allowed == "any" || without_last_dot(allowed.to_ascii_lowercase()) == host
        });
        if allowed || !loopback || is_loopback_name(&host) {
            return Ok(());
        }
        Err(Refusal::new(
            403,
            format!(
                "The host {seen:?} is not this server's; start it with --allow-host {host} to \
                 answer to that name."
            ),
        ))
    }

    /// Whether a page of the request's Origin may open a WebSocket here. `tls`: the request came
    /// over TLS.
    pub fn check_origin(&self, head: &RequestHead, tls: bool) -> Result<(), Refusal> {
        let Some(seen) = head.headers.get("Origin") else {
            return Ok(());
        };
        let origin = Origin::parse(seen);
        let allowed = self.origins.iter().any(|allowed| match allowed.as_str() {
            "any" => true,
            "null" => seen == "null",
            allowed => origin.is_some() && Origin::parse(allowed) == origin,
        });
        if allowed || origin.is_some_and(|origin| is_own(&origin, head, tls)) {
            return Ok(());
        }
        Err(Refusal::new(
            403,
            format!(
                "A page from the origin {seen:?} may not connect here; start the server with \
                 --allow-origin {} to let it in.",
                if seen == "null" || Origin::parse(seen).is_some() {
                    seen
                } else {
                    "any"
                }
            ),
        ))
    }
}

/// Whether the page came from the server that it connects to: the same host and port as the
/// Host header names. Where that names no port, it is the default one of the page's scheme,
/// so that a proxy that speaks TLS may stand before a server that does not. A page that came
/// over http from there did not come from a port that speaks TLS.
fn is_own(origin: &Origin, head: &RequestHead, tls: bool) -> bool {
    match origin.scheme.as_str() {
        "https" => {}
        "http" if !tls => {}
        _ => return false,
    }
    head.authority()
        .and_then(|host| Authority::parse(host).ok())
        .is_some_and(|own| {
            without_last_dot(own.host) == origin.host
                && own.port.or(default_port(&origin.scheme)) == Some(origin.port)
        })
}

fn is_loopback_name(host: &str) -> bool {
    host == "localhost"
        || host
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handshake::Headers;

    fn head(host: &str, origin: Option<&str>) -> RequestHead {
        let mut headers = Headers::default();
        headers.push("Host", host);
        if let Some(origin) = origin {
            headers.push("Origin", origin);
        }
        RequestHead::new("GET", "/", headers)
    }

    #[test]
    fn origins_are_let_in_when_absent_or_own_or_named() {
        let named = ["https://good.example", "http://[::1]:3000"];
        // (Host, Origin, --allow-origin, let in)
        let rows: &[(&str, Option<&str>, &[&str], bool)] = &[
            ("localhost:8765", None, &[], true),
            ("localhost:8765", Some("http://localhost:8765"), &[], true),
            ("localhost:8765", Some("http://LOCALHOST:8765"), &[], true),
            ("localhost.:8765", Some("http://localhost:8765"), &[], true),
            ("localhost:8765", Some("http://localhost"), &[], false),
            ("localhost:8765", Some("http://localhost:8766"), &[], false),
            ("localhost:8765", Some("http://127.0.0.1:8765"), &[], false),
            ("[::1]:8765", Some("http://[::1]:8765"), &[], true),
            (
                "[::1]:8765",
                Some("http://[0:0:0:0:0:0:0:1]:8765"),
                &[],
                true,
            ),
            ("example.com", Some("https://example.com"), &[], true),
            ("example.com", Some("https://example.com:443"), &[], true),
            ("example.com", Some("http://example.com:8080"), &[], false),
            ("example.com", Some("https://evil.example.com"), &[], false),
            ("example.com", Some("https://example.com.evil"), &[], false),
            ("example.com", Some("https://example.com@evil"), &[], false),
            ("example.com", Some("null"), &[], false),
            ("example.com", Some("file://"), &[], false),
            ("example.com", Some(""), &[], false),
            ("example.com", Some("null"), &["null"], true),
            ("example.com", Some("NULL"), &["null"], false),
            ("example.com", Some("https://good.example"), &named, true),
            (
                "example.com",
                Some("https://good.example:443"),
                &named,
                true,
            ),
            ("example.com", Some("http://good.example"), &named, false),
            (
                "example.com",
                Some("https://bad.good.example"),
                &named,
                false,
            ),
            ("example.com", Some("http://[::1]:3000"), &named, true),
            (
                "example.com",
                Some("https://whoever.example"),
                &["any"],
                true,
            ),
        ];
        for (host, origin, allowed, expected) in rows {
            let access = Access {
                origins: allowed.iter().map(|s| (*s).to_owned()).collect(),
                ..Access::default()
            };
            let answer = access.check_origin(&head(host, *origin), false);
            assert_eq!(
                answer.is_ok(),
                *expected,
                "{origin:?} at {host} with {allowed:?}"
            );
            if let Err(refusal) = answer {
                assert_eq!(refusal.status, 403);
                assert!(refusal.why.contains("--allow-origin"), "{}", refusal.why);
            }
        }
    }

    #[test]
    fn over_tls_the_servers_own_pages_are_those_of_https() {
        // (Host, Origin, let in)
        let rows = [
            ("localhost:8766", "https://localhost:8766", true),
            ("localhost:8766", "HTTPS://localhost:8766", true),
            ("localhost:8766", "http://localhost:8766", false),
            ("localhost:8766", "http://localhost:8765", false),
            ("example.com", "https://example.com", true),
            ("example.com", "http://example.com", false),
            ("example.com", "https://example.com:8443", false),
        ];
        for (host, origin, expected) in rows {
            let answer = Access::default().check_origin(&head(host, Some(origin)), true);
            assert_eq!(answer.is_ok(), expected, "{origin} at {host}");
        }
    }

    #[test]
    fn a_loopback_listener_answers_to_loopback_names_only() {
        // (Host, loopback, --allow-host, let in)
        let rows: &[(&str, bool, &[&str], bool)] = &[
            ("localhost:8765", true, &[], true),
            ("LocalHost", true, &[], true),
            ("localhost.", true, &[], true),
            ("127.0.0.1:8765", true, &[], true),
            ("127.9.8.7", true, &[], true),
            ("[::1]:8765", true, &[], true),
            ("evil.example", true, &[], false),
            ("localhost.evil.example", true, &[], false),
            ("127.0.0.1.evil.example", true, &[], false),
            ("192.168.0.7", true, &[], false),
            ("evil.example", false, &[], true),
            ("my.test:8765", true, &["my.test"], true),
            ("other.test", true, &["my.test"], false),
            ("other.test", true, &["any"], true),
        ];
        for (host, loopback, allowed, expected) in rows {
            let access = Access {
                hosts: allowed.iter().map(|s| (*s).to_owned()).collect(),
                ..Access::default()
            };
            let answer = access.check_host(&head(host, None), *loopback);
            assert_eq!(
                answer.is_ok(),
                *expected,
                "{host}, loopback {loopback}, {allowed:?}"
            );
        }
        let refusal = Access::default()
            .check_host(&head("a b", None), true)
            .unwrap_err();
        assert_eq!(refusal.status, 400);
    }
}
