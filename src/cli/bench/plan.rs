//! What a run is to do, read from the command line and checked as a whole.

use std::time::Duration;

use super::super::arguments::BenchArgs;
pub(super) use super::super::arguments::Mode;
use super::assertion::{self, Assertion};
use super::payload::STAMP_BYTES;

impl Mode {
    /// Whether it sends messages at all.
    pub(super) fn sends(self) -> bool {
        matches!(self, Self::Echo | Self::Fanout)
    }
}

/// One run.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    pub(super) mode: Mode,
    pub(super) connections: u64,
    /// Messages in all; where it is given, only a given duration limits the time.
    pub(super) messages: Option<u64>,
    pub(super) duration: Duration,
    pub(super) warmup: Duration,
    pub(super) ramp: Duration,
    /// Messages a second, of all connections together.
    pub(super) rate: Option<u64>,
    pub(super) depth: u64,
    /// The least and the most bytes of a payload.
    pub(super) size: (usize, usize),
    pub(super) binary: bool,
    /// Connections that send, in fanout.
    pub(super) publishers: u64,
    pub(super) assertions: Vec<Assertion>,
}

/// Stands for "no limit": a year, which can be added to an `Instant` without overflow.
const LONG: Duration = Duration::from_secs(365 * 24 * 3600);

impl Plan {
    /// Reads the flags. The error begins with a flag's name and says what to write.
    pub(super) fn of(args: &BenchArgs) -> Result<Self, String> {
        let (mode, messages) = (args.mode, args.messages);
        let otherwise = |with: Duration, without| if messages.is_some() { with } else { without };
        let (least, most) = args.size.unwrap_or(BenchArgs::SIZE);
        let mut assertions = args
            .assert
            .as_deref()
            .map_or(Ok(Vec::new()), assertion::read)
            .map_err(|why| format!("--assert: {why}"))?;
        let of = |name| assertions.iter().any(|one| one.name == name);
        let (errors, reach) = (of("errors"), of("reach") || mode != Mode::Fanout);
        assertions.extend((!errors).then(assertion::no_errors));
        assertions.extend((!reach).then(assertion::full_reach));
        let flag = match args.size {
            Some(_) => Some("--size"),
            None => args.binary.then_some("--binary"),
        };
        if let Some(flag) = flag.filter(|_| !mode.sends()) {
            return Err(format!(
                "{flag}: only echo and fanout send messages; leave it out"
            ));
        }
        let plan = Self {
            mode,
            connections: args.connections,
            messages,
            duration: (args.duration).unwrap_or(otherwise(LONG, BenchArgs::DURATION)),
            warmup: match args.warmup {
                Some(time) => time,
                None if mode.sends() => otherwise(Duration::ZERO, BenchArgs::WARMUP),
                None => Duration::ZERO,
            },
            ramp: args.ramp,
            rate: args.rate,
            depth: args.depth,
            size: (to_size(least)?, to_size(most)?),
            binary: args.binary,
            publishers: args.publishers,
            assertions,
        };
        plan.check()?;
        Ok(plan)
    }

    fn check(&self) -> Result<(), String> {
        if self.mode == Mode::Fanout && self.size.0 < STAMP_BYTES {
            return Err(format!(
                "--size: messages of a fanout carry a timestamp and need at least {STAMP_BYTES} \
                 bytes"
            ));
        }
        if self.mode == Mode::Fanout && self.publishers > self.connections.min(0xFFFF) {
            return Err(format!(
                "--publishers: {} is more than the number of connections; raise --connections",
                self.publishers
            ));
        }
        if self.mode != Mode::Fanout && self.publishers > 1 {
            return Err("--publishers: only a fanout has publishers; add --mode fanout".to_owned());
        }
        if self.depth > 1 && self.rate.is_some() {
            let why = "--depth: with --rate, messages are sent on a schedule, whatever is in \
                       flight; leave one of the two out";
            return Err(why.to_owned());
        }
        if self.depth > 1 && !self.mode.sends() {
            return Err("--depth: only echo and fanout have messages in flight".to_owned());
        }
        if self.mode == Mode::Idle && (self.messages.is_some() || self.rate.is_some()) {
            return Err("--mode idle sends nothing; leave --messages and --rate out".to_owned());
        }
        Ok(())
    }

    /// Connections that send.
    pub(super) fn senders(&self) -> u64 {
        match self.mode {
            Mode::Fanout => self.publishers,
            _ => self.connections,
        }
    }

