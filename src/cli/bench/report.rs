//! The figures of a run, each by its name.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::super::lock::lock;
use super::super::show;
use super::histogram::Snapshot;
use super::plan::Mode;
use super::run::Run;

/// A machine that wakes its threads later than this is short of CPU.
const LATE: Duration = Duration::from_millis(5);

/// Past so many connections the latencies are mostly the turns of the bench's own threads. Up to
/// them the median is at most half as much again as what one thread for all connections sees in a
/// fan-out, and a quarter more for echoes (tests/bench/README.md has the measurement).
const MOST_IN_FANOUT: u64 = 50;
const MOST_IN_ECHO: u64 = 500;

/// The figures of a run.
pub(super) struct Report {
    pub(super) url: String,
    pub(super) what: String,
    pub(super) mode: Mode,
    pub(super) made: u64,
    pub(super) failed: u64,
    pub(super) opening: Snapshot,
    pub(super) seconds: f64,
    pub(super) messages: u64,
    pub(super) bytes: u64,
    pub(super) latency: Snapshot,
    /// Received and expected, in a fanout.
    pub(super) reach: Option<(u64, u64)>,
    pub(super) errors: BTreeMap<String, u64>,
    pub(super) closes: BTreeMap<u16, u64>,
    pub(super) lag: Snapshot,
    /// The CPU that this program used in the measured time, in cores; none where the system does
    /// not tell.
    pub(super) cores: Option<f64>,
}

impl Report {
    /// The figures of a run that is over.
    pub(super) fn of(run: &Run, url: String, cores: Option<f64>) -> Self {
        let tally = &run.tally;
        let made = tally.made.load(Relaxed);
        let expected = tally.published.load(Relaxed).saturating_mul(made);
        Self {
            url,
            what: run.plan.in_words(),
            mode: run.plan.mode,
            made,
            failed: tally.failed.load(Relaxed),
            opening: tally.opening.snapshot(),
            seconds: run.measured_time().as_secs_f64(),
            messages: tally.measured.load(Relaxed),
            bytes: tally.bytes.load(Relaxed),
            latency: tally.latency.snapshot(),
            reach: (run.plan.mode == Mode::Fanout)
                .then(|| (tally.received.load(Relaxed), expected)),
            errors: lock(&tally.errors).clone(),
            closes: lock(&tally.closes).clone(),
            lag: tally.lag.snapshot(),
            cores,
        }
    }

    pub(super) fn rate(&self) -> f64 {
        if self.seconds > 0.0 {
            self.messages as f64 / self.seconds
        } else {
            0.0
        }
    }

    pub(super) fn reach_percent(&self) -> Option<f64> {
        self.reach
            .map(|(received, expected)| received as f64 * 100.0 / expected.max(1) as f64)
    }

