//! Every clock of an open connection as one value that is told the time: keepalive (RFC 6455
//! sections 5.5.2 and 5.5.3), silence of messages, the wait for the peer's Close (7.1.3) and
//! the wait for the end of TCP (7.1.1).
//!
//! The owner calls [`Timers::next_action`] with the present time, does what it says, and calls
//! again; [`Action::Wait`] bounds the next read.

use std::fmt;
use std::time::{Duration, Instant};

use super::settings::{SettingError, check_count, check_duration};

/// How long bytes are read and discarded, at most, before TCP is closed (section 7.1.1).
const DRAIN_TIME: Duration = Duration::from_secs(1);

/// The least rate at which a message that has begun has to arrive, so that nobody holds memory
/// and a thread for the price of a byte now and then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MinRate {
    /// Bytes a second, of frames and their headers. Default 1024, at least 1.
    pub bytes_per_second: u32,
    /// The time over which that is averaged. Default 30 s; more than zero, at most 365 days.
    pub window: Duration,
}

impl Default for MinRate {
    fn default() -> Self {
        Self {
            bytes_per_second: 1024,
            window: Duration::from_secs(30),
        }
    }
}

impl MinRate {
    /// Checks that it means something.
    ///
    /// # Errors
    ///
    /// A rate of zero, or a time that is zero or longer than 365 days.
    pub fn check(&self) -> Result<(), SettingError> {
        check_count("min_rate.bytes_per_second", self.bytes_per_second.into())?;
        check_duration("min_rate.window", self.window)
    }

    /// Whether so many bytes in a whole window are enough.
    fn is_kept(&self, bytes: u64) -> bool {
        let bytes = u128::from(bytes) * 1_000_000_000;
        bytes >= u128::from(self.bytes_per_second) * self.window.as_nanos()
    }
}

/// How long an open connection waits for what. Every duration is more than zero and at most
/// 365 days; [`Timeouts::check`] tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Silence after which a ping goes out; `None`: never. Default 20 s.
    pub ping_interval: Option<Duration>,
    /// Further silence after which the connection is closed with 1011. Default 20 s.
    pub ping_timeout: Duration,
    /// Silence of messages after which this end closes with 1001; `None`: never, the default.
    pub idle: Option<Duration>,
    /// How long a Close may take to be written, and how long the peer then has to answer ours.
    /// Default 5 s. Before a Close that is sent by another thread goes what is queued; for that
    /// the peer has a second more for each 64 KiB.
    pub close: Duration,
    /// How long one write may be blocked. Default 10 s.
    pub write: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            ping_interval: Some(Duration::from_secs(20)),
            ping_timeout: Duration::from_secs(20),
            idle: None,
            close: Duration::from_secs(5),
            write: Duration::from_secs(10),
        }
    }
}

impl Timeouts {
    /// Checks that every duration means something.
    ///
    /// # Errors
    ///
    /// The first setting that is zero or longer than 365 days.
    pub fn check(&self) -> Result<(), SettingError> {
        if let Some(interval) = self.ping_interval {
            check_duration("timeouts.ping_interval", interval)?;
        }
        check_duration("timeouts.ping_timeout", self.ping_timeout)?;
        if let Some(idle) = self.idle {
            check_duration("timeouts.idle", idle)?;
        }
        check_duration("timeouts.close", self.close)?;
        check_duration("timeouts.write", self.write)
    }
}

/// The next step for the owner of [`Timers`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Nothing for this long, unless something arrives; `Duration::MAX` means without a bound.
    Wait(Duration),
    /// Send a ping with this payload. The next call waits for the answer.
    SendPing([u8; 8]),
    /// Close the connection, for this reason.
    Close(Expired),
    /// The time for the peer's Close, or for the end of TCP, is over.
    Abort,
}

/// Why a connection is closed by its clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expired {
    /// Nothing arrived within the ping timeout.
    NoPong(Duration),
    /// No message came for the idle timeout.
    Idle,
    /// A message had begun and arrived more slowly than this.
    TooSlow(MinRate),
}

