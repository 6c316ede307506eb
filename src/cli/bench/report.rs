//! What a run came to: for people, and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::super::json::quoted;
use super::super::show;
use super::super::term::printable;
use super::histogram::Snapshot;
use super::plan::Mode;
use super::run::Run;
use crate::protocol::CloseCode;

/// A machine that wakes its threads so late is short of CPU.
const LATE: Duration = Duration::from_millis(5);

const BAR: usize = 40;

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
    /// This program's CPU time in the measured time; none where the system does not tell.
    pub(super) cpu: Option<Duration>,
}

impl Report {
    /// Of a run that is over.
    pub(super) fn of(run: &Run, url: String, cpu: Option<Duration>) -> Self {
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
            errors: tally.errors.lock().clone(),
            closes: tally.closes.lock().clone(),
            lag: tally.lag.snapshot(),
            cpu,
        }
    }

    fn rate(&self) -> f64 {
        if self.seconds > 0.0 {
            self.messages as f64 / self.seconds
        } else {
            0.0
        }
    }

    fn reach_percent(&self) -> Option<f64> {
        self.reach
            .map(|(received, expected)| received as f64 * 100.0 / expected.max(1) as f64)
    }

    fn latencies(&self) -> [(&'static str, Duration); 8] {
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

    /// The figure that an assertion names: seconds for a time. A time of nothing is no number,
    /// so that no assertion holds of it.
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

    /// A warning when the figures may be the bench's own.
    pub(super) fn warning(&self) -> Option<String> {
        let late = self.lag.quantile(0.99);
        (late > LATE).then(|| {
            let cpu = self.cpu.filter(|_| self.seconds > 0.0).map_or(String::new(), |cpu| {
                format!(", and the bench itself used {:.0}% of a core", cpu.as_secs_f64() * 100.0 / self.seconds)
            });
            format!(
                "this machine was short of CPU: a thread that was due ran up to {} late (p99){cpu}. \
                 The latencies have that in them; use fewer connections or a lower --rate, or run \
                 the bench on another machine than the server",
                show::time(late)
            )
        })
    }

    /// The report for people.
    pub(super) fn for_people(&self) -> String {
        let mut out = String::new();
        let mut row = |name: &str, text: &str| {
            let _ = writeln!(out, "{name:<12} {text}"); // a String takes everything
        };
        row("url", &self.url);
        row("load", &self.what);
        let opening = match self.opening.count() {
            0 => String::new(),
            _ => format!(
                "; opened in {} (p50), {} (p99)",
                show::time(self.opening.quantile(0.5)),
                show::time(self.opening.quantile(0.99))
            ),
        };
        row(
            "connections",
            &format!(
                "{} made, {} failed{opening}",
                show::count(self.made),
                show::count(self.failed)
            ),
        );
        let volume = self.bytes as f64 / self.seconds.max(1e-9);
        let rate = match self.rate() {
            rate if rate < 1000.0 => format!("{rate:.1}"),
            rate => show::count(rate as u64),
        };
        match self.mode {
            Mode::Idle => row("time", &format!("{:.2} s", self.seconds)),
            Mode::Connect => row(
                "handshakes",
                &format!(
                    "{} in {:.2} s: {rate}/s",
                    show::count(self.messages),
                    self.seconds
                ),
            ),
            Mode::Echo | Mode::Fanout => row(
                if self.mode == Mode::Echo {
                    "messages"
                } else {
                    "deliveries"
                },
                &format!(
                    "{} in {:.2} s: {rate}/s, {}/s",
                    show::count(self.messages),
                    self.seconds,
                    show::bytes(volume as u64)
                ),
            ),
        }
        if let (Some((received, expected)), Some(percent)) = (self.reach, self.reach_percent()) {
            row(
                "reach",
                &format!(
                    "{percent:.2}%: {} of {}",
                    show::count(received),
                    show::count(expected)
                ),
            );
        }
        if self.latency.count() > 0 {
            let times = self
                .latencies()
                .map(|(name, time)| format!("{name} {}", show::time(time)));
            row("latency", &times[..4].join("  "));
            row("", &times[4..].join("  "));
        }
        let closes: Vec<_> = self
            .closes
            .iter()
            .map(|(code, count)| {
                format!(
                    "{code} {} ({})",
                    CloseCode::meaning(*code),
                    show::count(*count)
                )
            })
            .collect();
        if !closes.is_empty() {
            row("close codes", &closes.join(", "));
        }
        if self.errors.is_empty() {
            row("errors", "none");
        }
        for (text, count) in &self.errors {
            row(
                "errors",
                &format!("{} x {}", show::count(*count), printable(text)),
            );
        }
        self.push_histogram(&mut out);
        out
    }

    fn push_histogram(&self, out: &mut String) {
        let rows = self.latency.octaves();
        let most = rows.iter().map(|(_, count)| *count).max().unwrap_or(0);
        if most == 0 {
            return;
        }
        out.push('\n');
        for (bound, count) in rows {
            let bar = (count as u128 * BAR as u128).div_ceil(u128::from(most)) as usize; // at most BAR
            let percent = count as f64 * 100.0 / self.latency.count() as f64;
            let _ = writeln!(
                out,
                "  < {:>7}  {:<BAR$} {percent:6.2}%",
                show::time(bound),
                "#".repeat(bar)
            );
        }
    }

    /// The report as one JSON object on one line.
    pub(super) fn as_json(&self) -> String {
        let latency: Vec<_> = self
            .latencies()
            .iter()
            .map(|(name, time)| format!("\"{name}\":{:.3}", time.as_nanos() as f64 / 1e3))
            .collect();
        let errors: Vec<_> = self
            .errors
            .iter()
            .map(|(text, count)| format!("{}:{count}", quoted(text)))
            .collect();
        let closes: Vec<_> = self
            .closes
            .iter()
            .map(|(code, count)| format!("\"{code}\":{count}"))
            .collect();
        let reach = match (self.reach, self.reach_percent()) {
            (Some((received, expected)), Some(percent)) => {
                format!(
                    "{{\"received\":{received},\"expected\":{expected},\"percent\":{percent:.3}}}"
                )
            }
            _ => "null".to_owned(),
        };
        let cpu = self
            .cpu
            .map_or("null".to_owned(), |cpu| format!("{:.3}", cpu.as_secs_f64()));
        format!(
            "{{\"url\":{},\"load\":{},\"connections\":{{\"made\":{},\"failed\":{}}},\
             \"seconds\":{:.3},\"messages\":{},\"messages_per_s\":{:.1},\"bytes_per_s\":{:.1},\
             \"latency_us\":{{\"count\":{},{}}},\"reach\":{reach},\"errors\":{{{}}},\
             \"close_codes\":{{{}}},\"late_p99_us\":{:.1},\"cpu_s\":{cpu}}}\n",
            quoted(&self.url),
            quoted(&self.what),
            self.made,
            self.failed,
            self.seconds,
            self.messages,
            self.rate(),
            self.bytes as f64 / self.seconds.max(1e-9),
            self.latency.count(),
            latency.join(","),
            errors.join(","),
            closes.join(","),
            self.lag.quantile(0.99).as_nanos() as f64 / 1e3,
        )
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
            cpu: Some(Duration::from_millis(1500)),
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
        assert_eq!(report.warning(), None);
        late.record(Duration::from_millis(30));
        report.lag = late.snapshot();
        assert!(
            report
                .warning()
                .is_some_and(|w| w.contains("75% of a core"))
        );
    }
}
