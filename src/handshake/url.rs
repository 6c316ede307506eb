//! `ws://` and `wss://` URLs (RFC 6455 section 3), as a person types or pastes them.

use super::authority::Authority;
use super::percent;
use super::url_error::UrlError;
use std::fmt;
use std::str::FromStr;

/// A WebSocket URL, checked and taken apart.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct WsUrl {
    /// Whether the connection uses TLS: `wss`.
    pub secure: bool,
    /// A name or an IPv4 address in lower case, or an IPv6 address without its brackets.
    pub host: String,
    /// The zone of an IPv6 address, decoded: the interface by which it is reached, by its name or its
    /// number (RFC 6874). It is this machine's own matter, and left out of `Host`.
    pub zone: Option<String>,
    /// The port; 80 for `ws` and 443 for `wss` where none is written.
    pub port: u16,
    /// The request target: path and query in visible ASCII, `/` if the URL has neither.
    pub target: String,
    /// User and password, percent-decoded; the password is empty where none is written.
    pub userinfo: Option<(String, String)>,
}

impl WsUrl {
    /// Parses a URL. `http` and `https` are read as `ws` and `wss`, since people paste a page's
    /// URL; a URL without `://` gets `ws://`. White space at its ends is left out. Characters that a
    /// request target cannot hold are percent-encoded as UTF-8.
    ///
    /// # Errors
    ///
    /// [`UrlError`] names the rule that is broken; its text says what to write instead.
    pub fn parse(url: &str) -> Result<Self, UrlError> {
        let url = url.trim();
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
        let (Authority { host, port }, zone) = Authority::parse_with_zone(host_and_port)?;
        let slash = if target.starts_with('/') { "" } else { "/" };
        let target = percent::encode(target, percent::is_path_or_query);
        Ok(Self {
            secure,
            host,
            zone,
            port: port.unwrap_or(default_port(secure)),
            target: format!("{slash}{target}"),
            userinfo,
        })
    }

    /// The value for the `Host` header (RFC 6455 section 4.1, item 4): the host, in brackets if
    /// it is IPv6, with the port unless it is the default.
    #[must_use]
    pub fn host_header(&self) -> String {
        let port = (self.port != default_port(self.secure)).then_some(self.port);
        let host = self.host.clone();
        Authority { host, port }.to_string()
    }

    /// The host, with its zone if it has one, and the port to connect to, as
    /// `std::net::ToSocketAddrs` takes them.
    #[must_use]
    pub fn authority_for_connect(&self) -> (String, u16) {
        let host = match &self.zone {
            Some(zone) => format!("{}%{zone}", self.host),
            None => self.host.clone(),
        };
        (host, self.port)
    }
}

impl FromStr for WsUrl {
    type Err = UrlError;

    /// As [`WsUrl::parse`].
    fn from_str(text: &str) -> Result<Self, UrlError> {
        Self::parse(text)
    }
}

impl TryFrom<&str> for WsUrl {
    type Error = UrlError;

    /// As [`WsUrl::parse`].
    fn try_from(text: &str) -> Result<Self, UrlError> {
        Self::parse(text)
    }
}

/// The URL in full, with the user but **without the password**.
impl fmt::Display for WsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.secure { "wss://" } else { "ws://" })?;
        if let Some((user, _)) = &self.userinfo {
            write!(f, "{}@", percent::encode(user, percent::is_unreserved))?;
        }
        let host = self.host_header();
        match (&self.zone, host.split_once(']')) {
            (Some(zone), Some((address, port))) => {
                let zone = percent::encode(zone, percent::is_unreserved);
                write!(f, "{address}%25{zone}]{port}{}", self.target)
            }
            _ => write!(f, "{host}{}", self.target),
        }
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
        _ => match scheme_without_slashes(url) {
            Some(scheme) => Err(UrlError::MissingSlashes { scheme }),
            None => Ok((false, url)),
        },
    }
}

/// The scheme of a URL that lacks a slash or the colon: `ws:host`, `ws:/host`, `ws//host`. A host
/// may be called `ws` too, where a port or nothing at all stands after its colon and the rest is a
/// path: `ws:8765/echo`.
fn scheme_without_slashes(url: &str) -> Option<String> {
    let end = url.find(|char: char| !char.is_ascii_alphabetic())?;
    let (scheme, rest) = url.split_at(end);
    let scheme = scheme.to_ascii_lowercase();
    if !matches!(scheme.as_str(), "ws" | "wss" | "http" | "https") {
        return None;
    }
    let Some(behind) = rest.strip_prefix(':') else {
        return rest.starts_with("//").then_some(scheme);
    };
    let end = behind.find(['/', '?']).unwrap_or(behind.len());
    let is_port = end > 0 && behind[..end].bytes().all(|byte| byte.is_ascii_digit());
    (!is_port).then_some(scheme)
}

/// Reads `user[:password]`; nothing at all is no user.
pub(crate) fn read_userinfo(userinfo: &str) -> Result<Option<(String, String)>, UrlError> {
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
