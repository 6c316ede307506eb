//! The URL of a Redis server, or of the Sentinels that know where it is.

use std::fmt;
use std::num::NonZeroU32;

use crate::handshake::{Authority, AuthorityError, read_userinfo};

/// The default ports.
const REDIS_PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26379;

/// The longest URL, and the most Sentinels in one.
const MAX_URL_BYTES: usize = 4096;
const MAX_SENTINELS: usize = 16;

/// The location of the log, and the credentials for it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct RedisUrl {
    /// Whether the scheme is `rediss`, which uses TLS.
    pub(super) tls: bool,
    pub(super) login: Option<Login>,
    pub(super) place: Place,
    /// The number of the database; `None` is 0, which is Redis' default.
    pub(super) database: Option<NonZeroU32>,
}

/// User and password. It has no `Debug`, so that it is not logged by mistake.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Login {
    /// The user; `default` if the URL has only a password.
    pub(super) user: String,
    pub(super) password: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Server(Address),
    /// The Sentinels, at least one, and the name under which they know the server.
    Sentinels(Vec<Address>, String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// A host name or an IP address; an IPv6 address without its brackets.
    pub(super) host: String,
    pub(super) zone: Option<String>,
    pub(super) port: u16,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = match &self.zone {
            Some(zone) => format!("{}%{zone}", self.host),
            None => self.host.clone(),
        };
        let port = Some(self.port);
        Authority { host, port }.fmt(f)
    }
}

impl Address {
    fn parse(text: &str, default_port: u16) -> Result<Self, AuthorityError> {
        let (Authority { host, port }, zone) = Authority::parse_with_zone(text)?;
        let port = port.unwrap_or(default_port);
        Ok(Self { host, zone, port })
    }
}

impl RedisUrl {
    /// Parses `redis[s]://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]`, or with Sentinels
    /// `redis[s]+sentinel://[[USER]:PASSWORD@]HOST[:PORT][,HOST[:PORT]...]/NAME[/DATABASE]`.
    pub(super) fn parse(url: &str) -> Result<Self, RedisUrlError> {
        let url = url.trim();
        if url.len() > MAX_URL_BYTES {
            return Err(RedisUrlError::TooLong);
        }
        let (scheme, rest) = url.split_once("://").ok_or(RedisUrlError::UnknownScheme)?;
        let (tls, sentinels) = match &*scheme.to_ascii_lowercase() {
            "redis" | "valkey" => (false, false),
            "rediss" | "valkeys" => (true, false),
            "redis+sentinel" | "valkey+sentinel" => (false, true),
            "rediss+sentinel" | "valkeys+sentinel" => (true, true),
            _ => return Err(RedisUrlError::UnknownScheme),
        };
        // A password may contain a slash: the text before the last @ is not part of the path.
        let (userinfo, rest) = match rest.rsplit_once('@') {
            Some((userinfo, rest)) => (Some(userinfo), rest),
            None => (None, rest),
        };
        if rest.contains(['?', '#']) {
            return Err(RedisUrlError::Query);
        }
        let (servers, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (place, database) = match sentinels {
            false => {
                let server = Address::parse(servers, REDIS_PORT)?;
                (Place::Server(server), path)
            }
            true => {
                let (name, database) = path.split_once('/').unwrap_or((path, ""));
                let is_name = |c: char| !c.is_control() && c != ' ' && c != '%';
                if name.is_empty() || !name.chars().all(is_name) {
                    return Err(RedisUrlError::NoName);
                }
                let sentinels = servers.split(',');
                let sentinels = sentinels.map(|text| Address::parse(text, SENTINEL_PORT));
                let sentinels: Vec<_> = sentinels.collect::<Result<_, _>>()?;
                if sentinels.len() > MAX_SENTINELS {
                    return Err(RedisUrlError::TooLong);
                }
                (Place::Sentinels(sentinels, name.to_owned()), database)
            }
        };
        Ok(Self {
            tls,
            login: userinfo.map(Login::parse).transpose()?,
            place,
            database: match database.strip_suffix('/').unwrap_or(database) {
                "" => None,
                digits if digits.bytes().all(|digit| digit.is_ascii_digit()) => {
                    let number: u32 = digits.parse().map_err(|_| RedisUrlError::BadDatabase)?;
                    NonZeroU32::new(number)
                }
                _ => return Err(RedisUrlError::BadDatabase),
            },
        })
    }
}

impl Login {
    fn parse(userinfo: &str) -> Result<Self, RedisUrlError> {
        let parsed = read_userinfo(userinfo).map_err(|_| RedisUrlError::BadLogin)?;
        let (user, password) = parsed.ok_or(RedisUrlError::BadLogin)?;
        if password.is_empty() {
            return Err(RedisUrlError::BadLogin); // the user may be the password
        }
        let user = match user.is_empty() {
            true => "default".to_owned(),
            false => user,
        };
        Ok(Self { user, password })
    }
}

/// Shows the URL **without user and password**.
impl fmt::Display for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.tls { "rediss" } else { "redis" })?;
        match &self.place {
            Place::Server(server) => write!(f, "://{server}")?,
            Place::Sentinels(sentinels, name) => {
                let sentinels: Vec<_> = sentinels.iter().map(Address::to_string).collect();
                write!(f, "+sentinel://{}/{name}", sentinels.join(","))?;
            }
        }
        match self.database {
            Some(number) => write!(f, "/{number}"),
            None => Ok(()),
        }
    }
}

/// Shows the same as `Display`, so that `{:?}` does not put a password into a log either.
impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisUrl({self})")
    }
}

/// Why a URL is not valid. The text says what to write instead, and never shows the URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RedisUrlError {
    UnknownScheme,
    TooLong,
    BadLogin,
    /// The URL has a query or a fragment.
    Query,
    BadDatabase,
    /// The name under which the Sentinels know the server is missing.
    NoName,
    Authority(AuthorityError),
}

impl fmt::Display for RedisUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownScheme => f.write_str(
                "the URL of a cluster begins with redis://, rediss:// (with TLS) or \
                 redis+sentinel://; write one like redis://localhost:6379",
            ),
            Self::TooLong => write!(
                f,
                "the URL has more than {MAX_URL_BYTES} bytes or {MAX_SENTINELS} Sentinels"
            ),
            Self::BadLogin => f.write_str(
                "the user or password is malformed; write redis://USER:PASSWORD@HOST, or \
                 redis://:PASSWORD@HOST for a password without a user, and in both % as %25, @ as \
                 %40 and a colon as %3A",
            ),
            Self::Query => f.write_str(
                "the URL of a cluster has nothing behind ? or #; in a password write ? as %3F and \
                 # as %23",
            ),
            Self::BadDatabase => f.write_str(
                "the path of the URL is the number of a database, such as redis://localhost/1",
            ),
            Self::NoName => f.write_str(
                "the URL of Sentinels ends with the name that they have for the server, such as \
                 redis+sentinel://a.example:26379,b.example:26379/mymaster",
            ),
            Self::Authority(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RedisUrlError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Authority(error) => Some(error),
            _ => None,
        }
    }
}

impl From<AuthorityError> for RedisUrlError {
    fn from(error: AuthorityError) -> Self {
        Self::Authority(error)
    }
}

#[cfg(test)]
#[path = "url_tests.rs"]
mod tests;
