//! The access rules of a server: each decides by the request's head, and the program's advice
//! goes with a refusal.

use std::fmt;
use std::sync::Arc;

use super::basic::BasicRule;
use super::denied::Denied;
use super::settings::Access;
use crate::handshake::{Refusal, RequestHead};
use crate::server::admission::Opening;

/// The advice for a denial, which is added to the sentence that the client gets; `None` adds
/// nothing.
type Advice = dyn Fn(&Denied) -> Option<String> + Send + Sync;

/// The rules, ready to be asked.
pub(in crate::server) struct AccessRules {
    access: Access,
    basic: Option<BasicRule>,
    advice: Option<Arc<Advice>>,
}

impl AccessRules {
    pub(in crate::server) fn new(access: Access, advice: Option<Arc<Advice>>) -> Self {
        let accounts = Some(access.accounts.clone()).filter(|accounts| !accounts.is_empty());
        let proxies = access.trusted_proxies.clone();
        Self {
            access,
            basic: accounts.map(|accounts| BasicRule::new(accounts, proxies)),
            advice,
        }
    }

    /// The rule on Host, which is checked for every request. `loopback`: the listener is
    /// reachable from this machine only.
    pub(in crate::server) fn check_host(
        &self,
        head: &RequestHead,
        loopback: bool,
    ) -> Result<(), Refusal> {
        let checked = self.access.check_host(head, loopback);
        checked.map_err(|denied| self.refusal(&denied))
    }

    /// Checks the origin, then the password; `opening` then contains the user. For a page that may
    /// not connect, the password is not checked: so it cannot use up the attempts of the person in
    /// whose browser it runs.
    #[inline(never)] // for the stack of an idle client: see server/handshake.rs
    pub(in crate::server) fn admit(&self, opening: &mut Opening<'_>) -> Result<(), Refusal> {
        let head = opening.request;
        let checked = self.access.check_origin(head, opening.secure);
        let is_foreign = checked.is_err() || is_cross_site(head);
        if opening.websocket {
            checked.map_err(|denied| self.refusal(&denied))?;
        }
        if let Some(basic) = &self.basic {
            opening.user = Some(basic.admit(opening, is_foreign)?);
        }
        Ok(())
    }

    /// The answer to a request that is denied, with the program's advice.
    pub(in crate::server) fn refusal(&self, denied: &Denied) -> Refusal {
        let advice = self.advice.as_ref();
        denied.refusal(advice.and_then(|advice| advice(denied)))
    }
}

/// Whether the browser says that a page of another origin made it send the request (Fetch
/// Metadata). Browsers send this for every request to this machine or over TLS, including images
/// and links, which have no Origin.
fn is_cross_site(head: &RequestHead) -> bool {
    let site = head.headers.get("Sec-Fetch-Site");
    site.is_some_and(|site| matches!(site, "cross-site" | "same-site"))
}

impl fmt::Debug for AccessRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AccessRules").field(&self.access).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handshake::Headers;
    use crate::server::access::Accounts;
    use crate::server::access::throttle::{Try, Turn};
    use std::time::Instant;

    #[test]
    fn the_programs_advice_stands_behind_the_fact() {
        let advice: Arc<Advice> = Arc::new(|denied| match denied {
            Denied::Host { host, .. } => Some(format!("add {host} to the hosts")),
            _ => None,
        });
        let rules = AccessRules::new(Access::default(), Some(advice));
        let mut headers = Headers::new();
        headers.push("Host", "Evil.example:80");
        headers.push("Origin", "https://other.example");
        let head = RequestHead::new("GET", "/", headers);
        let refusal = rules.check_host(&head, true).unwrap_err();
        assert_eq!(
            refusal.why,
            "The host \"Evil.example:80\" is not this server's; add evil.example to the hosts."
        );
        let refusal = rules.admit(&mut Opening::new(&head, None)).unwrap_err();
        assert_eq!(
            refusal.why,
            "A page from the origin \"https://other.example\" may not connect here."
        );
    }

    #[test]
    fn a_foreign_page_cannot_use_up_a_persons_tries() {
        let access = Access {
            accounts: Accounts::parse("ana:secret").unwrap(),
            ..Access::default()
        };
        let (wrong, right) = ("Basic YW5hOndyb25n", "Basic YW5hOnNlY3JldA==");
        let foreign = ("Origin", "https://evil.example");
        // (websocket, what the browser says of the page, the answers to a wrong password)
        let rows = [
            (true, foreign, 403),
            (false, foreign, 401),
            (false, ("Sec-Fetch-Site", "cross-site"), 401),
            (false, ("Sec-Fetch-Site", "same-site"), 401),
        ];
        for (websocket, said, status) in rows {
            let rules = AccessRules::new(access.clone(), None);
            let ask = |fields: &[(&str, &str)], websocket| {
                let head = RequestHead::new("GET", "/", fields.iter().copied().collect());
                let mut opening = Opening::new(&head, "192.0.2.1:9".parse().ok());
                opening.websocket = websocket;
                rules.admit(&mut opening).map(|()| opening.user)
            };
            let host = ("Host", "localhost");
            for _ in 0..4 {
                let refusal = ask(&[host, said, ("Authorization", wrong)], websocket);
                assert_eq!(refusal.unwrap_err().status, status, "{said:?}");
            }
            // The person, in the same browser and by the same name.
            let by = Try::new("ana", [192, 0, 2, 1].into(), false);
            let basic = rules.basic.as_ref().unwrap();
            let turn = basic.throttle.lock().ask(&by, Instant::now());
            assert_eq!(turn, Turn::Now, "{said:?}");
            let answer = ask(&[host, ("Authorization", right)], true);
            assert_eq!(answer.unwrap().as_deref(), Some("ana"));
        }
    }
}
