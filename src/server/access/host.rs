//! The rule on Host. It guards a server on this machine's loopback against DNS rebinding: a
//! page of evil.example, whose name suddenly means 127.0.0.1, is of the same origin as the
//! server that it reaches, but it cannot help naming evil.example as the Host.

use std::net::IpAddr;

use super::denied::Denied;
use super::names::without_last_dot;
use super::settings::Access;
use crate::handshake::{Authority, HttpVersion, RequestHead};

impl Access {
    /// Checks the Host that a request names. `loopback`: the listener is reachable from this
    /// machine only. A request over HTTP/1.0 may name none: no browser sent it.
    ///
    /// # Errors
    ///
    /// [`Denied::MalformedHost`] or [`Denied::Host`].
    pub fn check_host(&self, head: &RequestHead, loopback: bool) -> Result<(), Denied> {
        let seen = match head.authority() {
            None if head.version == HttpVersion::Http10 => return Ok(()),
            seen => seen.unwrap_or_default(),
        };
        let Ok(Authority { host, port }) = Authority::parse(seen) else {
            return Err(Denied::MalformedHost);
        };
        let host = without_last_dot(&host);
        let allowed = (self.hosts.iter()).any(|allowed| is_meant(allowed, host, port));
        if allowed || !loopback || is_loopback_name(host) {
            return Ok(());
        }
        Err(Denied::Host {
            seen: seen.to_owned(),
            host: match host.contains(':') {
                true => format!("[{host}]"),
                false => host.to_owned(),
            },
        })
    }
}

/// Whether `allowed`, as the operator wrote it, is this host. Without a port it means every one.
fn is_meant(allowed: &str, host: &str, port: Option<u16>) -> bool {
    if allowed == "any" {
        return true;
    }
    Authority::parse(allowed).is_ok_and(|allowed| {
        without_last_dot(&allowed.host) == host && (allowed.port.is_none() || allowed.port == port)
    })
}

fn is_loopback_name(host: &str) -> bool {
    host == "localhost"
        || host
            .parse()
            .is_ok_and(|address: IpAddr| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handshake::Headers;

    fn head(host: &str) -> RequestHead {
        let mut headers = Headers::default();
        headers.push("Host", host);
        RequestHead::new("GET", "/", headers)
    }

    #[test]
    fn a_loopback_listener_answers_to_loopback_names_only() {
        // (Host, loopback, --allow-host, let in)
        let rows: &[(&str, bool, &[&str], bool)] = &[
            ("localhost:8765", true, &[], true),
            ("localhost", true, &[], true),
            ("localhost:", true, &[], true),
            ("LocalHost", true, &[], true),
            ("localhost.", true, &[], true),
            ("LOCALHOST.:80", true, &[], true),
            ("localhost..", true, &[], false),
            ("127.0.0.1:8765", true, &[], true),
            ("127.0.0.1.", true, &[], true),
            ("127.9.8.7", true, &[], true),
            ("[::1]:8765", true, &[], true),
            ("[0:0:0:0:0:0:0:1]", true, &[], true),
            ("[::ffff:127.0.0.1]:8765", true, &[], true),
            ("[::ffff:10.0.0.1]", true, &[], false),
            ("[::]", true, &[], false),
            ("0.0.0.0:8765", true, &[], false),
            ("128.0.0.1", true, &[], false),
            ("2130706433", true, &[], false),
            ("0x7f000001", true, &[], false),
            ("127.1", true, &[], false),
            ("evil.example", true, &[], false),
            ("localhost.evil.example", true, &[], false),
            ("evil-localhost", true, &[], false),
            ("127.0.0.1.evil.example", true, &[], false),
            ("192.168.0.7", true, &[], false),
            ("evil.example", false, &[], true),
            ("my.test:8765", true, &["my.test"], true),
            ("MY.TEST.", true, &["my.test"], true),
            ("my.test", true, &["My.Test."], true),
            ("my.test:8765", true, &["my.test:8765"], true),
            ("my.test:8766", true, &["my.test:8765"], false),
            ("my.test", true, &["my.test:8765"], false),
            ("[fd00::7]:80", true, &["[fd00::7]"], true),
            ("other.test", true, &["my.test"], false),
            ("not-my.test", true, &["my.test"], false),
            ("my.test.evil.example", true, &["my.test"], false),
            ("other.test", true, &["any"], true),
            ("localhost", true, &["my.test"], true),
        ];
        for (host, loopback, allowed, expected) in rows {
            let access = Access {
                hosts: allowed.iter().map(|s| (*s).to_owned()).collect(),
                ..Access::default()
            };
            let answer = access.check_host(&head(host), *loopback);
            assert_eq!(
                answer.is_ok(),
                *expected,
                "{host}, loopback {loopback}, {allowed:?}"
            );
        }
    }

    #[test]
    fn a_denial_names_the_host_that_was_seen() {
        let malformed = "The Host header is not a host with an optional port.";
        let rows = [
            (
                "Evil.example:80",
                Some("evil.example"),
                "The host \"Evil.example:80\" is not this server's.",
            ),
            (
                "[FD00::7]",
                Some("[fd00::7]"),
                "The host \"[FD00::7]\" is not this server's.",
            ),
            ("user@localhost", None, malformed),
            ("localhost:8765, evil", None, malformed),
            ("a b", None, malformed),
            ("", None, malformed),
        ];
        for (seen, host, why) in rows {
            let denied = Access::default().check_host(&head(seen), true).unwrap_err();
            let refusal = denied.refusal(None);
            assert_eq!(refusal.why, why);
            assert_eq!(refusal.status, if host.is_some() { 403 } else { 400 });
            match denied {
                Denied::Host { host: allowed, .. } => assert_eq!(Some(allowed.as_str()), host),
                denied => assert_eq!((denied, host), (Denied::MalformedHost, None)),
            }
        }
    }

    #[test]
    fn over_http_1_0_a_host_may_be_missing_and_is_checked_where_there_is_one() {
        let mut none = RequestHead::new("GET", "/", Headers::new());
        assert!(Access::default().check_host(&none, true).is_err());
        none.version = HttpVersion::Http10;
        assert_eq!(Access::default().check_host(&none, true), Ok(()));
        let mut evil = head("evil.example");
        evil.version = HttpVersion::Http10;
        assert!(Access::default().check_host(&evil, true).is_err());
        none.target_authority = Some("evil.example".into());
        assert!(Access::default().check_host(&none, true).is_err());
    }

    #[test]
    fn an_absolute_target_counts_before_the_host_header() {
        let mut head = head("localhost:8765");
        head.target_authority = Some("evil.example".into());
        assert!(Access::default().check_host(&head, true).is_err());
    }
}
