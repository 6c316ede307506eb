//! Admission rules: closures that see a request's head before anything is served, and let it in
//! or refuse it.

use std::any::Any;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::handshake::{Refusal, RequestHead};

/// A request, as admission rules see it: an opening handshake, or a plain GET or HEAD.
///
/// Tests of a rule make one with [`Opening::new`] and set what they need.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Opening<'a> {
    /// Its target, query and headers.
    pub request: &'a RequestHead,
    /// Who sent it. Behind a reverse proxy that is the proxy. `None` where the connection has no
    /// address: it came by [`Server::serve_stream`](super::Server::serve_stream).
    pub peer: Option<SocketAddr>,
    /// The connection is TLS.
    pub secure: bool,
    /// It came to a listener that only this machine reaches.
    pub loopback: bool,
    /// It is a valid opening handshake; otherwise it is a plain GET or HEAD.
    pub websocket: bool,
    /// The name of the client's user, from a password or an earlier rule.
    pub user: Option<String>,
}

impl<'a> Opening<'a> {
    /// An opening handshake over plain TCP, to a listener that others reach, by nobody known.
    pub fn new(request: &'a RequestHead, peer: impl Into<Option<SocketAddr>>) -> Self {
        Self {
            request,
            peer: peer.into(),
            secure: false,
            loopback: false,
            websocket: true,
            user: None,
        }
    }
}

/// What a rule knows about a request that it accepts, and what it adds to the answer.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Admission {
    /// The name of the client's user, for handlers and for the log.
    pub user: Option<String>,
    /// Anything, for the handler; see [`ClientInfo::data`](super::ClientInfo::data).
    pub data: Option<Arc<dyn Any + Send + Sync>>,
    /// The subprotocol of the connection; see [`Admit::with_subprotocol`].
    pub subprotocol: Option<String>,
    /// Headers of the 101, behind those of earlier rules; see [`Admit::with_header`].
    pub headers: Vec<(String, String)>,
}

/// A rule's answer.
#[derive(Debug, Clone)]
pub enum Admit {
    /// It may come in, as far as this rule goes. A user, data or subprotocol replaces that of an
    /// earlier rule.
    Accept(Admission),
    /// It is refused, with this status and sentence. Later rules are not asked. A status outside
    /// 400 to 599 is not a refusal: 500 is sent in its place, and an error is logged.
    Refuse(Refusal),
}

impl Admit {
    /// Accepts the request.
    pub fn accept() -> Self {
        Self::Accept(Admission::default())
    }

    /// Accepts the request as this user.
    pub fn accept_as(user: impl Into<String>) -> Self {
        Self::Accept(Admission {
            user: Some(user.into()),
            ..Admission::default()
        })
    }

    /// Adds something for the handler; a refusal stays one.
    #[must_use]
    pub fn with_data(mut self, data: impl Any + Send + Sync) -> Self {
        if let Self::Accept(admission) = &mut self {
            admission.data = Some(Arc::new(data));
        }
        self
    }

    /// Adds a header to the 101, such as `Set-Cookie`, by the rules of
    /// [`UpgradeResponse::add_header`](super::UpgradeResponse::add_header); a refusal stays as
    /// it is. The answer to a plain request does not have it.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        if let Self::Accept(admission) = &mut self {
            admission.headers.push((name.into(), value.into()));
        }
        self
    }

    /// Chooses the subprotocol, in place of the route's choice. One that the client does not
    /// offer is not sent, and a warning is logged; see
    /// [`UpgradeResponse::choose_subprotocol`](super::UpgradeResponse::choose_subprotocol).
    #[must_use]
    pub fn with_subprotocol(mut self, name: impl Into<String>) -> Self {
        if let Self::Accept(admission) = &mut self {
            admission.subprotocol = Some(name.into());
        }
        self
    }

    /// Refuses it with an HTTP status, 400 to 599, and one sentence that says what to do. Any
    /// other status is no refusal: 500 is sent in its place, and an error is logged.
    ///
    /// A 401 has to name a way to authenticate (RFC 9110 section 15.5.2): refuse with a
    /// [`Refusal`] that has a `WWW-Authenticate` header then, or with 403.
    pub fn refuse(status: u16, why: impl Into<String>) -> Self {
        Self::Refuse(Refusal::new(status, why))
    }
}

impl From<Result<(), Refusal>> for Admit {
    fn from(answer: Result<(), Refusal>) -> Self {
        answer.map_or_else(Self::Refuse, |()| Self::accept())
    }
}

/// One rule.
type Rule = dyn Fn(&Opening<'_>) -> Admit + Send + Sync;

/// The rules of a server, asked in their order.
#[derive(Clone, Default)]
pub(super) struct Rules(Vec<Arc<Rule>>);

impl Rules {
    pub(super) fn add(&mut self, rule: impl Fn(&Opening<'_>) -> Admit + Send + Sync + 'static) {
        self.0.push(Arc::new(rule));
    }

    /// Asks each rule until one refuses.
    pub(super) fn admit(&self, opening: &mut Opening<'_>) -> Result<Admission, Refusal> {
        let mut known = Admission {
            user: opening.user.clone(),
            ..Admission::default()
        };
        for rule in &self.0 {
            let Admission {
                user,
                data,
                subprotocol,
                headers,
            } = match rule(opening) {
                Admit::Refuse(refusal) => return Err(refusal),
                Admit::Accept(admission) => admission,
            };
            if user.is_some() {
                opening.user.clone_from(&user);
                known.user = user;
            }
            known.data = data.or(known.data);
            known.subprotocol = subprotocol.or(known.subprotocol);
            known.headers.extend(headers);
        }
        Ok(known)
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rules({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handshake::Headers;

    #[test]
    fn rules_are_asked_in_order_until_one_refuses() {
        let mut rules = Rules::default();
        rules.add(|_| {
            let admit = Admit::accept_as("ana").with_data(1_u8);
            admit.with_header("A", "1").with_subprotocol("one")
        });
        rules.add(|opening| match opening.request.path() {
            "/vip" => Admit::accept_as(format!("{} (vip)", opening.user.as_deref().unwrap_or("?"))),
            "/data" => Admit::accept()
                .with_data("later")
                .with_header("A", "2")
                .with_subprotocol("two"),
            "/closed" => Admit::refuse(403, "Not today.").with_data(2_u8),
            _ => Admit::accept(),
        });
        let ask = |path: &str| {
            let head = RequestHead::new("GET", path, Headers::new());
            rules.admit(&mut Opening::new(
                &head,
                SocketAddr::from(([127, 0, 0, 1], 9)),
            ))
        };
        let known = ask("/").unwrap();
        assert_eq!(known.user.as_deref(), Some("ana"));
        assert_eq!(known.data.unwrap().downcast_ref(), Some(&1_u8));
        assert_eq!(ask("/vip").unwrap().user.as_deref(), Some("ana (vip)"));
        assert_eq!(
            ask("/data").unwrap().data.unwrap().downcast_ref(),
            Some(&"later")
        );
        assert_eq!(ask("/").unwrap().subprotocol.as_deref(), Some("one"));
        let headers = ask("/data").unwrap().headers;
        assert_eq!(
            headers,
            [("A", "1"), ("A", "2")].map(|(n, v)| (n.into(), v.into()))
        );
        assert_eq!(ask("/data").unwrap().subprotocol.as_deref(), Some("two"));
        assert_eq!(ask("/closed").unwrap_err(), Refusal::new(403, "Not today."));
    }
}
