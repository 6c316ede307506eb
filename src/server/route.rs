//! Paths, and who serves them.

use std::fmt;
use std::sync::Arc;

use super::handler::{ClientInfo, Handler, Peer};
use crate::handshake::{Upgrade, is_token};
use crate::protocol::{Message, Rate};

type Factory = dyn Fn(&ClientInfo) -> Box<dyn Handler> + Send + Sync;

/// A path, and the handlers that serve it.
///
/// ```
/// use wshub::protocol::Message;
/// use wshub::server::{Handler, Peer, Route};
///
/// struct Count(u64);
///
/// impl Handler for Count {
///     fn on_message(&mut self, peer: &mut Peer<'_>, _: Message<'_>) {
///         self.0 += 1;
///         peer.text(&self.0.to_string());
///     }
/// }
///
/// let count = Route::new("/count", |_| Count(0)).subprotocols(["count.v2", "count.v1"]);
/// let upper = Route::on_message("/upper", |peer, message| {
///     if let Message::Text(text) = message {
///         peer.text(&text.to_uppercase());
///     }
/// });
/// # drop((count, upper));
/// ```
#[derive(Clone)]
pub struct Route {
    path: PathPattern,
    subprotocols: Subprotocols,
    max_rate: Option<Rate>,
    factory: Arc<Factory>,
}

impl Route {
    /// Serves `path` with the handlers that `factory` makes, one for each connection.
    ///
    /// The path begins with `/` and is compared with the request's path as it came, not decoded.
    /// A path that ends with `/*` serves everything below it. The first route that fits is taken.
    pub fn new<H: Handler + 'static>(
        path: impl Into<String>,
        factory: impl Fn(&ClientInfo) -> H + Send + Sync + 'static,
    ) -> Self {
        Self {
            path: PathPattern(path.into()),
            subprotocols: Subprotocols::default(),
            max_rate: None,
            factory: Arc::new(move |info| Box::new(factory(info))),
        }
    }

    /// Serves `path` with a closure that is called for each message of each connection. It is
    /// shared by all connections and called on their threads; see [`Route::new`] for paths.
    pub fn on_message(
        path: impl Into<String>,
        handle: impl Fn(&mut Peer<'_>, Message<'_>) + Send + Sync + 'static,
    ) -> Self {
        let handle = Arc::new(handle);
        Self::new(path, move |_| OnMessage(handle.clone()))
    }

    /// The subprotocols that this route speaks (RFC 6455 section 1.9), in place of those named
    /// before. The first one that a client offers and that is among them is chosen; without a
    /// match the connection has no subprotocol. Default: none.
    #[must_use]
    pub fn subprotocols<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        let names = names.into_iter().map(Into::into).collect();
        self.subprotocols = Subprotocols::Listed(names);
        self
    }

    /// Takes whatever subprotocol a client offers first, in place of those named before. For
    /// endpoints that work the same in all of them: browsers, and other clients, fail a
    /// connection whose server chooses none of those that they offer.
    #[must_use]
    pub fn any_subprotocol(mut self) -> Self {
        self.subprotocols = Subprotocols::FirstOffered;
        self
    }

    /// How many messages each client of this route may send; past it the client is read no
    /// faster, so that TCP slows it down. Where the server has a
    /// [rate for all](super::Builder::max_rate), the lower one counts. Neither count may be zero.
    /// Default: any number.
    #[must_use]
    pub fn max_rate(mut self, rate: Rate) -> Self {
        self.max_rate = Some(rate);
        self
    }

    /// The rate for a client of this route, on a server with this one for all.
    pub(super) fn rate_of_clients(&self, of_server: Option<Rate>) -> Option<Rate> {
        match (self.max_rate, of_server) {
            (Some(own), Some(other)) => Some(own.min(other)),
            (own, other) => own.or(other),
        }
    }

    /// The path, as it was given.
    pub fn path(&self) -> &str {
        &self.path.0
    }

    pub(super) fn serves(&self, path: &str) -> bool {
        self.path.matches(path)
    }

    pub(super) fn choose_subprotocol<'a>(&'a self, upgrade: &'a Upgrade) -> Option<&'a str> {
        match &self.subprotocols {
            Subprotocols::Listed(names) => upgrade.choose(names),
            Subprotocols::FirstOffered => upgrade.subprotocols.first().map(String::as_str),
        }
    }

    pub(super) fn handler(&self, info: &ClientInfo) -> Box<dyn Handler> {
        (self.factory)(info)
    }

    /// What is wrong with the path or the subprotocols, if anything is.
    pub(super) fn check(&self) -> Result<(), PathError> {
        self.path.check()?;
        let Subprotocols::Listed(names) = &self.subprotocols else {
            return Ok(());
        };
        for (position, name) in names.iter().enumerate() {
            if !is_token(name) {
                return Err(PathError::Subprotocol(name.clone()));
            }
            if names[..position].contains(name) {
                return Err(PathError::DuplicateSubprotocol(name.clone()));
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route")
            .field("path", &self.path.0)
            .field("subprotocols", &self.subprotocols)
            .finish_non_exhaustive()
    }
}

/// Which of the subprotocols that a client offers an endpoint takes (RFC 6455 section 1.9).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subprotocols {
    /// The first one that is among these.
    Listed(Vec<String>),
    /// The first one, whatever it is.
    FirstOffered,
}