impl fmt::Display for Expired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPong(timeout) if *timeout < Duration::from_secs(1) => {
                write!(f, "no pong for {}ms", timeout.as_millis())
            }
            Self::NoPong(timeout) => write!(f, "no pong for {}s", timeout.as_secs_f64()),
            Self::Idle => f.write_str("idle"),
            Self::TooSlow(MinRate {
                bytes_per_second,
                window,
            }) => write!(
                f,
                "message slower than {bytes_per_second} bytes a second for {}s",
                window.as_secs_f64()
            ),
        }
    }
}

/// The end that is awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    /// The peer's Close, until then.
    AwaitingClose(Instant),
    /// The end of TCP, until then.
    AwaitingEnd(Instant),
}

/// The clocks of one connection.
#[derive(Debug, Clone)]
pub struct Timers {
    timeouts: Timeouts,
    phase: Phase,
    opened: Instant,
    /// When the last byte came.
    heard: Instant,
    /// When the last message came.
    last_message: Instant,
    /// Pings sent, and when the last one was, while its own pong has not come.
    pings: u64,
    pinged: Option<Instant>,
    /// `None`: a message may arrive at any rate.
    min_rate: Option<MinRate>,
    /// A message is arriving: since when what came of it is counted, and the bytes so far.
    arriving: Option<(Instant, u64)>,
}

impl Timers {
    /// The clocks of a connection that opened at `now`.
    pub fn new(timeouts: Timeouts, now: Instant) -> Self {
        Self {
            timeouts,
            phase: Phase::Open,
            opened: now,
            heard: now,
            last_message: now,
            pings: 0,
            pinged: None,
            min_rate: None,
            arriving: None,
        }
    }

    /// The least rate at which a message that has begun has to arrive; `None`, the default: any.
    pub fn set_min_rate(&mut self, min_rate: Option<MinRate>) {
        self.min_rate = min_rate;
    }

    /// Whether [`Timers::arriving`] and [`Timers::arrived`] are to be called at all.
    pub fn times_arrival(&self) -> bool {
        self.min_rate.is_some()
    }

    /// So many bytes came, and a message is arriving that is not complete. `anew`: it began
    /// among them, or this end has not read from the peer for a while.
    pub fn arriving(&mut self, bytes: usize, anew: bool, now: Instant) {
        match &mut self.arriving {
            Some((_, so_far)) if !anew => *so_far += bytes as u64,
            arriving => *arriving = Some((now, 0)),
        }
    }

    /// No message is arriving any more.
    pub fn arrived(&mut self) {
        self.arriving = None;
    }

    /// Bytes came: any byte shows that the peer is there.
    pub fn heard(&mut self, now: Instant) {
        self.heard = now;
    }

    /// Whether [`Timers::message`] is to be called at all.
    pub fn times_messages(&self) -> bool {
        self.timeouts.idle.is_some()
    }

    /// A message came.
    pub fn message(&mut self, now: Instant) {
        self.last_message = now;
    }

    /// A pong came: how long it took, if it answers the last ping of the keepalive.
    pub fn pong(&mut self, payload: &[u8], now: Instant) -> Option<Duration> {
        if payload != self.pings.to_be_bytes() {
            return None;
        }
        let pinged = self.pinged.take()?;
        Some(now.saturating_duration_since(pinged))
    }

    /// Our Close is out: the peer has until `deadline` to answer it.
    pub fn close_sent(&mut self, deadline: Instant) {
        if self.phase == Phase::Open {
            self.phase = Phase::AwaitingClose(deadline);
        }
    }

    /// Both Closes are exchanged, or the connection was failed: the end of TCP is awaited for a
    /// second.
    pub fn draining(&mut self, now: Instant) {
        self.phase = Phase::AwaitingEnd(now + DRAIN_TIME);
    }

