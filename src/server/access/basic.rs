//! The rule on passwords: HTTP Basic authentication (RFC 7617).

use std::net::IpAddr;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::accounts::Accounts;
use super::throttle::{Throttle, Turn};
use crate::handshake::{Authority, Headers, Refusal};
use crate::server::admit::{Admit, Opening};
use crate::transport::Lock;

/// What a browser asks its user for.
const CHALLENGE: &str = "Basic realm=\"wshub\", charset=\"UTF-8\"";

/// Asks everybody for a user and a password.
#[derive(Debug)]
pub(in crate::server) struct BasicRule {
    accounts: Accounts,
    throttle: Lock<Throttle>,
}

impl BasicRule {
    pub(in crate::server) fn new(accounts: Accounts) -> Self {
        Self {
            accounts,
            throttle: Lock::default(),
        }
    }

    /// Waits, on the client's own thread, where its address has failed before.
    pub(in crate::server) fn admit(&self, opening: &Opening<'_>) -> Admit {
        let credentials = match credentials(&opening.request.headers) {
            Ok(Some(credentials)) => credentials,
            Ok(None) => {
                return Admit::Refuse(unauthorized("Who are you? A user and a password, please."));
            }
            Err(refusal) => return Admit::Refuse(refusal),
        };
        let address = origin_address(opening);
        let mut throttle = self.throttle.lock();
        match throttle.ask(address, Instant::now()) {
            Turn::After(Duration::ZERO) => {}
            Turn::After(wait) => {
                drop(throttle);
                thread::sleep(wait); // at most eight seconds
                throttle = self.throttle.lock();
            }
            Turn::Refused(wait) => {
                let why = "Too many wrong passwords came from this address; wait a little.";
                let seconds = (wait.as_secs() + 1).to_string();
                return Admit::Refuse(Refusal::new(429, why).with_header("Retry-After", seconds));
            }
        }
        // Looked at and noted under one lock: tries at the same time are counted one by one.
        match self.accounts.user_of(&credentials) {
            Some(user) => {
                throttle.succeeded(address);
                Admit::accept_as(user)
            }
            None => {
                throttle.failed(address, Instant::now());
                Admit::Refuse(unauthorized("The user or the password is wrong."))
            }
        }
    }
}

fn unauthorized(why: &str) -> Refusal {
    Refusal::new(401, why).with_header("WWW-Authenticate", CHALLENGE)
}

/// The credentials of a request as `user:password`; `None` if it has none.
fn credentials(headers: &Headers) -> Result<Option<String>, Refusal> {
    let mut values = headers.all("Authorization");
    let (Some(value), more) = (values.next(), values.next()) else {
        return Ok(None);
    };
    if more.is_some() {
        let why = "The Authorization header comes more than once.";
        return Err(Refusal::new(400, why));
    }
    let Some((scheme, token)) = value.split_once(' ') else {
        return Ok(None);
    };
    if !scheme.eq_ignore_ascii_case("Basic") {
        return Ok(None);
    }
    let decoded = STANDARD.decode(token.trim_matches(' ')).ok();
    match decoded.and_then(|bytes| String::from_utf8(bytes).ok()) {
        Some(credentials) => Ok(Some(credentials)),
        None => Err(unauthorized(
            "The Authorization header is not user:password in UTF-8 and base64.",
        )),
    }
}

