//! The two heads of the opening handshake, parsed: the request's and the response's.

use super::headers::Headers;
use super::percent;

/// The version of HTTP in which a request came (RFC 9112 section 2.3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum HttpVersion {
    /// HTTP/1.0: `Host` may be missing, and no protocol can be switched to.
    Http10,
    /// HTTP/1.1, and what is read as it: any later version of HTTP/1.
    #[default]
    Http11,
}

/// A request's head (RFC 9112 section 3, RFC 6455 section 4.2.1).
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct RequestHead {
    /// The method as it came. It is case-sensitive.
    pub method: String,
    /// The request target in origin-form, query included: it always begins with `/`, and is
    /// visible ASCII. An absolute-form target stands here reduced to its path and query.
    pub target: String,
    /// The authority of an absolute-form target (RFC 9112 section 3.2.2); absent otherwise.
    pub target_authority: Option<String>,
    /// The version of HTTP in which it came; by default 1.1.
    pub version: HttpVersion,
    /// The headers. Values are trimmed; their bytes past 0x7F are read as Latin-1.
    pub headers: Headers,
}

impl RequestHead {
    /// A head with an origin-form target, as the parser would give it.
    pub fn new(method: impl Into<String>, target: impl Into<String>, headers: Headers) -> Self {
        Self {
            method: method.into(),
            target: target.into(),
            target_authority: None,
            version: HttpVersion::default(),
            headers,
        }
    }

    /// The request target without its query, not decoded.
    #[must_use]
    pub fn path(&self) -> &str {
        match self.target.split_once('?') {
            Some((path, _)) => path,
            None => &self.target,
        }
    }

    /// The path, percent-decoded; `None` when it does not decode to UTF-8. An encoded `/` cannot
    /// be told from a plain one in it, so it is for reading names, not for deciding on access.
    #[must_use]
    pub fn decoded_path(&self) -> Option<String> {
        percent::decode(self.path())
    }

    /// The value of the first query parameter called `key`, percent-decoded with `+` as a space.
    /// A parameter without `=` is the empty string. `None` when there is none, or when it does
    /// not decode to UTF-8.
    #[must_use]
    pub fn query(&self, key: &str) -> Option<String> {
        let (_, query) = self.target.split_once('?')?;
        query
            .split('&')
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .find(|(name, _)| percent::decode_query(name).as_deref() == Some(key))
            .and_then(|(_, value)| percent::decode_query(value))
    }

    /// The host, with its port if there is one, that the request is for: an absolute-form
    /// target's, or else the `Host` header's value (RFC 9112 sections 3.2.2 and 3.3).
    #[must_use]
    pub fn authority(&self) -> Option<&str> {
        self.target_authority
            .as_deref()
            .or_else(|| self.headers.get("Host"))
    }
}

/// A response's head (RFC 9112 section 4, RFC 6455 section 4.2.2).
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ResponseHead {
    /// The status code: 100 to 999.
    pub status: u16,
    /// The reason phrase, often empty, read as Latin-1. It is the peer's text and holds no
    /// control characters of ASCII but HTAB.
    pub reason: String,
    /// The headers. Values are trimmed; their bytes past 0x7F are read as Latin-1.
    pub headers: Headers,
}

impl ResponseHead {
    /// Whether this is an interim answer (1xx but not 101), which a final one follows (RFC 9110
    /// section 15.2): skip it, and feed the parser what comes next.
    #[must_use]
    pub fn is_interim(&self) -> bool {
        (100..200).contains(&self.status) && self.status != 101
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_queries() {
        let rows = [
            ("/chat", "/chat", None),
            ("/chat?name=ana", "/chat", Some("ana")),
            ("/?x=1&name=a+b%20c%2B", "/", Some("a b c+")),
            ("/?name=first&name=second", "/", Some("first")),
            ("/?n%61me=x", "/", Some("x")),
            ("/?name", "/", Some("")),
            ("/?name=", "/", Some("")),
            ("/?name=a=b?c", "/", Some("a=b?c")),
            ("/?name=%C3%A9", "/", Some("\u{e9}")),
            ("/?name=%E9", "/", None),
            ("/?name=%4", "/", None),
            ("/?Name=x", "/", None),
            ("/?xname=x", "/", None),
            ("/?", "/", None),
        ];
        for (target, path, name) in rows {
            let head = RequestHead::new("GET", target, Headers::new());
            assert_eq!(head.path(), path, "{target}");
            assert_eq!(head.query("name").as_deref(), name, "{target}");
        }
    }

    #[test]
    fn interim_answers() {
        for (status, interim) in [(100, true), (101, false), (103, true), (200, false)] {
            let head = ResponseHead {
                status,
                ..ResponseHead::default()
            };
            assert_eq!(head.is_interim(), interim, "{status}");
        }
    }
}
