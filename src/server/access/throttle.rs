//! Slows down clients that try one password after the other. This is a value that is told the time.
//!
//! Failures are counted three times: for a user at one address, for a user at all addresses, and
//! for an address with all users. After a few failures the next attempt has to wait, twice as long
//! each time. The wait is bounded, and the attempt is checked when it is over: so a client with the
//! right password always gets in, whatever other clients at the same address, or with the same user
//! name, do. There is one exception: if many attempts for one user already wait at one address, a
//! further one is refused, since it would only help a guesser.
//!
//! A success removes the failures of its own user at its own address, and no others.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// How long attempts wait after a number of failures.
#[derive(Debug, Clone, Copy)]
struct Pace {
    /// Failures without a wait, since people mistype.
    free: u32,
    /// The longest wait.
    longest: Duration,
}

/// For one user at one address.
const OF_PAIR: Pace = Pace {
    free: 3,
    longest: Duration::from_secs(4),
};

/// For one user at all addresses, and for one address with all users, which an office may share.
const OF_MANY: Pace = Pace {
    free: 10,
    longest: Duration::from_secs(2),
};

/// The wait after the first failure beyond the free ones; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// Attempts for one user at one address that may wait at the same time; a further one is refused.
const MOST_WAITING: u32 = 16;

/// A failure is forgotten after this time.
const MEMORY: Duration = Duration::from_secs(15 * 60);

/// The most records of each of the three kinds.
const MOST_RECORDS: usize = 1024;

/// The most characters of a user's name that are kept. Longer names with the same beginning share
/// their counts.
const NAME_CHARS: usize = 64;

/// What happens to an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It is checked at once.
    Now,
    /// It is checked after this time, which the caller reports with [`Throttle::waited`].
    After(Duration),
    /// It is refused; the client may try again after this time.
    Refused(Duration),
}

/// Whether a page of another site made a browser send the attempt. Such attempts have counts of
/// their own, so that the page cannot use up those of the browser's user.
type IsForeign = bool;

/// Who sends an attempt, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Try {
    pair: (String, IpAddr, IsForeign),
    user: (String, IsForeign),
    address: (IpAddr, IsForeign),
}

impl Try {
    /// An attempt for `user` from `address`.
    pub(super) fn new(user: &str, address: IpAddr, is_foreign: IsForeign) -> Self {
        let address = household(address);
        let user: String = user.chars().take(NAME_CHARS).collect();
        Self {
            pair: (user.clone(), address, is_foreign),
            user: (user, is_foreign),
            address: (address, is_foreign),
        }
    }
}

/// The recent attempts.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    pairs: Records<(String, IpAddr, IsForeign)>,
    users: Records<(String, IsForeign)>,
    addresses: Records<(IpAddr, IsForeign)>,
}

impl Throttle {
    /// Whether, and when, this attempt may be checked.
    pub(super) fn ask(&mut self, by: &Try, now: Instant) -> Turn {
        let pair = self.pairs.recall(&by.pair, now);
        if pair.waiting >= MOST_WAITING {
            return Turn::Refused(OF_PAIR.longest);
        }
        let mut wait = pair.wait(OF_PAIR);
        if !pair.is_known_good() {
            let many = [
                self.users.recall(&by.user, now),
                self.addresses.recall(&by.address, now),
            ];
            let longest = many.map(|record| record.wait(OF_MANY)).into_iter().max();
            wait = wait.max(longest.unwrap_or_default());
        }
        if wait.is_zero() {
            return Turn::Now;
        }
        // A waiting attempt may turn out to be a failure, so the next one waits as if it were.
        self.change(by, now, |record| record.waiting += 1);
        Turn::After(wait)
    }

    /// The wait of this attempt is over; it is checked now.
    pub(super) fn waited(&mut self, by: &Try, now: Instant) {
        self.change(by, now, |record| {
            record.waiting = record.waiting.saturating_sub(1);
        });
    }

    /// The password was wrong.
    pub(super) fn failed(&mut self, by: &Try, now: Instant) {
        self.change(by, now, |record| {
            record.failures = record.failures.saturating_add(1);
            record.last = now;
        });
    }

    /// The password was right.
    pub(super) fn succeeded(&mut self, by: &Try, now: Instant) {
        let pair = self.pairs.record(&by.pair, now);
        pair.failures = 0;
        pair.has_succeeded = true;
        pair.last = now;
    }

    fn change(&mut self, by: &Try, now: Instant, change: impl Fn(&mut Record)) {
        change(self.pairs.record(&by.pair, now));
        change(self.users.record(&by.user, now));
        change(self.addresses.record(&by.address, now));
    }
}

#[derive(Debug, Clone, Copy)]
struct Record {
    failures: u32,
    /// Attempts whose wait is not over.
    waiting: u32,
    has_succeeded: bool,
    /// When the last attempt was checked.
    last: Instant,
}

impl Record {
    fn new(now: Instant) -> Self {
        Self {
            failures: 0,
            waiting: 0,
            has_succeeded: false,
            last: now,
        }
    }

    /// Whether the last attempt had the right password: then the failures of others cost nothing
    /// here.
    fn is_known_good(&self) -> bool {
        self.has_succeeded && self.failures == 0
    }

    fn is_old(&self, now: Instant) -> bool {
        self.waiting == 0 && now.saturating_duration_since(self.last) >= MEMORY
    }

    fn wait(&self, pace: Pace) -> Duration {
        let tries = self.failures.saturating_add(self.waiting);
        match tries.checked_sub(pace.free + 1) {
            None => Duration::ZERO,
            Some(doublings) => {
                let factor = 2_u32.saturating_pow(doublings);
                FIRST_WAIT.saturating_mul(factor).min(pace.longest)
            }
        }
    }
}

/// A bounded table of records.
#[derive(Debug)]
struct Records<K>(HashMap<K, Record>);

impl<K> Default for Records<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Clone + Eq + Hash> Records<K> {
    /// The record of a key; a new record, which is not stored, if there is none.
    fn recall(&self, key: &K, now: Instant) -> Record {
        let known = self.0.get(key).filter(|record| !record.is_old(now));
        known.copied().unwrap_or_else(|| Record::new(now))
    }

    /// The record to change.
    fn record(&mut self, key: &K, now: Instant) -> &mut Record {
        if !self.0.contains_key(key) && self.0.len() >= MOST_RECORDS {
            self.make_room(now);
        }
        let record = (self.0.entry(key.clone())).or_insert_with(|| Record::new(now));
        if record.is_old(now) {
            *record = Record::new(now);
        }
        record
    }

    /// Removes old records, or else the record that was unused for the longest time.
    fn make_room(&mut self, now: Instant) {
        self.0.retain(|_, record| !record.is_old(now));
        if self.0.len() >= MOST_RECORDS {
            let oldest = (self.0.iter()).min_by_key(|(_, record)| (record.waiting, record.last));
            if let Some(key) = oldest.map(|(key, _)| key.clone()) {
                self.0.remove(&key);
            }
        }
    }
}

/// The unit that counts as one address: an IPv4 address, or an IPv6 network of /64, which one
/// household has.
fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
        v4 => v4,
    }
}

#[cfg(test)]
#[path = "throttle_tests.rs"]
mod tests;