/// The address whose failures count: the peer's, or, where the peer is a proxy on this machine,
/// the one that the proxy has seen (the last one: what stands before it, anybody may have
/// written). So one guesser on the far side of the proxy does not slow everybody down.
fn origin_address(opening: &Opening<'_>) -> IpAddr {
    let peer = opening.peer.ip().to_canonical();
    if !peer.is_loopback() {
        return peer;
    }
    let seen = opening.request.headers.all("X-Forwarded-For").last();
    seen.and_then(|list| list.rsplit(',').next())
        .map(str::trim)
        .and_then(|address| {
            let bare = address.parse().ok();
            bare.or_else(|| Authority::parse(address).ok()?.host.parse().ok())
        })
        .unwrap_or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handshake::RequestHead;

    fn head(fields: &[(&str, &str)]) -> RequestHead {
        let mut headers = Headers::new();
        for (name, value) in fields {
            headers.push(name, value);
        }
        RequestHead::new("GET", "/", headers)
    }

    fn basic(credentials: &[u8]) -> String {
        format!("Basic {}", STANDARD.encode(credentials))
    }

    fn rule() -> BasicRule {
        BasicRule::new(Accounts::parse("ana:secret\nbj\u{f6}rk:p\u{e4}ss:word").unwrap())
    }

    fn ask(
        rule: &BasicRule,
        peer: &str,
        fields: &[(&str, &str)],
    ) -> Result<Option<String>, Refusal> {
        let head = head(fields);
        match rule.admit(&Opening::new(&head, peer.parse().unwrap())) {
            Admit::Accept(admission) => Ok(admission.user),
            Admit::Refuse(refusal) => Err(refusal),
        }
    }

    #[test]
    fn the_right_password_opens_and_nothing_else_does() {
        let right = basic(b"ana:secret");
        let bare = STANDARD.encode(b"ana:secret");
        type Row = (Vec<(&'static str, String)>, Result<&'static str, u16>);
        let rows: Vec<Row> = vec![
            (vec![("Authorization", right.clone())], Ok("ana")),
            (vec![("authorization", right.clone())], Ok("ana")),
            (vec![("Authorization", format!("bAsIc {bare}"))], Ok("ana")),
            (
                vec![("Authorization", format!("Basic  {bare} "))],
                Ok("ana"),
            ),
            (
                vec![(
                    "Authorization",
                    basic("bj\u{f6}rk:p\u{e4}ss:word".as_bytes()),
                )],
                Ok("bj\u{f6}rk"),
            ),
            (vec![], Err(401)),
            (vec![("Authorization", String::new())], Err(401)),
            (vec![("Authorization", "Basic".into())], Err(401)),
            (vec![("Authorization", "Basic ".into())], Err(401)),
            (vec![("Authorization", format!("Bearer {bare}"))], Err(401)),
            (vec![("Authorization", format!("Basic{bare}"))], Err(401)),
            (vec![("Authorization", "Basic ana:secret".into())], Err(401)),
            (vec![("Authorization", basic(b"ana:secreT"))], Err(401)),
            (vec![("Authorization", basic(b"ANA:secret"))], Err(401)),
            (vec![("Authorization", basic(b"ana:secret\0"))], Err(401)),
            (
                vec![("Authorization", basic(b"ana:secret\nbob:x"))],
                Err(401),
            ),
            (vec![("Authorization", basic(b"ana:"))], Err(401)),
            (vec![("Authorization", basic(b"ana"))], Err(401)),
            (vec![("Authorization", basic(b":secret"))], Err(401)),
            (vec![("Authorization", basic(b""))], Err(401)),
            (
                vec![("Authorization", basic(b"bj\xf6rk:p\xe4ss:word"))],
                Err(401),
            ),
            (vec![("Proxy-Authorization", right.clone())], Err(401)),
            (
                vec![
                    ("Authorization", right.clone()),
                    ("Authorization", basic(b"ana:x")),
                ],
                Err(400),
            ),
        ];
        for (fields, expected) in rows {
            let fields: Vec<_> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
            match (ask(&rule(), "192.0.2.1:9", &fields), expected) {
                (Ok(user), Ok(name)) => assert_eq!(user.as_deref(), Some(name)),
                (Err(refusal), Err(status)) => {
                    assert_eq!(refusal.status, status, "{fields:?}");
                    assert!(!refusal.why.contains("secret"));
                    let challenged =
                        refusal.headers == [("WWW-Authenticate", CHALLENGE.to_owned())];
                    assert_eq!(challenged, status == 401);
                }
                (answer, _) => panic!("{fields:?}: {answer:?}"),
            }
        }
    }

    #[test]
    fn an_address_that_keeps_failing_is_turned_away_and_others_are_not() {
        let rule = rule();
        let wrong = basic(b"ana:wrong");
        let right = basic(b"ana:secret");
        {
            let mut throttle = rule.throttle.lock();
            (0..20).for_each(|_| throttle.failed("192.0.2.1".parse().unwrap(), Instant::now()));
            // Two stand in line already.
            for _ in 0..2 {
                throttle.ask("192.0.2.1".parse().unwrap(), Instant::now());
            }
        }
        for credentials in [&wrong, &right] {
            let refusal = ask(&rule, "192.0.2.1:9", &[("Authorization", credentials)]).unwrap_err();
            assert_eq!(refusal.status, 429);
            assert_eq!(refusal.headers[0].0, "Retry-After");
        }
        let other = ask(&rule, "192.0.2.2:9", &[("Authorization", &right)]);
        assert_eq!(other, Ok(Some("ana".into())));
    }

    #[test]
    fn behind_a_proxy_on_this_machine_the_address_that_it_saw_counts() {
        // (peer, X-Forwarded-For, whose failures)
        let rows: &[(&str, &[&str], &str)] = &[
            ("127.0.0.1:9", &[], "127.0.0.1"),
            ("127.0.0.1:9", &["192.0.2.1"], "192.0.2.1"),
            ("[::ffff:127.0.0.1]:9", &["192.0.2.1"], "192.0.2.1"),
            ("[::1]:9", &["spoofed, 192.0.2.1"], "192.0.2.1"),
            ("[::1]:9", &["10.0.0.1", "2001:db8::1"], "2001:db8::1"),
            ("[::1]:9", &["192.0.2.1:4711"], "192.0.2.1"),
            ("[::1]:9", &["[2001:db8::1]:4711"], "2001:db8::1"),
            ("[::1]:9", &["unknown"], "::1"),
            ("192.0.2.7:9", &["10.0.0.1"], "192.0.2.7"),
        ];
        for (peer, forwarded, expected) in rows {
            let fields: Vec<_> = forwarded.iter().map(|f| ("X-Forwarded-For", *f)).collect();
            let head = head(&fields);
            let opening = Opening::new(&head, peer.parse().unwrap());
            assert_eq!(
                origin_address(&opening).to_string(),
                *expected,
                "{peer} {forwarded:?}"
            );
        }
    }
}
