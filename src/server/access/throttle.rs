//! Slowing down whoever tries one password after the other: a value that is told the time.
//!
//! After a few failures an address has to wait for its next try, twice as long each time, and
//! its tries stand in line. Other addresses notice nothing. The table is bounded.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// Failures that cost nothing: people mistype.
const FREE_FAILURES: u32 = 3;

/// The wait after the first failure beyond those, and the longest one.
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(4);

/// A try that would have to wait for longer than this is refused instead: nobody keeps many
/// connections waiting.
const LONGEST_LINE: Duration = Duration::from_secs(8);

/// A failure is forgotten after this.
const MEMORY: Duration = Duration::from_secs(15 * 60);

/// The most addresses that are remembered.
const MOST_ADDRESSES: usize = 1024;

/// What a try is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Be looked at after this time, often none.
    After(Duration),
    /// Not be looked at; it may come back after this time.
    Refused(Duration),
}

/// The addresses that failed lately.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    addresses: HashMap<IpAddr, Failures>,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
    /// When the next try may be looked at.
    next: Instant,
}

impl Failures {
    fn wait(&self) -> Duration {
        match self.count.checked_sub(FREE_FAILURES + 1) {
            None => Duration::ZERO,
            Some(doublings) => {
                let factor = 2_u32.saturating_pow(doublings);
                FIRST_WAIT.saturating_mul(factor).min(LONGEST_WAIT)
            }
        }
    }
}

impl Throttle {
    /// Somebody at `address` wants to try a password at `now`: when may they?
    pub(super) fn ask(&mut self, address: IpAddr, now: Instant) -> Turn {
        let Some(failures) = self.addresses.get_mut(&key(address)) else {
            return Turn::After(Duration::ZERO);
        };
        if now.saturating_duration_since(failures.last) >= MEMORY {
            self.addresses.remove(&key(address));
            return Turn::After(Duration::ZERO);
        }
        let wait = failures.next.saturating_duration_since(now);
        if wait > LONGEST_LINE {
            return Turn::Refused(wait);
        }
        // The one behind stands in line, whatever becomes of this one.
        failures.next = now + wait + failures.wait();
        Turn::After(wait)
    }

    /// The password was wrong.
    pub(super) fn failed(&mut self, address: IpAddr, now: Instant) {
        let address = key(address);
        if !self.addresses.contains_key(&address) && self.addresses.len() >= MOST_ADDRESSES {
            self.make_room(now);
        }
        let failures = self.addresses.entry(address).or_insert(Failures {
            count: 0,
            last: now,
            next: now,
        });
        failures.count = failures.count.saturating_add(1);
        failures.last = now;
        failures.next = failures.next.max(now + failures.wait());
    }

    /// The password was right: whoever it is knows what they do.
    pub(super) fn succeeded(&mut self, address: IpAddr) {
        self.addresses.remove(&key(address));
    }

    /// Forgets what is old, or else whoever failed the longest time ago.
    fn make_room(&mut self, now: Instant) {
        self.addresses
            .retain(|_, failures| now.saturating_duration_since(failures.last) < MEMORY);
        if self.addresses.len() >= MOST_ADDRESSES {
            let oldest = self.addresses.iter().min_by_key(|(_, f)| f.last);
            if let Some(address) = oldest.map(|(address, _)| *address) {
                self.addresses.remove(&address);
            }
        }
    }
}

/// Who counts as one: an IPv4 address, and in IPv6 a network of /64, which one household has.
fn key(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Turn = Turn::After(Duration::ZERO);

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn repeated_failures_wait_longer_and_longer_and_others_do_not() {
        let (me, other) = (address("192.0.2.1"), address("192.0.2.2"));
        let mut throttle = Throttle::default();
        let mut now = Instant::now();
        for expected in [0, 0, 0, 0, 250, 500, 1000, 2000, 4000, 4000, 4000] {
            let turn = throttle.ask(me, now);
            assert_eq!(turn, Turn::After(ms(expected)));
            now += ms(expected);
            throttle.failed(me, now);
            assert_eq!(throttle.ask(other, now), NOW);
        }
        throttle.succeeded(me);
        assert_eq!(throttle.ask(me, now), NOW);
    }

    #[test]
    fn tries_at_the_same_time_stand_in_line_and_the_line_is_short() {
        let me = address("192.0.2.1");
        let mut throttle = Throttle::default();
        let now = Instant::now();
        (0..20).for_each(|_| throttle.failed(me, now));
        let turns: Vec<Turn> = (0..4).map(|_| throttle.ask(me, now)).collect();
        assert_eq!(
            turns,
            [
                Turn::After(ms(4000)),
                Turn::After(ms(8000)),
                Turn::Refused(ms(12_000)),
                Turn::Refused(ms(12_000))
            ]
        );
    }

    #[test]
    fn failures_are_forgotten_after_a_while() {
        let me = address("192.0.2.1");
        let mut throttle = Throttle::default();
        let now = Instant::now();
        (0..20).for_each(|_| throttle.failed(me, now));
        assert_eq!(throttle.ask(me, now + MEMORY), NOW);
        throttle.failed(me, now + MEMORY);
        assert_eq!(throttle.ask(me, now + MEMORY), NOW, "the count began anew");
    }

    #[test]
    fn the_table_is_bounded_and_forgets_the_oldest() {
        let mut throttle = Throttle::default();
        let start = Instant::now();
        for n in 0..5000_u32 {
            let now = start + ms(n.into());
            let address = IpAddr::V4((0x0A00_0000 + n).into());
            (0..5).for_each(|_| throttle.failed(address, now));
        }
        assert_eq!(throttle.addresses.len(), MOST_ADDRESSES);
        let now = start + ms(5000);
        assert_eq!(throttle.ask(address("10.0.0.0"), now), NOW, "forgotten");
        let newest = IpAddr::V4((0x0A00_0000 + 4999_u32).into());
        assert_ne!(throttle.ask(newest, now), NOW);
    }

    #[test]
    fn a_household_counts_as_one() {
        let rows = [
            ("2001:db8::1", "2001:db8::ffff:1", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
        ];
        for (one, other, same) in rows {
            assert_eq!(
                key(address(one)) == key(address(other)),
                same,
                "{one} {other}"
            );
        }
    }
}
