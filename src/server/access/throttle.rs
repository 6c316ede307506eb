//! Slowing down whoever tries one password after the other: a value that is told the time.
//!
//! Failures are counted three times: for a user at one address, for a user at all addresses, and
//! for an address with all users. After a few of them the next try has to wait, twice as long each
//! time. The wait is bounded, and a try is looked at once it is over, so whoever has the right
//! password gets in, whatever others at the same address, or others who name the same user, do.
//! The one exception: so many tries for one user wait at one address already that a further one
//! would help a guesser only.
//!
//! A success takes back the failures of its own user at its own address, and no others.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// How long tries wait after so many failures.
#[derive(Debug, Clone, Copy)]
struct Pace {
    /// Failures that cost nothing: people mistype.
    free: u32,
    /// The longest wait.
    longest: Duration,
}

/// Of one user at one address.
const OF_PAIR: Pace = Pace {
    free: 3,
    longest: Duration::from_secs(4),
};

/// Of one user at all addresses, and of one address with all users: an office may share it.
const OF_MANY: Pace = Pace {
    free: 10,
    longest: Duration::from_secs(2),
};

/// The wait after the first failure beyond the free ones; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// Tries for one user at one address that may wait at the same time; a further one is refused.
const MOST_WAITING: u32 = 16;

/// A failure is forgotten after this.
const MEMORY: Duration = Duration::from_secs(15 * 60);

/// The most records of each of the three kinds.
const MOST_RECORDS: usize = 1024;

/// The most of a user's name that is kept, in characters. Longer ones with this beginning in
/// common share their counts.
const NAME_CHARS: usize = 64;

/// What a try is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Be looked at at once.
    Now,
    /// Be looked at after this time; it is announced with [`Throttle::waited`].
    After(Duration),
    /// Not be looked at; it may come back after this time.
    Refused(Duration),
}

/// Whether a page of another site made a browser try. Such tries have counts of their own, so that
/// the page cannot use up those of the browser's user.
type IsForeign = bool;

/// Who tries, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Try {
    pair: (String, IpAddr, IsForeign),
    user: (String, IsForeign),
    address: (IpAddr, IsForeign),
}

impl Try {
    /// A try for `user` from `address`.
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

/// The tries of late.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    pairs: Records<(String, IpAddr, IsForeign)>,
    users: Records<(String, IsForeign)>,
    addresses: Records<(IpAddr, IsForeign)>,
}

impl Throttle {
    /// When this try may be looked at.
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
        // One that waits may be a failure: the one behind it waits as if it were.
        self.change(by, now, |record| record.waiting += 1);
        Turn::After(wait)
    }

    /// The wait of this try is over: it is looked at now.
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
    /// Tries whose wait is not over.
    waiting: u32,
    has_succeeded: bool,
    /// Of the last try that was looked at.
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

    /// Whether the last try had the right password: failures of others then cost nothing here.
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
    /// What is known; a new record, which is not kept, where that is nothing.
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

    /// Forgets what is old, or else the record that was used the longest time ago.
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

/// Who counts as one address: an IPv4 address, and in IPv6 a network of /64, which one household
/// has.
fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
        v4 => v4,
    }
}

#[cfg(test)]
#[path = "throttle_tests.rs"]
mod tests;