    /// How long the connection has lasted.
    pub fn lasted(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.opened)
    }

    /// How long nothing has come.
    pub fn silent(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.heard)
    }

    /// What to do at `now`.
    pub fn next_action(&mut self, now: Instant) -> Action {
        match self.phase {
            Phase::Open => {}
            Phase::AwaitingClose(deadline) | Phase::AwaitingEnd(deadline) => {
                let left = deadline.saturating_duration_since(now);
                return match left.is_zero() {
                    true => Action::Abort,
                    false => Action::Wait(left),
                };
            }
        }
        let mut wait = match self.keepalive(now) {
            Action::Wait(wait) => wait,
            action => return action,
        };
        if let Some(idle) = self.timeouts.idle {
            match remaining(idle, self.last_message, now) {
                None => return Action::Close(Expired::Idle),
                Some(left) => wait = wait.min(left),
            }
        }
        if let (Some(rate), Some((since, bytes))) = (self.min_rate, self.arriving) {
            match remaining(rate.window, since, now) {
                None if !rate.is_kept(bytes) => return Action::Close(Expired::TooSlow(rate)),
                None => {
                    self.arriving = Some((now, 0));
                    wait = wait.min(rate.window);
                }
                Some(left) => wait = wait.min(left),
            }
        }
        Action::Wait(wait)
    }

    fn keepalive(&mut self, now: Instant) -> Action {
        let Some(interval) = self.timeouts.ping_interval else {
            return Action::Wait(Duration::MAX);
        };
        let timeout = self.timeouts.ping_timeout;
        // A ping waits for its timeout while nothing has come since.
        let awaited = self.pinged.filter(|pinged| *pinged > self.heard);
        let (time, since) = match awaited {
            None => (interval, self.heard),
            Some(pinged) => (timeout, pinged),
        };
        match (remaining(time, since, now), awaited) {
            (Some(left), _) => Action::Wait(left),
            (None, Some(_)) => Action::Close(Expired::NoPong(timeout)),
            (None, None) => {
                self.pings += 1;
                self.pinged = Some(now);
                Action::SendPing(self.pings.to_be_bytes())
            }
        }
    }
}