    pub(super) fn latencies(&self) -> [(&'static str, Duration); 8] {
        let all = &self.latency;
        [
            ("min", all.min()),
            ("mean", all.mean()),
            ("p50", all.quantile(0.5)),
            ("p90", all.quantile(0.9)),
            ("p95", all.quantile(0.95)),
            ("p99", all.quantile(0.99)),
            ("p99.9", all.quantile(0.999)),
            ("max", all.max()),
        ]
    }

    /// The figure that an assertion names, in seconds for a time. Without any latency a time is
    /// NaN, of which no assertion holds.
    pub(super) fn figure(&self, name: &str) -> f64 {
        match name {
            "rate" => self.rate(),
            "reach" => self.reach_percent().unwrap_or(f64::NAN),
            "errors" => self.errors.values().sum::<u64>() as f64,
            "failed" => self.failed as f64,
            _ if self.latency.count() == 0 => f64::NAN,
            _ => {
                let found = self
                    .latencies()
                    .into_iter()
                    .find(|(known, _)| *known == name);
                found.map_or(f64::NAN, |(_, time)| time.as_secs_f64())
            }
        }
    }

    /// Warnings for runs in which the bench itself may have influenced the figures.
    pub(super) fn warnings(&self) -> Vec<String> {
        [self.late(), self.past_its_range()]
            .into_iter()
            .flatten()
            .collect()
    }

    fn late(&self) -> Option<String> {
        let late = self.lag.quantile(0.99);
        (late > LATE).then(|| {
            let cpu = self.cores.map_or(String::new(), |cores| {
                format!(
                    ", and the bench itself used {:.0}% of a core",
                    cores * 100.0
                )
            });
            format!(
                "this machine was short of CPU: threads ran up to {} later than scheduled \
                 (p99){cpu}. The latencies include that delay; use fewer connections or a lower \
                 --rate, or run \
                 the bench on another machine than the server",
                show::time(late)
            )
        })
    }

    fn past_its_range(&self) -> Option<String> {
        let (most, what) = match self.mode {
            Mode::Fanout => (MOST_IN_FANOUT, "fan-out"),
            Mode::Echo => (MOST_IN_ECHO, "echoes"),
            Mode::Connect | Mode::Idle => return None,
        };
        (self.made > most && self.latency.count() > 0).then(|| {
            format!(
                "past {most} connections the latencies of {what} are not the server's alone: the bench \
                 has a thread for each, and with {} they include the wait for its own threads to run. \
                 Errors and reach are not affected",
                self.made
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::histogram::Histogram;
    use super::*;

    fn report() -> Report {
        let latency = Histogram::default();
        for micros in [100, 200, 300, 1000] {
            latency.record(Duration::from_micros(micros));
        }
        Report {
            url: "ws://h/".into(),
            what: "fanout".into(),
            mode: Mode::Fanout,
            made: 4,
            failed: 1,
            opening: Histogram::default().snapshot(),
            seconds: 2.0,
            messages: 4,
            bytes: 256,
            latency: latency.snapshot(),
            reach: Some((4, 8)),
            errors: BTreeMap::from([("bad \"x\"\u{1b}".to_owned(), 3)]),
            closes: BTreeMap::from([(1000, 4)]),
            lag: Histogram::default().snapshot(),
            cores: Some(0.75),
        }
    }

    #[test]
    fn figures_by_name() {
        let report = report();
        let rows = [
            ("rate", 2.0),
            ("reach", 50.0),
            ("errors", 3.0),
            ("failed", 1.0),
            ("max", 0.001),
            ("min", 0.0001),
        ];
        for (name, figure) in rows {
            assert_eq!(report.figure(name), figure, "{name}");
        }
        assert!((report.figure("p50") - 0.0002).abs() < 0.000_01);
        let silent = Report {
            latency: Histogram::default().snapshot(),
            reach: None,
            ..report
        };
        assert!(silent.figure("p99").is_nan() && silent.figure("reach").is_nan());
    }

    #[test]
    fn both_forms_are_whole() {
        let report = report();
        let text = report.for_people();
        for part in [
            "4 made, 1 failed",
            "4 in 2.00 s: 2.0/s, 128 B/s",
            "50.00%: 4 of 8",
            "max 1.00ms",
            "3 x bad \"x\"\\x1b",
            "1000 normal closure (4)",
            "<  1.02ms  ",
        ] {
            assert!(text.contains(part), "{part:?} in {text}");
        }
        assert!(text.lines().all(|line| line.len() <= 100));
        let json = report.as_json();
        assert!(super::super::super::json::pretty(&json).is_some(), "{json}");
    }

    #[test]
    fn a_machine_that_is_late_is_told() {
        let late = Histogram::default();
        let mut report = report();
        assert!(report.warnings().is_empty());
        late.record(Duration::from_millis(30));
        report.lag = late.snapshot();
        let warnings = report.warnings();
        assert!(
            matches!(&warnings[..], [only] if only.contains("75% of a core")),
            "{warnings:?}"
        );
    }

    #[test]
    fn more_connections_than_the_latencies_are_true_for_are_told() {
        let rows = [
            (Mode::Fanout, MOST_IN_FANOUT, false),
            (Mode::Fanout, MOST_IN_FANOUT + 1, true),
            (Mode::Echo, MOST_IN_ECHO, false),
            (Mode::Echo, MOST_IN_ECHO + 1, true),
        ];
        for (mode, made, warns) in rows {
            let report = Report {
                mode,
                made,
                ..report()
            };
            let warnings = report.warnings();
            assert_eq!(!warnings.is_empty(), warns, "{made}: {warnings:?}");
        }
        let silent = Report {
            made: MOST_IN_FANOUT + 1,
            latency: Histogram::default().snapshot(),
            ..report()
        };
        assert!(silent.warnings().is_empty(), "there is no latency");
    }
}