    /// When the `number`th message of sender `sender` is due, after the start.
    pub(super) fn due(&self, rate: u64, sender: u64, number: u64) -> Duration {
        let place = u128::from(number) * u128::from(self.senders()) + u128::from(sender);
        let nanos = place * 1_000_000_000 / u128::from(rate);
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)).min(LONG)
    }

    /// How many messages of `rate` a second are due before the warm-up is over.
    pub(super) fn warming_messages(&self, rate: u64) -> u64 {
        let messages = (self.warmup.as_nanos() * u128::from(rate)).div_ceil(1_000_000_000);
        u64::try_from(messages).unwrap_or(u64::MAX)
    }

    /// In a few words.
    pub(super) fn in_words(&self) -> String {
        let (least, most) = self.size;
        let size = match least == most {
            true => format!("{least} B"),
            false => format!("{least} to {most} B"),
        };
        let kind = if self.binary { "binary" } else { "text" };
        let pace = match self.rate {
            Some(rate) => format!("{rate} a second"),
            None => format!("{} in flight", self.depth),
        };
        let connections = match self.connections {
            1 => "1 connection".to_owned(),
            many => format!("{many} connections"),
        };
        match self.mode {
            Mode::Echo => format!("echo, {connections}, {size} {kind}, {pace}"),
            Mode::Fanout => {
                let senders = self.publishers;
                format!("fanout, {senders} to {connections}, {size} {kind}, {pace}")
            }
            Mode::Connect => format!("connect, {} at one time", self.connections),
            Mode::Idle => format!("idle, {connections}"),
        }
    }
}

fn to_size(bytes: u64) -> Result<usize, String> {
    match usize::try_from(bytes) {
        Ok(bytes) if bytes <= 1 << 30 => Ok(bytes),
        _ => Err("--size: the maximum is 1G".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::args::arguments;
    use super::super::super::probe_commands::BENCH;
    use super::*;

    fn plan(flags: &str) -> Result<Plan, String> {
        let flags: Vec<_> = ["u"].into_iter().chain(flags.split_whitespace()).collect();
        Plan::of(&arguments(&BENCH, &flags).bench)
    }

    #[test]
    fn limits_depend_on_what_is_given() {
        let second = Duration::from_secs(1);
        let rows = [
            ("", None, 10 * second, second),
            ("-d 2s", None, 2 * second, second),
            ("-n 5", Some(5), LONG, Duration::ZERO),
            ("-n 5 -d 3s --warmup 2s", Some(5), 3 * second, 2 * second),
            ("--mode connect", None, 10 * second, Duration::ZERO),
            ("--warmup off", None, 10 * second, Duration::ZERO),
            ("--warmup 0s", None, 10 * second, Duration::ZERO),
        ];
        for (flags, messages, duration, warmup) in rows {
            let plan = plan(flags).unwrap();
            assert_eq!(
                (plan.messages, plan.duration, plan.warmup),
                (messages, duration, warmup),
                "{flags}"
            );
        }
        assert_eq!(plan("--size 1k-4k").map(|plan| plan.size), Ok((1024, 4096)));
    }

    #[test]
    fn errors_and_gaps_are_not_allowed_unless_the_command_line_allows_some() {
        for (flags, texts) in [
            ("", &["errors=0"][..]),
            ("--assert p99<1s", &["p99<1s", "errors=0"]),
            ("--assert errors<5", &["errors<5"]),
            ("--mode fanout", &["errors=0", "reach>=100%"]),
            ("--mode fanout --assert reach>50", &["reach>50", "errors=0"]),
        ] {
            let assertions = plan(flags).unwrap().assertions;
            let read: Vec<_> = assertions.iter().map(ToString::to_string).collect();
            assert_eq!(read, texts, "{flags}");
        }
    }

    #[test]
    fn what_does_not_go_together_is_told() {
        let rows = [
            ("--mode fanout --size 8", "--size: messages of a fanout"),
            ("--mode fanout --publishers 11", "--publishers: 11 is more"),
            ("--publishers 2", "--publishers: only a fanout"),
            ("--depth 2 --rate 10", "--depth: with --rate"),
            ("--mode connect --depth 2", "--depth: only echo and fanout"),
            ("--mode connect --size 1k", "--size: only echo and fanout"),
            ("--mode idle --binary", "--binary: only echo and fanout"),
            ("--mode idle -n 1", "--mode idle sends nothing"),
            ("--size 2G", "--size: the maximum is 1G"),
            ("--assert p98<1s", "--assert: \"p98\""),
        ];
        for (flags, why) in rows {
            assert!(plan(flags).is_err_and(|e| e.starts_with(why)), "{flags}");
        }
    }

    #[test]
    fn messages_are_due_one_after_the_other_over_all_senders() {
        let plan = plan("-c 4 --rate 1000").unwrap();
        let due: Vec<_> = (0..8)
            .map(|i| plan.due(1000, i % 4, i / 4).as_millis())
            .collect();
        assert_eq!(due, [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(plan.due(1, 0, u64::MAX), LONG);
    }

    #[test]
    fn the_messages_of_the_warm_up_are_those_that_are_due_in_it() {
        for (flags, rate, messages) in [
            ("-n 5 --rate 1000 --warmup 1s", 1000, 1000),
            ("-n 5 --rate 3 --warmup 500ms", 3, 2),
            ("-n 5 --rate 3", 3, 0),
        ] {
            let plan = plan(flags).unwrap();
            assert_eq!(plan.warming_messages(rate), messages, "{flags}");
            let senders = plan.senders();
            let due = |n: u64| plan.due(rate, n % senders, n / senders);
            assert!(due(messages) >= plan.warmup, "{flags}");
            assert!(messages == 0 || due(messages - 1) < plan.warmup, "{flags}");
        }
    }
}
