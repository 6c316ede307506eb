//! Admission: closures that see a request's head before anything is served, and let it in or
//! refuse it. The server's own rules on Host, Origin and passwords are such closures.

use std::any::Any;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use super::Builder;
use crate::handshake::{Refusal, RequestHead};

/// A request at the door.
///
/// Marked non-exhaustive so that more can be told of a request later; tests of a rule make one
/// with [`Opening::new`] and set what they need.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Opening<'a> {
    /// Its target, query and headers.
    pub request: &'a RequestHead,
    /// Who sent it. Behind a reverse proxy that is the proxy.
    pub peer: SocketAddr,
    /// The connection is TLS.
    pub secure: bool,
    /// It came to a listener that only this machine reaches.
    pub loopback: bool,
    /// It is a valid opening handshake; otherwise it is a plain GET or HEAD.
    pub websocket: bool,
    /// Who it is, by an earlier rule.
    pub user: Option<String>,
}

impl<'a> Opening<'a> {
    /// An opening handshake over plain TCP, to a listener that others reach, by nobody known.
    pub fn new(request: &'a RequestHead, peer: SocketAddr) -> Self {
        Self {
            request,
            peer,
            secure: false,
            loopback: false,
            websocket: true,
            user: None,
        }
    }
}

/// What a rule knows of those whom it lets in.
#[derive(Debug, Clone, Default)]
pub struct Admission {
    /// Who it is: for handlers and for the log.
    pub user: Option<String>,
    /// Anything, for the handler; see [`ClientInfo::data`](super::ClientInfo::data).
    pub data: Option<Arc<dyn Any + Send + Sync>>,
}

/// A rule's answer.
#[derive(Debug, Clone)]
pub enum Admit {
    /// It may come in, as far as this rule goes. What one rule knows replaces what an earlier
    /// one knew.
    Accept(Admission),
    /// It may not: the status and the sentence that it gets. Later rules are not asked.
    Refuse(Refusal),
}

impl Admit {
    /// Lets it in.
    pub fn accept() -> Self {
        Self::Accept(Admission::default())
    }

    /// Lets it in as this user.
    pub fn accept_as(user: impl Into<String>) -> Self {
        Self::Accept(Admission {
            user: Some(user.into()),
            data: None,
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

    /// Refuses it with an HTTP status, 400 to 599, and one sentence that says what to do.
    pub fn refuse(status: u16, why: impl Into<String>) -> Self {
        Self::Refuse(Refusal::new(status, why))
    }
}

impl From<Result<(), Refusal>> for Admit {
    fn from(answer: Result<(), Refusal>) -> Self {
        answer.map_or_else(Self::Refuse, |()| Self::accept())
    }
}

impl Builder {
    /// Asks `rule` about every request, plain ones too, once the settings' own rules on Host,
    /// Origin and passwords have let it in; `/healthz` alone is open to all. Rules are asked in
    /// the order in which they were added. A rule runs on the client's own thread, so it may
    /// take its time.
    ///
    /// ```
    /// use wshub::Server;
    /// use wshub::protocol::Message;
    /// use wshub::server::{Admit, Client, Handler};
    ///
    /// /// What the rule found out, for the handler.
    /// struct Tenant(String);
    ///
    /// struct Greeter;
    ///
    /// impl Handler for Greeter {
    ///     fn on_message(&mut self, client: &mut Client<'_>, _: Message<'_>) {
    ///         let tenant = client.info().data::<Tenant>().map_or("nobody", |t| t.0.as_str());
    ///         let answer = format!("hello, {tenant}");
    ///         client.text(&answer);
    ///     }
    /// }
    ///
    /// let server = Server::builder()
    ///     .admit(|opening| match opening.request.headers.get("X-Api-Key") {
    ///         Some("key-of-acme") => Admit::accept_as("acme").with_data(Tenant("Acme".into())),
    ///         Some(_) => Admit::refuse(403, "That key is not known here."),
    ///         None if opening.peer.ip().is_loopback() => Admit::accept(),
    ///         None => Admit::refuse(401, "Send a key in the X-Api-Key header."),
    ///     })
    ///     .route("/", |_| Greeter)
    ///     .listen(&["localhost:0"])
    ///     .bind()?;
    /// # drop(server);
    /// # Ok::<(), wshub::server::ListenError>(())
    /// ```
    #[must_use]
    pub fn admit(mut self, rule: impl Fn(&Opening<'_>) -> Admit + Send + Sync + 'static) -> Self {
        self.rules.add(rule);
        self
    }
}

/// One rule.
type Rule = dyn Fn(&Opening<'_>) -> Admit + Send + Sync;

/// The rules of a server, asked in their order.
#[derive(Clone, Default)]
pub(super) struct Door {
    rules: Vec<Arc<Rule>>,
}

impl Door {
    pub(super) fn add(&mut self, rule: impl Fn(&Opening<'_>) -> Admit + Send + Sync + 'static) {
        self.rules.push(Arc::new(rule));
    }

    /// Asks the rules of `other` behind these.
    pub(super) fn append(&mut self, mut other: Self) {
        self.rules.append(&mut other.rules);
    }

    /// Asks each rule until one refuses.
    pub(super) fn admit(&self, opening: &mut Opening<'_>) -> Result<Admission, Refusal> {
        let mut known = Admission::default();
        for rule in &self.rules {
            match rule(opening) {
                Admit::Refuse(refusal) => return Err(refusal),
                Admit::Accept(Admission { user, data }) => {
                    if user.is_some() {
                        opening.user.clone_from(&user);
                        known.user = user;
                    }
                    known.data = data.or(known.data);
                }
            }
        }
        Ok(known)
    }
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Door({} rules)", self.rules.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handshake::Headers;

    #[test]
    fn rules_are_asked_in_order_until_one_refuses() {
        let mut door = Door::default();
        door.add(|_| Admit::accept_as("ana").with_data(1_u8));
        door.add(|opening| match opening.request.path() {
            "/vip" => Admit::accept_as(format!("{} (vip)", opening.user.as_deref().unwrap_or("?"))),
            "/data" => Admit::accept().with_data("later"),
            "/closed" => Admit::refuse(403, "Not today.").with_data(2_u8),
            _ => Admit::accept(),
        });
        let ask = |path: &str| {
            let head = RequestHead::new("GET", path, Headers::new());
            door.admit(&mut Opening::new(&head, ([127, 0, 0, 1], 9).into()))
        };
        let known = ask("/").unwrap();
        assert_eq!(known.user.as_deref(), Some("ana"));
        assert_eq!(known.data.unwrap().downcast_ref(), Some(&1_u8));
        assert_eq!(ask("/vip").unwrap().user.as_deref(), Some("ana (vip)"));
        assert_eq!(
            ask("/data").unwrap().data.unwrap().downcast_ref(),
            Some(&"later")
        );
        assert_eq!(ask("/closed").unwrap_err(), Refusal::new(403, "Not today."));
    }
}