/// The rest of `time`, counted from `since`; `None` once it is over.
fn remaining(time: Duration, since: Instant, now: Instant) -> Option<Duration> {
    let left = time.saturating_sub(now.saturating_duration_since(since));
    (!left.is_zero()).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Action::*;

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn timers(change: impl FnOnce(&mut Timeouts), start: Instant) -> Timers {
        let mut timeouts = Timeouts::default();
        change(&mut timeouts);
        Timers::new(timeouts, start)
    }

    #[test]
    fn a_ping_follows_the_interval_and_a_close_the_timeout() {
        let start = Instant::now();
        let mut timers = timers(|t| t.ping_timeout = secs(15), start);
        let rows = [
            (0, Wait(secs(20))),
            (19, Wait(secs(1))),
            (20, SendPing(1_u64.to_be_bytes())),
            (20, Wait(secs(15))),
            (34, Wait(secs(1))),
            (35, Close(Expired::NoPong(secs(15)))),
        ];
        for (at, action) in rows {
            assert_eq!(timers.next_action(start + secs(at)), action, "at {at} s");
        }
    }

    #[test]
    fn any_byte_starts_the_silence_anew() {
        let start = Instant::now();
        let mut timers = timers(|_| {}, start);
        timers.heard(start + secs(10));
        assert_eq!(timers.next_action(start + secs(20)), Wait(secs(10)));
        let ping = timers.next_action(start + secs(30));
        assert_eq!(ping, SendPing(1_u64.to_be_bytes()));
        timers.heard(start + secs(49));
        assert_eq!(timers.next_action(start + secs(50)), Wait(secs(19)));
        let ping = timers.next_action(start + secs(69));
        assert_eq!(ping, SendPing(2_u64.to_be_bytes()));
    }

    #[test]
    fn a_ping_sent_late_still_has_its_whole_timeout() {
        let start = Instant::now();
        let mut timers = timers(|_| {}, start);
        let ping = timers.next_action(start + secs(300));
        assert_eq!(ping, SendPing(1_u64.to_be_bytes()));
        assert_eq!(timers.next_action(start + secs(319)), Wait(secs(1)));
    }

    #[test]
    fn nothing_happens_when_everything_is_off() {
        let start = Instant::now();
        let mut timers = timers(|t| t.ping_interval = None, start);
        let later = start + secs(100_000);
        assert_eq!(timers.next_action(later), Wait(Duration::MAX));
    }

    #[test]
    fn a_pong_to_the_last_ping_tells_its_round_trip_once() {
        let start = Instant::now();
        let mut timers = timers(|_| {}, start);
        assert_eq!(timers.pong(&0_u64.to_be_bytes(), start), None, "unasked");
        timers.next_action(start + secs(20));
        timers.heard(start + secs(21));
        assert_eq!(timers.pong(b"other", start + secs(21)), None);
        let pong = 1_u64.to_be_bytes();
        assert_eq!(timers.pong(&pong, start + secs(22)), Some(secs(2)));
        assert_eq!(timers.pong(&pong, start + secs(23)), None, "once");
    }

    #[test]
    fn silence_of_messages_ends_a_connection_that_is_alive() {
        let start = Instant::now();
        let mut timers = timers(|t| t.idle = Some(secs(30)), start);
        timers.heard(start + secs(25));
        assert_eq!(timers.next_action(start + secs(25)), Wait(secs(5)));
        timers.message(start + secs(26));
        timers.heard(start + secs(50));
        assert_eq!(timers.next_action(start + secs(55)), Wait(secs(1)));
        let action = timers.next_action(start + secs(56));
        assert_eq!(action, Close(Expired::Idle));
    }

    #[test]
    fn a_message_that_has_begun_arrives_at_the_least_rate_or_ends_the_connection() {
        let start = Instant::now();
        let at = |seconds| start + secs(seconds);
        let mut timers = timers(|t| t.ping_interval = None, start);
        timers.arriving(10, true, at(0));
        assert_eq!(
            timers.next_action(at(1000)),
            Wait(Duration::MAX),
            "any rate"
        );
        let rate = MinRate {
            bytes_per_second: 100,
            ..MinRate::default()
        };
        timers.set_min_rate(Some(rate));
        timers.arriving(10, true, at(1000));
        assert_eq!(timers.next_action(at(1000)), Wait(secs(30)));
        timers.arriving(2999, false, at(1010));
        timers.arriving(1, false, at(1029));
        assert_eq!(timers.next_action(at(1029)), Wait(secs(1)));
        assert_eq!(
            timers.next_action(at(1030)),
            Wait(secs(30)),
            "it was just enough"
        );
        timers.arriving(2999, false, at(1050));
        let too_slow = Expired::TooSlow(rate);
        assert_eq!(timers.clone().next_action(at(1060)), Close(too_slow));
        assert_eq!(
            too_slow.to_string(),
            "message slower than 100 bytes a second for 30s"
        );
        let mut another = timers.clone();
        another.arriving(5, true, at(1059)); // a new message
        assert_eq!(another.next_action(at(1060)), Wait(secs(29)));
        timers.arrived();
        assert_eq!(timers.next_action(at(5000)), Wait(Duration::MAX));
    }

    #[test]
    fn after_our_close_only_its_deadline_counts_and_then_a_second_for_the_end() {
        let start = Instant::now();
        let mut timers = timers(|_| {}, start);
        timers.close_sent(start + secs(5));
        timers.close_sent(start + secs(50)); // told again: the first one stays
        assert_eq!(timers.next_action(start + secs(1)), Wait(secs(4)));
        assert_eq!(timers.next_action(start + secs(5)), Abort);
        timers.draining(start + secs(4));
        assert_eq!(timers.next_action(start + secs(4)), Wait(secs(1)));
        assert_eq!(timers.next_action(start + secs(5)), Abort);
    }

    #[test]
    fn durations_that_mean_nothing_are_refused() {
        type Change = fn(&mut Timeouts);
        let rows: &[(Change, &str)] = &[
            (
                |t| t.ping_interval = Some(Duration::ZERO),
                "timeouts.ping_interval",
            ),
            (
                |t| t.ping_interval = Some(Duration::MAX),
                "timeouts.ping_interval",
            ),
            (|t| t.ping_timeout = Duration::ZERO, "timeouts.ping_timeout"),
            (|t| t.idle = Some(Duration::MAX), "timeouts.idle"),
            (|t| t.close = Duration::MAX, "timeouts.close"),
            (|t| t.write = Duration::ZERO, "timeouts.write"),
        ];
        for (change, setting) in rows {
            let mut timeouts = Timeouts::default();
            change(&mut timeouts);
            let error = timeouts.check().unwrap_err();
            assert!(error.to_string().starts_with(setting), "{error}");
        }
        assert_eq!(Timeouts::default().check(), Ok(()));
    }
}
