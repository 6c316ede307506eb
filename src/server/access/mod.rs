//! Who gets in: the rules on Host, Origin and passwords, each a value that is asked about a
//! request's head.

mod accounts;
mod basic;
mod host;
mod origin;
mod throttle;

pub use accounts::{Accounts, AccountsError};

use self::basic::BasicRule;
use super::admit::{Admit, Door};

/// Which origins, hosts and users are let in, beside those that always are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// Origins as `https://example.com:8443`, `https://*.example.com` for every name below
    /// that one, `null`, or `any`. Always let in: requests without an Origin (no browser sent
    /// them), and those whose Origin is the server itself.
    pub origins: Vec<String>,
    /// Hosts as `example.com`, or `example.com:8443` for that port alone, or `any`. Always let
    /// in: on a loopback listener the loopback's own names, on any other listener every name.
    pub hosts: Vec<String>,
    /// Who may come in by HTTP Basic authentication (RFC 7617); with nobody, everyone may.
    pub accounts: Accounts,
}

impl Access {
    /// The rules on passwords and on pages' origins, in this order. Host is checked before
    /// them, for the health check too.
    pub(super) fn door(&self) -> Door {
        let mut door = Door::default();
        if !self.accounts.is_empty() {
            let basic = BasicRule::new(self.accounts.clone());
            door.add(move |opening| basic.admit(opening));
        }
        let access = self.clone();
        door.add(move |opening| match opening.websocket {
            true => access.check_origin(opening.request, opening.secure).into(),
            false => Admit::accept(),
        });
        door
    }
}

/// The most of a peer's text that a refusal repeats, in characters.
const SHOWN_CHARS: usize = 200;

/// A peer's text for a refusal: quoted, its control characters escaped, and not much of it.
fn shown(text: &str) -> String {
    let short: String = text.chars().take(SHOWN_CHARS).collect();
    let more = if short.len() < text.len() { "..." } else { "" };
    format!("{short:?}{more}")
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        _ => None,
    }
}

/// `example.com.` is `example.com`, said to the end.
fn without_last_dot(host: &str) -> &str {
    host.strip_suffix('.').unwrap_or(host)
}