/// None.
impl Default for Subprotocols {
    fn default() -> Self {
        Self::Listed(Vec::new())
    }
}

/// The handler of [`Route::on_message`].
struct OnMessage<F>(Arc<F>);

impl<F: Fn(&mut Peer<'_>, Message<'_>)> Handler for OnMessage<F> {
    fn on_message(&mut self, peer: &mut Peer<'_>, message: Message<'_>) {
        (self.0)(peer, message);
    }
}

/// A path as a route or a page names it: one path, or, with `/*` at its end, all paths below one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PathPattern(pub(super) String);

impl PathPattern {
    pub(super) fn matches(&self, path: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(stem) => path.len() > stem.len() && path.starts_with(stem),
            None => path == self.0,
        }
    }

    pub(super) fn check(&self) -> Result<(), PathError> {
        let path = self.0.as_str();
        let fixed = path.strip_suffix("/*").unwrap_or(path);
        if !path.starts_with('/') {
            Err(PathError::NoLeadingSlash)
        } else if path.contains(['?', '#']) {
            Err(PathError::Query)
        } else if fixed.contains('*') {
            Err(PathError::Wildcard)
        } else if !path.bytes().all(|byte| byte.is_ascii_graphic()) {
            Err(PathError::Character)
        } else {
            Ok(())
        }
    }
}

/// What is wrong with the path of a route or page.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PathError {
    /// It does not begin with `/`.
    NoLeadingSlash,
    /// It contains `?` or `#`: routes do not see the query.
    Query,
    /// It contains `*` elsewhere than in `/*` at its end.
    Wildcard,
    /// It contains a space, a control character or a character that is not ASCII. In a request
    /// these are percent-encoded, and paths are compared as they come.
    Character,
    /// Another route, or another page, has the same path.
    Duplicate,
    /// A route's subprotocol is not a token (RFC 6455 section 4.1).
    Subprotocol(String),
    /// A route names this subprotocol twice.
    DuplicateSubprotocol(String),
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLeadingSlash => write!(f, "the path does not begin with \"/\""),
            Self::Query => write!(f, "the path contains \"?\" or \"#\""),
            Self::Wildcard => write!(
                f,
                "the path contains \"*\" elsewhere than in \"/*\" at its end"
            ),
            Self::Character => write!(
                f,
                "the path contains a character that is percent-encoded in requests"
            ),
            Self::Duplicate => write!(f, "the path is already taken"),
            Self::Subprotocol(name) => write!(f, "the subprotocol {name:?} is not a token"),
            Self::DuplicateSubprotocol(name) => write!(f, "the subprotocol {name:?} comes twice"),
        }
    }
}

impl std::error::Error for PathError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_checked() {
        use PathError::*;
        let rows = [
            ("/", Ok(())),
            ("/*", Ok(())),
            ("/chat/*", Ok(())),
            ("/caf%C3%A9", Ok(())),
            ("", Err(NoLeadingSlash)),
            ("nolead", Err(NoLeadingSlash)),
            ("*", Err(NoLeadingSlash)),
            ("/a?b", Err(Query)),
            ("/a#b", Err(Query)),
            ("/a/*/b", Err(Wildcard)),
            ("/a*", Err(Wildcard)),
            ("/**", Err(Wildcard)),
            ("/a b", Err(Character)),
            ("/caf\u{e9}", Err(Character)),
            ("/a\r\nb", Err(Character)),
        ];
        for (path, expected) in rows {
            assert_eq!(PathPattern(path.into()).check(), expected, "{path:?}");
        }
    }

    #[test]
    fn subprotocols_are_checked() {
        let check = |names: &[&str]| {
            let route = Route::on_message("/", |_, _| {});
            route.subprotocols(names.iter().copied()).check()
        };
        assert_eq!(check(&["a.v2", "a.v1"]), Ok(()));
        assert_eq!(check(&["a b"]), Err(PathError::Subprotocol("a b".into())));
        assert_eq!(check(&[""]), Err(PathError::Subprotocol(String::new())));
        let twice = PathError::DuplicateSubprotocol("a".into());
        assert_eq!(check(&["a", "b", "a"]), Err(twice));
    }

    #[test]
    fn a_wildcard_serves_what_is_below_it() {
        let rows = [
            ("/a", "/a", true),
            ("/a", "/a/", false),
            ("/a/*", "/a/b", true),
            ("/a/*", "/a/b/c", true),
            ("/a/*", "/a/", false),
            ("/a/*", "/a", false),
            ("/*", "/a", true),
        ];
        for (pattern, path, expected) in rows {
            let pattern = PathPattern(pattern.into());
            assert_eq!(pattern.matches(path), expected, "{pattern:?} {path}");
        }
    }
}
