//! `host[:port]`, as it stands in URLs, in absolute-form targets and in the `Host` header
//! (RFC 3986 section 3.2, RFC 9110 section 7.2): one grammar for all three.

use super::percent;
use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

/// A host with an optional port (RFC 3986 section 3.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Authority {
    /// A name or an IPv4 address in lower case, or an IPv6 address without its brackets, in its
    /// canonical form.
    pub host: String,
    /// The port, when one is written: 1 to 65535. `localhost:` has none.
    pub port: Option<u16>,
}

impl Authority {
    /// Parses `host[:port]`. A name consists of ASCII letters, digits, `-`, `.` and `_`; an IPv6
    /// address stands in brackets, and a zone in it is left out, since it means something on the
    /// machine alone that wrote it (RFC 6874 section 4); a user (`user@host`) is not part of an
    /// authority.
    ///
    /// # Errors
    ///
    /// [`AuthorityError`] names the rule that is broken.
    pub fn parse(text: &str) -> Result<Self, AuthorityError> {
        Self::parse_with_zone(text).map(|(authority, _)| authority)
    }

    /// As [`Authority::parse`], with the zone of an IPv6 address, percent-decoded:
    /// `[fe80::1%25eth0]` (RFC 6874 section 2), and `[fe80::1%eth0]` as people paste it.
    ///
    /// # Errors
    ///
    /// [`AuthorityError`] names the rule that is broken.
    pub fn parse_with_zone(text: &str) -> Result<(Self, Option<String>), AuthorityError> {
        if let Some(bracketed) = text.strip_prefix('[') {
            let (address, behind) = bracketed
                .split_once(']')
                .ok_or(AuthorityError::InvalidHost)?;
            let (address, zone) = match address.split_once('%') {
                Some((address, zone)) => (address, Some(read_zone(zone)?)),
                None => (address, None),
            };
            let address: Ipv6Addr = address.parse().map_err(|_| AuthorityError::InvalidHost)?;
            let port = match behind.strip_prefix(':') {
                Some(digits) => parse_port(digits)?,
                None if behind.is_empty() => None,
                None => return Err(AuthorityError::InvalidHost),
            };
            let host = address.to_string();
            return Ok((Self { host, port }, zone));
        }
        let (host, port) = match text.split_once(':') {
            Some((_, digits)) if digits.contains(':') => {
                return Err(AuthorityError::Ipv6WithoutBrackets);
            }
            Some((host, digits)) => (host, parse_port(digits)?),
            None => (text, None),
        };
        check_name(host)?;
        let host = host.to_ascii_lowercase();
        Ok((Self { host, port }, None))
    }
}

impl FromStr for Authority {
    type Err = AuthorityError;

    /// As [`Authority::parse`].
    fn from_str(text: &str) -> Result<Self, AuthorityError> {
        Self::parse(text)
    }
}

impl TryFrom<&str> for Authority {
    type Error = AuthorityError;

    /// As [`Authority::parse`].
    fn try_from(text: &str) -> Result<Self, AuthorityError> {
        Self::parse(text)
    }
}

/// `host` or `host:port`, an IPv6 address in brackets: what [`Authority::parse`] reads.
impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]", self.host)?;
        } else {
            f.write_str(&self.host)?;
        }
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

fn check_name(host: &str) -> Result<(), AuthorityError> {
    if host.is_empty() {
        return Err(AuthorityError::EmptyHost);
    }
    if !host.is_ascii() {
        return Err(AuthorityError::NonAsciiHost);
    }
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if !host.bytes().all(good) {
        return Err(AuthorityError::InvalidHost);
    }
    Ok(())
}

/// Reads what stands after the `%` of an address: `25` and the zone, percent-encoded, or the zone
/// as it is.
fn read_zone(text: &str) -> Result<String, AuthorityError> {
    let zone = match text.strip_prefix("25").filter(|zone| !zone.is_empty()) {
        Some(encoded) => percent::decode(encoded).ok_or(AuthorityError::InvalidZone)?,
        None => text.to_owned(),
    };
    let good = |byte: u8| byte.is_ascii_graphic() && !b"%/[]".contains(&byte);
    if zone.is_empty() || !zone.bytes().all(good) {
        return Err(AuthorityError::InvalidZone);
    }
    Ok(zone)
}

/// A port consists of digits only, so `+80` is refused; an empty one counts as absent (RFC 3986
/// section 3.2.3).
fn parse_port(digits: &str) -> Result<Option<u16>, AuthorityError> {
    if digits.is_empty() {
        return Ok(None);
    }
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(AuthorityError::InvalidPort);
    }
    match digits.parse::<u16>() {
        Ok(port) if port > 0 => Ok(Some(port)),
        _ => Err(AuthorityError::InvalidPort),
    }
}

