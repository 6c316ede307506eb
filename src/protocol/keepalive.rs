//! Keepalive (RFC 6455 sections 5.5.2 and 5.5.3): when to ask a silent peer for a sign of
//! life, and when to give it up. A value that is told the time.

use std::time::{Duration, Instant};

/// What the owner of a [`Keepalive`] is to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Nothing for this long, unless a byte arrives; `Duration::MAX` means never.
    Wait(Duration),
    /// Send a ping. The next poll waits for the answer.
    SendPing,
    /// The peer let the ping's timeout pass: it is gone.
    GiveUp,
}

/// Pings after a silence, gives up after a second one. Any byte is a sign of life.
#[derive(Debug, Clone)]
pub struct Keepalive {
    interval: Option<Duration>,
    timeout: Duration,
    heard: Instant,
    pinged: Option<Instant>,
}

impl Keepalive {
    /// `interval`: the silence after which a ping goes out, `None` for never. `timeout`: the
    /// further silence after which the peer is given up.
    pub fn new(interval: Option<Duration>, timeout: Duration, now: Instant) -> Self {
        Self {
            interval,
            timeout,
            heard: now,
            pinged: None,
        }
    }

    /// Something arrived from the peer.
    pub fn heard(&mut self, now: Instant) {
        self.heard = now;
        self.pinged = None;
    }

    /// What to do at `now`.
    pub fn poll(&mut self, now: Instant) -> Action {
        let Some(interval) = self.interval else {
            return Action::Wait(Duration::MAX);
        };
        let (since, patience) = match self.pinged {
            None => (self.heard, interval),
            Some(pinged) => (pinged, self.timeout),
        };
        let silence = now.saturating_duration_since(since);
        if silence < patience {
            Action::Wait(patience - silence)
        } else if self.pinged.is_some() {
            Action::GiveUp
        } else {
            self.pinged = Some(now);
            Action::SendPing
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn pings_after_the_interval_and_gives_up_after_the_timeout() {
        let start = Instant::now();
        let mut keepalive = Keepalive::new(Some(secs(20)), secs(15), start);
        assert_eq!(keepalive.poll(start), Action::Wait(secs(20)));
        assert_eq!(keepalive.poll(start + secs(19)), Action::Wait(secs(1)));
        assert_eq!(keepalive.poll(start + secs(20)), Action::SendPing);
        assert_eq!(keepalive.poll(start + secs(20)), Action::Wait(secs(15)));
        assert_eq!(keepalive.poll(start + secs(34)), Action::Wait(secs(1)));
        assert_eq!(keepalive.poll(start + secs(35)), Action::GiveUp);
    }

    #[test]
    fn any_byte_starts_the_silence_anew() {
        let start = Instant::now();
        let mut keepalive = Keepalive::new(Some(secs(20)), secs(20), start);
        keepalive.heard(start + secs(10));
        assert_eq!(keepalive.poll(start + secs(20)), Action::Wait(secs(10)));
        assert_eq!(keepalive.poll(start + secs(30)), Action::SendPing);
        keepalive.heard(start + secs(49));
        assert_eq!(keepalive.poll(start + secs(50)), Action::Wait(secs(19)));
        assert_eq!(keepalive.poll(start + secs(69)), Action::SendPing);
    }

    #[test]
    fn a_ping_sent_late_still_has_its_whole_timeout() {
        let start = Instant::now();
        let mut keepalive = Keepalive::new(Some(secs(20)), secs(20), start);
        assert_eq!(keepalive.poll(start + secs(300)), Action::SendPing);
        assert_eq!(keepalive.poll(start + secs(319)), Action::Wait(secs(1)));
    }

    #[test]
    fn never_pings_when_it_is_off() {
        let start = Instant::now();
        let mut keepalive = Keepalive::new(None, secs(20), start);
        assert_eq!(
            keepalive.poll(start + secs(100_000)),
            Action::Wait(Duration::MAX)
        );
    }
}
