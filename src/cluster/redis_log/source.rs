//! Connects to Redis and authenticates: at its own address, or at the one that Sentinels give.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use super::greeting::{Greeting, Mode};
use super::keys::Keys;
use super::link::{Bounds, Failure, Link, MOST_SMALL_BYTES};
use super::log::{Limits, RedisLog};
use super::refusals::{explain, failed};
use super::resp::{Refusal, Reply, shown};
use super::url::{Address, Login, Place, RedisUrl};
use crate::client::ConnectError;
use crate::cluster::log::{Log, LogError, LogSource};
use crate::transport::TlsTrust;

/// Opens connections to the log in Redis.
#[derive(Debug)]
pub(super) struct RedisSource {
    url: RedisUrl,
    keys: Keys,
    /// The authorities to trust for a `rediss://` server.
    tls: TlsTrust,
    bounds: Bounds,
    limits: Limits,
    /// The Sentinel that answered last, which is asked first.
    first_sentinel: AtomicUsize,
}

impl RedisSource {
    pub(super) fn new(url: RedisUrl, keys: Keys, tls: TlsTrust) -> Self {
        Self {
            url,
            keys,
            tls,
            bounds: Bounds::default(),
            limits: Limits::default(),
            first_sentinel: AtomicUsize::new(0),
        }
    }

    /// The same source with other bounds and limits, small enough for tests to reach.
    #[cfg(test)]
    pub(super) fn bounded(self, bounds: Bounds, limits: Limits) -> Self {
        Self {
            bounds,
            limits,
            ..self
        }
    }

    fn open(&self, address: &Address, what: &str, connect: Duration) -> Result<Link, LogError> {
        let tls = self.url.tls.then_some(&self.tls);
        Link::open(address, tls, connect, self.bounds.answer.min(connect)).map_err(|error| {
            let why = match &error {
                ConnectError::Timeout if self.url.tls => {
                    "does not answer; does it speak TLS on this port?".to_owned()
                }
                ConnectError::Timeout => "does not answer".to_owned(),
                error => shown(&format!("is not reached: {error}")) + advice(error),
            };
            let why = format!("{what} at {address} {why}");
            match error.is_transient() {
                true => LogError::Unreachable(why),
                false => LogError::Refused(why),
            }
        })
    }