/// What is wrong with a `host[:port]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthorityError {
    /// The host is missing.
    EmptyHost,
    /// The host holds a character that no host has, or its brackets hold no IPv6 address.
    InvalidHost,
    /// The zone of an IPv6 address is empty, or holds a character that no interface's name has.
    InvalidZone,
    /// The host is not ASCII.
    NonAsciiHost,
    /// There is more than one colon, and no brackets.
    Ipv6WithoutBrackets,
    /// The port is not a number from 1 to 65535.
    InvalidPort,
}

impl fmt::Display for AuthorityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EmptyHost => {
                "the host is missing; write it before the port, as in localhost:8765"
            }
            Self::InvalidHost => {
                "the host is neither a name nor an address; write it as in localhost:8765, \
                 192.168.1.20:8765 or [::1]:8765"
            }
            Self::InvalidZone => {
                "the zone of the IPv6 address is not an interface; write it as in \
                 [fe80::1%25eth0]:8765"
            }
            Self::NonAsciiHost => {
                "the host is not ASCII; write it in its xn-- form, as in xn--bcher-kva.example"
            }
            Self::Ipv6WithoutBrackets => {
                "an IPv6 address stands in brackets; write it as in [::1]:8765"
            }
            Self::InvalidPort => {
                "the port is not a number from 1 to 65535; write it as in localhost:8765"
            }
        })
    }
}

impl std::error::Error for AuthorityError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports() {
        use AuthorityError::*;
        type Row = (
            &'static str,
            Result<(&'static str, Option<u16>), AuthorityError>,
        );
        let rows: &[Row] = &[
            ("localhost", Ok(("localhost", None))),
            ("LocalHost:8765", Ok(("localhost", Some(8765)))),
            ("localhost:", Ok(("localhost", None))),
            ("a_b.example.:1", Ok(("a_b.example.", Some(1)))),
            ("127.0.0.1:65535", Ok(("127.0.0.1", Some(65535)))),
            ("[::1]", Ok(("::1", None))),
            ("[::1]:80", Ok(("::1", Some(80)))),
            ("[2001:DB8:0::1]:80", Ok(("2001:db8::1", Some(80)))),
            ("[fe80::1%25eth0]:80", Ok(("fe80::1", Some(80)))),
            ("[fe80::1%eth0]", Ok(("fe80::1", None))),
            ("[fe80::1%]", Err(InvalidZone)),
            ("[fe80::1%25a b]", Err(InvalidZone)),
            ("[fe80::1%25%2]", Err(InvalidZone)),
            ("[fe80::1%25%2F]", Err(InvalidZone)),
            ("[fe80::1%25%0D%0A]", Err(InvalidZone)),
            ("[fe80::1%25\u{e9}]", Err(InvalidZone)),
            ("[%25eth0]", Err(InvalidHost)),
            ("fe80::1%25eth0", Err(Ipv6WithoutBrackets)),
            ("", Err(EmptyHost)),
            (":80", Err(EmptyHost)),
            ("::1", Err(Ipv6WithoutBrackets)),
            ("2001:db8::1:80", Err(Ipv6WithoutBrackets)),
            ("[::1", Err(InvalidHost)),
            ("[::1]80", Err(InvalidHost)),
            ("[]", Err(InvalidHost)),
            ("[localhost]", Err(InvalidHost)),
            ("a b", Err(InvalidHost)),
            ("a,b", Err(InvalidHost)),
            ("a/b", Err(InvalidHost)),
            ("a@b", Err(InvalidHost)),
            ("a%41", Err(InvalidHost)),
            ("b\u{fc}cher", Err(NonAsciiHost)),
            ("a:0", Err(InvalidPort)),
            ("a:65536", Err(InvalidPort)),
            ("a:99999999999999999999", Err(InvalidPort)),
            ("a:+80", Err(InvalidPort)),
            ("a:-1", Err(InvalidPort)),
            ("a:8o", Err(InvalidPort)),
            ("[::1]:x", Err(InvalidPort)),
        ];
        for (text, expected) in rows {
            let parsed = Authority::parse(text);
            if let Ok(authority) = &parsed {
                assert_eq!(authority.to_string().parse(), Ok(authority.clone()));
            }
            let parsed = parsed.as_ref().map(|a| (a.host.as_str(), a.port));
            assert_eq!(parsed, expected.as_ref().copied(), "{text}");
        }
    }

    #[test]
    fn zones_are_read_in_both_spellings() {
        let rows = [
            ("[fe80::1%25eth0]:80", Some("eth0")),
            ("[fe80::1%25br%2D0.1]", Some("br-0.1")),
            ("[fe80::1%eth0]", Some("eth0")),
            ("[fe80::1%25]", Some("25")),
            ("[fe80::1%253]", Some("3")),
            ("[fe80::1%3]", Some("3")),
            ("[fe80::1]", None),
            ("a:80", None),
        ];
        for (text, zone) in rows {
            let parsed = Authority::parse_with_zone(text).map(|(_, zone)| zone);
            assert_eq!(parsed, Ok(zone.map(str::to_owned)), "{text}");
        }
    }
}
