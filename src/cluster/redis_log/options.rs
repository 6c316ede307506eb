//! A server's settings for the log in Redis.

use std::fmt;

use super::keys::{BadPrefix, DEFAULT_PREFIX, Keys};
use super::source::RedisSource;
use super::url::{RedisUrl, RedisUrlError};
use crate::cluster::settings::Cluster;
use crate::transport::TlsTrust;

/// The location of a cluster's log in Redis, or Valkey. `Display` and `Debug` show the URL without
/// user and password.
#[derive(Clone, Debug)]
pub struct RedisOptions {
    url: RedisUrl,
    keys: Keys,
    tls: TlsTrust,
}

impl RedisOptions {
    /// The default prefix of the keys' names.
    pub const DEFAULT_PREFIX: &str = DEFAULT_PREFIX;

    /// Reads `redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]`, the same with `rediss` for TLS, or
    /// `redis+sentinel://[[USER]:PASSWORD@]HOST[:PORT][,HOST[:PORT]...]/NAME[/DATABASE]` with the
    /// Sentinels that know where the server called NAME is. User and password are percent-encoded.
    ///
    /// # Errors
    ///
    /// The URL is not valid. The error says why, and what to write; it never shows the URL.
    pub fn new(url: &str) -> Result<Self, RedisError> {
        Ok(Self {
            url: RedisUrl::parse(url).map_err(Wrong::Url)?,
            keys: Keys::new(DEFAULT_PREFIX).map_err(Wrong::Prefix)?,
            tls: TlsTrust::default(),
        })
    }

    /// Sets the prefix of the keys' names, in place of [`RedisOptions::DEFAULT_PREFIX`]: 1 to 64
    /// ASCII letters, digits, dots, dashes or underscores. Servers with the same prefix in the same
    /// database are one cluster.
    ///
    /// # Errors
    ///
    /// The prefix is empty, too long, or has other characters.
    pub fn prefix(mut self, prefix: &str) -> Result<Self, RedisError> {
        self.keys = Keys::new(prefix).map_err(Wrong::Prefix)?;
        Ok(self)
    }

    /// Sets the certificate authorities to trust if the URL asks for TLS, in place of the system's;
    /// from [`TlsOptions`](crate::client::TlsOptions).
    #[must_use]
    pub fn tls(mut self, tls: TlsTrust) -> Self {
        self.tls = tls;
        self
    }
}

impl Cluster {
    /// A cluster whose log is in Redis, or Valkey. No connection is made yet.
    #[must_use]
    pub fn redis(options: RedisOptions) -> Self {
        Self::new(RedisSource::new(options.url, options.keys, options.tls))
    }
}

impl fmt::Display for RedisOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.url.fmt(f)
    }
}

/// Why the settings of a cluster's log are not valid. The text says what to write, and never shows
/// the URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedisError(Wrong);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Wrong {
    Url(RedisUrlError),
    Prefix(BadPrefix),
}

impl From<Wrong> for RedisError {
    fn from(wrong: Wrong) -> Self {
        Self(wrong)
    }
}

impl fmt::Display for RedisError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Wrong::Url(error) => error.fmt(f),
            Wrong::Prefix(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RedisError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Wrong::Url(error) => Some(error),
            Wrong::Prefix(error) => Some(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_checked_and_shown_without_the_password() {
        let options = RedisOptions::new("redis://ana:secret@r/1").unwrap();
        let options = options.prefix("wshub-test").unwrap();
        assert_eq!(options.to_string(), "redis://r:6379/1");
        assert!(!format!("{options:?}").contains("secret"));
        assert!(format!("{options:?}").contains("{wshub-test}:log"));
        let error = options.prefix("a b").unwrap_err();
        assert!(error.to_string().contains("wshub-test"), "{error}");
        let error = RedisOptions::new("http://ana:secret@r").unwrap_err();
        assert!(
            error.to_string().contains("redis://localhost:6379"),
            "{error}"
        );
        assert!(!format!("{error:?}").contains("secret"));
    }
}
