//! The rule on passwords: HTTP Basic authentication (RFC 7617).

use std::net::{IpAddr, Ipv4Addr};
use std::thread;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::accounts::Accounts;
use super::client_address::client_address;
use super::throttle::{Throttle, Try, Turn};
use crate::handshake::{Headers, Refusal};
use crate::lock::Lock;
use crate::server::admission::Opening;

/// The challenge, for which a browser asks its user for a password.
const CHALLENGE: &str = "Basic realm=\"wshub\", charset=\"UTF-8\"";

/// The address of connections that have none.
const NO_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// Asks everybody for a user and a password.
#[derive(Debug)]
pub(super) struct BasicRule {
    accounts: Accounts,
    trusted_proxies: Vec<IpAddr>,
    pub(super) throttle: Lock<Throttle>,
}

impl BasicRule {
    /// `trusted_proxies`: whose `X-Forwarded-For` is believed.
    pub(super) fn new(accounts: Accounts, trusted_proxies: Vec<IpAddr>) -> Self {
        Self {
            accounts,
            trusted_proxies,
            throttle: Lock::default(),
        }
    }

    /// Returns the user whose password the request has. After wrong passwords it waits, on the
    /// client's own thread and for at most four seconds. `is_foreign`: a page of another site made
    /// the browser send the request.
    #[inline(never)] // for the stack of an idle client: see server/handshake.rs
    pub(super) fn admit(&self, opening: &Opening<'_>, is_foreign: bool) -> Result<String, Refusal> {
        let headers = &opening.request.headers;
        let Some(credentials) = credentials(headers)? else {
            return Err(unauthorized("Username and password required."));
        };
        let peer = opening.peer.map_or(NO_ADDRESS, |peer| peer.ip());
        let address = client_address(peer, headers, &self.trusted_proxies);
        let user = credentials.split(':').next().unwrap_or_default();
        let by = Try::new(user, address, is_foreign);
        let mut throttle = self.throttle.lock();
        match throttle.ask(&by, Instant::now()) {
            Turn::Now => {}
            Turn::After(wait) => {
                drop(throttle);
                thread::sleep(wait);
                throttle = self.throttle.lock();
                throttle.waited(&by, Instant::now());
            }
            Turn::Refused(wait) => {
                let why = "Too many attempts for this user are waiting at this address; try \
                           again later.";
                let seconds = wait.as_secs().max(1).to_string();
                return Err(Refusal::new(429, why).with_header("Retry-After", seconds));
            }
        }
        // The check and its record happen under one lock, so that concurrent attempts are counted
        // one by one.
        match self.accounts.user_of(&credentials) {
            Some(user) => {
                throttle.succeeded(&by, Instant::now());
                Ok(user.to_owned())
            }
            None => {
                throttle.failed(&by, Instant::now());
                Err(unauthorized("The username or the password is wrong."))
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
        BasicRule::new(
            Accounts::parse("ana:secret\nbj\u{f6}rk:p\u{e4}ss:word").unwrap(),
            Vec::new(),
        )
    }

    fn ask(rule: &BasicRule, peer: &str, fields: &[(&str, &str)]) -> Result<String, Refusal> {
        let head = head(fields);
        rule.admit(&Opening::new(&head, peer.parse().ok()), false)
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
                (Ok(user), Ok(name)) => assert_eq!(user, name),
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
    fn only_a_long_line_for_one_user_at_one_address_is_refused() {
        let rule = BasicRule::new(
            Accounts::parse("ana:secret\nbob:other").unwrap(),
            vec![[127, 0, 0, 1].into()],
        );
        let now = Instant::now();
        let by = Try::new("ana", [192, 0, 2, 1].into(), false);
        {
            let mut throttle = rule.throttle.lock();
            // So many that the next ones wait, and so many of those that no further one may.
            (0..4).for_each(|_| throttle.failed(&by, now));
            while !matches!(throttle.ask(&by, now), Turn::Refused(_)) {}
        }
        for credentials in ["ana:wrong", "ana:secret"] {
            let fields = [("Authorization", &*basic(credentials.as_bytes()))];
            let refusal = ask(&rule, "192.0.2.1:9", &fields).unwrap_err();
            assert_eq!(refusal.status, 429);
            assert_eq!(refusal.headers[0], ("Retry-After", "4".to_owned()));
        }
        // (peer, X-Forwarded-For): the header is believed where a trusted proxy sends it.
        let (own, other) = (basic(b"ana:secret"), basic(b"bob:other"));
        let rows = [
            ("192.0.2.1:9", "192.0.2.2", &own, Err(429)),
            ("127.0.0.1:9", "192.0.2.1", &own, Err(429)),
            ("192.0.2.2:9", "192.0.2.1", &own, Ok("ana")),
            ("127.0.0.1:9", "192.0.2.2", &own, Ok("ana")),
            ("192.0.2.1:9", "192.0.2.1", &other, Ok("bob")),
        ];
        for (peer, seen, credentials, expected) in rows {
            let fields = [("Authorization", &**credentials), ("X-Forwarded-For", seen)];
            let answer = ask(&rule, peer, &fields).map_err(|refusal| refusal.status);
            assert_eq!(answer.as_deref().map_err(|s| *s), expected, "{peer} {seen}");
        }
    }
}