    /// Asks the Sentinels for the server's address.
    fn ask_sentinels(&self, sentinels: &[Address], name: &str) -> Result<Address, LogError> {
        let first = self.first_sentinel.load(Relaxed);
        let mut last = LogError::Unreachable("the cluster's URL names no Sentinel".to_owned());
        for tried in 0..sentinels.len() {
            let at = (first + tried) % sentinels.len();
            match self.ask_sentinel(&sentinels[at], name) {
                Ok(address) => {
                    self.first_sentinel.store(at, Relaxed);
                    return Ok(address);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn ask_sentinel(&self, sentinel: &Address, name: &str) -> Result<Address, LogError> {
        let place = format!("the Sentinel at {sentinel}");
        let mut link = self.open(sentinel, "the Sentinel", self.bounds.sentinel)?;
        let question: [&[u8]; 3] = [b"SENTINEL", b"GET-MASTER-ADDR-BY-NAME", name.as_bytes()];
        let mut ask = |words: &[&[u8]]| link.call(words, Duration::ZERO, MOST_SMALL_BYTES);
        let mut answer = ask(&question);
        // Sentinels that require a password usually have the same one as the servers.
        if let (Err(Failure::Refused(refusal)), Some(login)) = (&answer, &self.url.login)
            && refusal.code == "NOAUTH"
        {
            answer = ask(&[b"AUTH", login.user.as_bytes(), login.password.as_bytes()])
                .and_then(|_| ask(&question));
        }
        let unknown = || {
            LogError::Refused(format!(
                "{place} knows no server called {name}; see SENTINEL MASTERS there"
            ))
        };
        let words = match answer {
            Ok(Reply::List(words)) => words,
            Ok(Reply::Nil) => return Err(unknown()),
            Ok(_) => return Err(strange(&place)),
            Err(failure) => return Err(self.failed(failure, &place)),
        };
        let [Reply::Bytes(host), Reply::Bytes(port)] = &words[..] else {
            return Err(strange(&place));
        };
        let text = |bytes| std::str::from_utf8(bytes).ok();
        let host = text(host).filter(|host| !host.is_empty());
        let port = text(port).and_then(|port| port.parse().ok());
        match (host, port) {
            (Some(host), Some(port)) => Ok(Address {
                host: shown(host),
                zone: None,
                port,
            }),
            _ => Err(strange(&place)),
        }
    }

    /// Sends HELLO, and checks that this server can keep the log.
    fn enter(&self, link: &mut Link, place: &str) -> Result<(), LogError> {
        let mut words: Vec<&[u8]> = vec![b"HELLO", b"2"];
        if let Some(Login { user, password }) = &self.url.login {
            words.extend([b"AUTH", user.as_bytes(), password.as_bytes()]);
        }
        let answer = match link.call(&words, Duration::ZERO, MOST_SMALL_BYTES) {
            Ok(answer) => answer,
            Err(Failure::Refused(refusal)) => return Err(self.not_let_in(&refusal, place)),
            Err(failure) => return Err(self.failed(failure, place)),
        };
        let greeting = Greeting::read(&answer).ok_or_else(|| strange(place))?;
        if !greeting.is_new_enough() {
            return Err(LogError::Refused(format!(
                "{place} is version {}; a cluster needs Redis 6.2 or newer, or Valkey",
                shown(&greeting.version)
            )));
        }
        if greeting.mode == Mode::Sentinel {
            return Err(LogError::Refused(format!(
                "{place} is a Sentinel; write redis+sentinel://HOST:PORT/NAME with the name that \
                 it has for the server"
            )));
        }
        if greeting.is_replica {
            return Err(LogError::Unreachable(format!(
                "{place} is a replica and takes nothing; name the primary, or the Sentinels, in the \
                 cluster's URL"
            )));
        }
        if let Some(database) = self.url.database {
            let number = database.to_string();
            link.call(
                &[b"SELECT", number.as_bytes()],
                Duration::ZERO,
                MOST_SMALL_BYTES,
            )
            .map_err(|failure| self.failed(failure, place))?;
        }
        Ok(())
    }

    /// The error for a refused login. Old servers repeat an unknown command with its arguments, the
    /// password among them, so nothing of such an answer is shown.
    fn not_let_in(&self, refusal: &Refusal, place: &str) -> LogError {
        if refusal.code == "ERR" && refusal.detail.starts_with("unknown command") {
            return LogError::Refused(format!(
                "{place} does not know the command HELLO: a cluster needs Redis 6.2 or newer, or \
                 Valkey, with that command"
            ));
        }
        explain(refusal, place, &self.keys)
    }

    fn failed(&self, failure: Failure, place: &str) -> LogError {
        failed(failure, place, &self.keys)
    }
}

impl LogSource for RedisSource {
    fn connect(&self) -> Result<Box<dyn Log>, LogError> {
        let found;
        let address = match &self.url.place {
            Place::Server(address) => address,
            Place::Sentinels(sentinels, name) => {
                found = self.ask_sentinels(sentinels, name)?;
                &found
            }
        };
        let place = format!("Redis at {address}");
        let mut link = self.open(address, "Redis", self.bounds.connect)?;
        self.enter(&mut link, &place)?;
        Ok(Box::new(RedisLog::new(
            link,
            self.keys.clone(),
            place,
            self.limits,
        )))
    }
}

fn strange(place: &str) -> LogError {
    LogError::Corrupt(format!("{place} gives an answer that is not known"))
}

/// The advice for the operator about a connection that failed.
fn advice(error: &ConnectError) -> &'static str {
    match error {
        ConnectError::Tls { failure, .. } if failure.is_about_certificate() => {
            "; its certificate has to be for this host and from an authority that this machine \
             trusts"
        }
        ConnectError::Tls { .. } => "; does it speak TLS on this port (tls-port)?",
        _ => "",
    }
}
