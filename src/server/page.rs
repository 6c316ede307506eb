//! Pages: plain HTTP beside WebSocket. One answer to each GET or HEAD.

use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use super::access::AccessRules;
use super::admission::Opening;
use super::connections::Connections;
use super::route::PathPattern;
use super::traffic::ServerTraffic;
use crate::handshake::{Refusal, RequestHead, write_persistent_response, write_response};

type Respond = dyn Fn(&PlainRequest<'_>) -> Response + Send + Sync;

/// A path, and what a plain GET or HEAD of it is answered with.
///
/// ```
/// use wshub::server::{Page, Response};
///
/// let about = Page::new("/about", |_| "A server of WebSockets.\n");
/// let status = Page::new("/status", |request| {
///     Response::text(200, format!("{} connections\n", request.traffic().connections))
///         .with_header("Cache-Control", "no-store")
/// });
/// # drop((about, status));
/// ```
#[derive(Clone)]
pub struct Page {
    path: PathPattern,
    is_open_to_all: bool,
    respond: Arc<Respond>,
}

impl Page {
    /// Answers a GET or HEAD of `path` with what `respond` returns: a [`Response`], or what can be
    /// made into one, such as a text or a `Result` with a [`Refusal`]. It is called on the
    /// connection's own thread. The path is written as for [`Route::new`](super::Route::new); a
    /// path may have a route and a page.
    ///
    /// A panic in `respond` is answered with 500.
    pub fn new<R: Into<Response>>(
        path: impl Into<String>,
        respond: impl Fn(&PlainRequest<'_>) -> R + Send + Sync + 'static,
    ) -> Self {
        Self {
            path: PathPattern(path.into()),
            is_open_to_all: false,
            respond: Arc::new(move |request| respond(request).into()),
        }
    }

    /// Shows the page to everybody: no password and no admission rule is applied. The Host is still
    /// checked.
    #[must_use]
    pub fn open_to_all(mut self) -> Self {
        self.is_open_to_all = true;
        self
    }

    pub(super) fn pattern(&self) -> &PathPattern {
        &self.path
    }

    pub(super) fn is_open_to_all(&self) -> bool {
        self.is_open_to_all
    }

    pub(super) fn respond(&self, request: &PlainRequest<'_>) -> Response {
        (self.respond)(request)
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("path", &self.path.0)
            .field("is_open_to_all", &self.is_open_to_all)
            .finish_non_exhaustive()
    }
}

/// A plain GET or HEAD that was let in, and the server that it came to.
#[derive(Debug)]
pub struct PlainRequest<'a> {
    pub(super) opening: &'a Opening<'a>,
    pub(super) access: &'a AccessRules,
    pub(super) connections: &'a Connections,
}

impl<'a> PlainRequest<'a> {
    /// Its method, target and headers.
    pub fn head(&self) -> &'a RequestHead {
        self.opening.request
    }

    /// Who sent it, where that is known. Behind a reverse proxy that is the proxy.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.opening.peer
    }

    /// The connection is TLS.
    pub fn is_secure(&self) -> bool {
        self.opening.secure
    }

    /// The name of the client's user, if an admission rule or a password gives one.
    pub fn user(&self) -> Option<&'a str> {
        self.opening.user.as_deref()
    }

    /// Whether the server has begun to stop.
    pub fn is_stopping(&self) -> bool {
        self.connections.is_stopping()
    }

    /// What the server's connections have sent and received until now.
    pub fn traffic(&self) -> ServerTraffic {
        self.connections.traffic()
    }

    /// Checks that the request names this machine's loopback as its Host, or one of
    /// [`Access::hosts`](super::Access::hosts), on whatever listener it came: what is shown to
    /// this machine alone is not to be read by a foreign page that names its own host for it
    /// (DNS rebinding).
    ///
    /// # Errors
    ///
    /// The refusal to answer with.
    pub fn check_loopback_host(&self) -> Result<(), Refusal> {
        self.access.check_host(self.opening.request, true)
    }
}

/// A whole HTTP response, or a refusal. `Content-Length` is added, and `Connection: close` where it is
/// the last one on its connection.
#[derive(Debug, Clone)]
pub struct Response(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Full {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: Cow<'static, [u8]>,
    },
    Refused(Refusal),
}

impl Response {
    /// A response without headers of its own. A status outside 200 to 599 is sent as 500; 204
    /// and 304 are sent without the body.
    pub fn new(status: u16, body: impl Into<Cow<'static, [u8]>>) -> Self {
        Self(Kind::Full {
            status,
            headers: Vec::new(),
            body: body.into(),
        })
    }

    /// A response of the media type `text/plain; charset=utf-8`; see [`Response::new`].
    pub fn text(status: u16, text: impl Into<String>) -> Self {
        Self::new(status, text.into().into_bytes())
            .with_header("Content-Type", "text/plain; charset=utf-8")
    }

    /// Adds a header. Control characters in its value are sent as spaces. The header is left out if
    /// its name is not a token, or is `Connection`, `Content-Length` or `Transfer-Encoding`.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        match &mut self.0 {
            Kind::Full { headers, .. } => headers.push((name, value.into())),
            Kind::Refused(refusal) => refusal.headers.push((name, value.into())),
        }
        self
    }

    /// The whole response to a request with this method, as it is sent, but for the `Date` that the
    /// server adds: for tests of a page.
    pub fn into_bytes(self, method: &str) -> Vec<u8> {
        match self.write(method, None, false) {
            Ok((_, bytes)) => bytes,
            Err(refusal) => refusal.response_to(method),
        }
    }

    /// The status and the bytes of the answer to a request with this method, at this date. `keeps`:
    /// the connection stays open for the next request.
    pub(super) fn write(
        self,
        method: &str,
        date: Option<&str>,
        keeps: bool,
    ) -> Result<(u16, Vec<u8>), Refusal> {
        let (mut status, headers, body) = match self.0 {
            Kind::Full {
                status,
                headers,
                body,
            } => (status, headers, body),
            Kind::Refused(refusal) => return Err(refusal),
        };
        if !(200..=599).contains(&status) {
            log::error!("a page's status {status} is not sent: it is not in 200 to 599");
            status = 500;
        }
        let mut headers: Vec<_> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let has_date = headers.iter().any(|(n, _)| n.eq_ignore_ascii_case("Date"));
        headers.extend(date.filter(|_| !has_date).map(|date| ("Date", date)));
        let head_only = method == "HEAD";
        let write = match keeps {
            true => write_persistent_response,
            false => write_response,
        };
        Ok((status, write(status, &headers, &body, head_only)))
    }
}

/// A text with status 200.
impl From<String> for Response {
    fn from(text: String) -> Self {
        Self::text(200, text)
    }
}

/// A text with status 200.
impl From<&str> for Response {
    fn from(text: &str) -> Self {
        Self::text(200, text)
    }
}

/// The refusal is logged as one.
impl From<Refusal> for Response {
    fn from(refusal: Refusal) -> Self {
        Self(Kind::Refused(refusal))
    }
}

impl<R: Into<Self>> From<Result<R, Refusal>> for Response {
    fn from(answer: Result<R, Refusal>) -> Self {
        answer.map_or_else(Self::from, Into::into)
    }
}
