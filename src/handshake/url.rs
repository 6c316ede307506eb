//! `ws://` and `wss://` URLs (RFC 6455 section 3), as a person types or pastes them.

use super::authority::Authority;
use super::percent;
use super::url_error::UrlError;
use std::fmt;

/// A WebSocket URL, checked and taken apart.
#[derive(Clone, PartialEq, Eq)]
pub struct WsUrl {
    /// Whether TLS is spoken: `wss`.
    pub secure: bool,
    /// A name or an IPv4 address in lower case, or an IPv6 address without its brackets.
    pub host: String,
    /// The port; 80 for `ws` and 443 for `wss` where none is written.
    pub port: u16,
    /// The request target: path and query in visible ASCII, `/` if the URL has neither.
    pub target: String,
    /// User and password, percent-decoded; the password is empty where none is written.
    pub userinfo: Option<(String, String)>,
}

impl WsUrl {
    /// Parses a URL. `http` and `https` are taken for `ws` and `wss`, since people paste the
    /// page's URL; one without `://` gets `ws://`. Characters that a target cannot hold are
    /// percent-encoded as UTF-8.
    ///
    /// # Errors
    ///
    /// [`UrlError`] names the rule that is broken, and its text what to write instead.
    pub fn parse(url: &str) -> Result<Self, UrlError> {
        if url.is_empty() {
            return Err(UrlError::Empty);
        }
        for char in url.chars() {
            match char {
                '#' => return Err(UrlError::Fragment),
                _ if char.is_whitespace() => return Err(UrlError::Whitespace),
                _ if char.is_control() => return Err(UrlError::ControlCharacter),
                _ => {}
            }
        }
        let (secure, rest) = read_scheme(url)?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let (userinfo, host_and_port) = match authority.rsplit_once('@') {
            Some((userinfo, behind)) => (read_userinfo(userinfo)?, behind),
            None => (None, authority),
        };
        let Authority { host, port } = Authority::parse(host_and_port)?;
        let slash = if target.starts_with('/') { "" } else { "/" };
        let target = percent::encode(target, percent::is_path_or_query);
        Ok(Self {
            secure,
            host,
            port: port.unwrap_or(default_port(secure)),
            target: format!("{slash}{target}"),
            userinfo,
        })
    }

    /// The value for the `Host` header (RFC 6455 section 4.1, item 4): the host, in brackets if
    /// it is IPv6, with the port unless it is the default.
    pub fn host_header(&self) -> String {
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        if self.port == default_port(self.secure) {
            host
        } else {
            format!("{host}:{}", self.port)
        }
    }

    /// Where to connect to: what `std::net::ToSocketAddrs` takes.
    pub fn authority_for_connect(&self) -> (&str, u16) {
        (&self.host, self.port)
    }
}

/// The URL in full, with the user but **without the password**.
impl fmt::Display for WsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.secure { "wss://" } else { "ws://" })?;
        if let Some((user, _)) = &self.userinfo {
            write!(f, "{}@", percent::encode(user, percent::is_unreserved))?;
        }
        write!(f, "{}{}", self.host_header(), self.target)
    }
}

/// As `Display`: a password does not get into a log by way of `{:?}` either.
impl fmt::Debug for WsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WsUrl({self})")
    }
}

fn default_port(secure: bool) -> u16 {
    if secure { 443 } else { 80 }
}

/// Splits the scheme off, as (secure, rest). A `://` behind the first `/` or `?` is no scheme's.
fn read_scheme(url: &str) -> Result<(bool, &str), UrlError> {
    match url.split_once("://") {
        Some((scheme, rest)) if !scheme.contains(['/', '?']) => {
            match scheme.to_ascii_lowercase().as_str() {
                "ws" | "http" => Ok((false, rest)),
                "wss" | "https" => Ok((true, rest)),
                _ => Err(UrlError::UnknownScheme {
                    scheme: scheme.to_owned(),
                }),
            }
        }
        _ => Ok((false, url)),
    }
}

/// Reads `user[:password]`; nothing at all is no user.
fn read_userinfo(userinfo: &str) -> Result<Option<(String, String)>, UrlError> {
    if userinfo.is_empty() {
        return Ok(None);
    }
    let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
    let decode = |text| {
        percent::decode(text)
            .filter(|text| !text.chars().any(char::is_control))
            .ok_or(UrlError::InvalidUserinfo)
    };
    let (user, password) = (decode(user)?, decode(password)?);
    if user.contains(':') {
        return Err(UrlError::InvalidUserinfo);
    }
    Ok(Some((user, password)))
}

#[cfg(test)]
#[path = "url_tests.rs"]
mod tests;
