//! The URL of an HTTP proxy, as it stands in a setting or in the environment.

use super::authority::{Authority, AuthorityError};
use super::percent;
use super::url::read_userinfo;
use std::fmt;
use std::str::FromStr;

/// The port of a proxy whose URL names none, as curl has it.
const DEFAULT_PORT: u16 = 1080;
const DEFAULT_SECURE_PORT: u16 = 443;

/// Where an HTTP proxy is, and how this end proves to it who it is.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ProxyUrl {
    /// Whether TLS is spoken with the proxy itself: `https`.
    pub secure: bool,
    /// A name or an IPv4 address in lower case, or an IPv6 address without its brackets.
    pub host: String,
    /// The port; 1080 for `http` and 443 for `https` where none is written.
    pub port: u16,
    /// User and password, percent-decoded; the password is empty where none is written.
    pub userinfo: Option<(String, String)>,
}

impl ProxyUrl {
    /// Parses `[http[s]://][user[:password]@]host[:port]`. A path behind it is ignored, as is white
    /// space at the ends.
    ///
    /// # Errors
    ///
    /// [`ProxyUrlError`] names the rule that is broken; its text says what to write instead, and
    /// never has a password in it.
    pub fn parse(url: &str) -> Result<Self, ProxyUrlError> {
        let url = url.trim();
        if url.is_empty() {
            return Err(ProxyUrlError::Empty);
        }
        let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
        let scheme = scheme.to_ascii_lowercase();
        let secure = match scheme.as_str() {
            "http" => false,
            "https" => true,
            _ if scheme.starts_with("socks") => return Err(ProxyUrlError::Socks),
            _ => return Err(ProxyUrlError::UnknownScheme),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        // A password may have a slash in it: what stands before the last @ is no path.
        let end = match rest.rfind('@') {
            Some(at) if at > end => {
                let behind = rest[at..].find(['/', '?', '#']);
                behind.map_or(rest.len(), |length| at + length)
            }
            _ => end,
        };
        let (userinfo, authority) = match rest[..end].rsplit_once('@') {
            Some((userinfo, authority)) => (Some(userinfo), authority),
            None => (None, &rest[..end]),
        };
        let userinfo = userinfo.map(read_userinfo).transpose();
        let userinfo = userinfo.map_err(|_| ProxyUrlError::InvalidUserinfo)?;
        let Authority { host, port } = Authority::parse(authority)?;
        let default_port = match secure {
            true => DEFAULT_SECURE_PORT,
            false => DEFAULT_PORT,
        };
        Ok(Self {
            secure,
            host,
            port: port.unwrap_or(default_port),
            userinfo: userinfo.flatten(),
        })
    }

    /// `HOST:PORT`, an IPv6 address in brackets.
    #[must_use]
    pub fn address(&self) -> String {
        let (host, port) = (self.host.clone(), Some(self.port));
        Authority { host, port }.to_string()
    }
}

impl FromStr for ProxyUrl {
    type Err = ProxyUrlError;

    /// As [`ProxyUrl::parse`].
    fn from_str(text: &str) -> Result<Self, ProxyUrlError> {
        Self::parse(text)
    }
}

/// The URL with the user, but **without the password**.
impl fmt::Display for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.secure { "https://" } else { "http://" })?;
        if let Some((user, _)) = &self.userinfo {
            write!(f, "{}@", percent::encode(user, percent::is_unreserved))?;
        }
        f.write_str(&self.address())
    }
}

/// As `Display`: a password does not get into a log by way of `{:?}` either.
impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProxyUrl({self})")
    }
}

/// Why a proxy's URL is refused. The text says what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProxyUrlError {
    /// The URL is empty.
    Empty,
    /// It is the URL of a SOCKS proxy.
    Socks,
    /// The scheme is not one of `http` and `https`.
    UnknownScheme,
    /// What stands before the `@` does not decode to text, or the user has a colon.
    InvalidUserinfo,
    /// The host or the port is wrong.
    Authority(AuthorityError),
}

impl fmt::Display for ProxyUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => {
                f.write_str("the URL is empty; write one like http://proxy.example:3128")
            }
            Self::Socks => f.write_str(
                "a SOCKS proxy cannot be used; name a proxy that speaks HTTP, as in \
                 http://proxy.example:3128",
            ),
            Self::UnknownScheme => f.write_str(
                "the scheme is not one of http and https; write a URL like \
                 http://proxy.example:3128",
            ),
            Self::InvalidUserinfo => f.write_str(
                "the user or password is malformed; write % as %25, @ as %40 and a colon of the \
                 password as %3A, as in http://ana:p%40ss@proxy.example:3128",
            ),
            Self::Authority(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ProxyUrlError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Authority(error) => Some(error),
            _ => None,
        }
    }
}

impl From<AuthorityError> for ProxyUrlError {
    fn from(error: AuthorityError) -> Self {
        Self::Authority(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handshake::authority::AuthorityError::{EmptyHost, InvalidPort};

    #[test]
    fn proxies_are_read_as_curl_reads_them() {
        // url, secure, host, port, user and password, shown
        type Row = (
            &'static str,
            bool,
            &'static str,
            u16,
            Option<(&'static str, &'static str)>,
            &'static str,
        );
        let rows: [Row; 8] = [
            ("http://p:3128", false, "p", 3128, None, "http://p:3128"),
            (
                "P.Example",
                false,
                "p.example",
                1080,
                None,
                "http://p.example:1080",
            ),
            ("https://p/", true, "p", 443, None, "https://p:443"),
            (" http://p:1/a?b ", false, "p", 1, None, "http://p:1"),
            ("[::1]:8080", false, "::1", 8080, None, "http://[::1]:8080"),
            (
                "http://an%40a:s%3A%C3%A9@p:1",
                false,
                "p",
                1,
                Some(("an@a", "s:\u{e9}")),
                "http://an%40a@p:1",
            ),
            (
                "ana@p:1",
                false,
                "p",
                1,
                Some(("ana", "")),
                "http://ana@p:1",
            ),
            (
                "http://ana:se/cr?et@p:1/x",
                false,
                "p",
                1,
                Some(("ana", "se/cr?et")),
                "http://ana@p:1",
            ),
        ];
        for (url, secure, host, port, userinfo, shown) in rows {
            let parsed = ProxyUrl::parse(url).unwrap();
            let found = parsed
                .userinfo
                .as_ref()
                .map(|(user, password)| (user.as_str(), password.as_str()));
            assert_eq!(
                (parsed.secure, parsed.host.as_str(), parsed.port, found),
                (secure, host, port, userinfo),
                "{url}"
            );
            assert_eq!(parsed.to_string(), shown, "{url}");
            assert!(!format!("{parsed:?}").contains("cr?et"));
        }
    }

    #[test]
    fn other_proxies_are_refused_with_what_to_write() {
        let rows = [
            ("", ProxyUrlError::Empty),
            ("socks5://p:1080", ProxyUrlError::Socks),
            ("SOCKS4A://p", ProxyUrlError::Socks),
            ("socks://p", ProxyUrlError::Socks),
            ("ftp://p", ProxyUrlError::UnknownScheme),
            ("http://%ff@p", ProxyUrlError::InvalidUserinfo),
            ("http://:3128", EmptyHost.into()),
            ("http://", EmptyHost.into()),
            ("p:0", InvalidPort.into()),
        ];
        for (url, error) in rows {
            assert_eq!(ProxyUrl::parse(url), Err(error), "{url}");
        }
    }
}
