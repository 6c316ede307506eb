//! The progress on stderr while a run goes on.

use std::io::{self, IsTerminal};
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use super::super::output::{notice, stderr};
use super::super::show;
use super::histogram::Snapshot;
use super::run::Run;

/// On a terminal one line that is drawn over again and again, elsewhere a line each second.
pub(super) struct Progress {
    quiet: bool,
    terminal: bool,
    next: Instant,
    before: Option<(Instant, Snapshot)>,
}

impl Progress {
    pub(super) fn new(quiet: bool) -> Self {
        Self {
            quiet,
            terminal: io::stderr().is_terminal(),
            next: Instant::now() + Duration::from_millis(300),
            before: None,
        }
    }

    fn is_due(&mut self) -> bool {
        let now = Instant::now();
        let due = !self.quiet && now >= self.next;
        if due {
            let pause = if self.terminal { 250 } else { 1000 };
            self.next = now + Duration::from_millis(pause);
        }
        due
    }

    fn draw(&self, line: &str) {
        let (before, behind) = if self.terminal {
            ("\r\x1b[K", "")
        } else {
            ("", "\n")
        };
        stderr(format_args!("{before}{line}{behind}"));
    }

    pub(super) fn connecting(&mut self, run: &Run) {
        if self.is_due() {
            let (ready, all) = (run.tally.ready.load(Relaxed), run.plan.connections);
            self.draw(&format!(
                "{} connecting: {ready} of {all}",
                bar(ready as f64 / all as f64)
            ));
        }
    }

    pub(super) fn running(&mut self, run: &Run) {
        if !self.is_due() {
            return;
        }
        let now = Instant::now();
        let latency = run.tally.latency.snapshot();
        let (rate, p99) = match &self.before {
            Some((then, before)) => {
                let since = latency.since(before);
                (
                    since.count() as f64 / (now - *then).as_secs_f64(),
                    p99(&since),
                )
            }
            None => (0.0, p99(&latency)),
        };
        self.before = Some((now, latency));
        let share = match run.expected() {
            Some(all) => run.tally.received.load(Relaxed) as f64 / all as f64,
            None => {
                let whole = (run.end() - run.start()).as_secs_f64();
                now.saturating_duration_since(run.start()).as_secs_f64() / whole.max(1e-9)
            }
        };
        let phase = if run.measured_time().is_zero() {
            "warming up  "
        } else {
            ""
        };
        let number = |number: u64| match self.terminal {
            true => show::count(number),
            false => number.to_string(),
        };
        self.draw(&format!(
            "{} {phase}{}/s  p99 {p99}  errors {}",
            bar(share),
            number(rate as u64),
            number(run.tally.error_count())
        ));
    }

    /// Says something, above the line that is drawn.
    pub(super) fn say(&self, text: &str) {
        self.end();
        notice(text);
    }

    pub(super) fn end(&self) {
        if self.terminal && !self.quiet {
            self.draw("");
        }
    }
}

/// The 99th percentile; a dash while nothing was measured.
fn p99(latency: &Snapshot) -> String {
    match latency.count() {
        0 => "-".to_owned(),
        _ => show::time(latency.quantile(0.99)),
    }
}

/// `[#####-----]  50%`.
fn bar(share: f64) -> String {
    let share = share.clamp(0.0, 1.0);
    let full = (share * 20.0) as usize; // 0 to 20
    format!(
        "[{}{}] {:3.0}%",
        "#".repeat(full),
        "-".repeat(20 - full),
        share * 100.0
    )
}

#[cfg(test)]
mod tests {
    use super::super::histogram::Histogram;
    use super::*;

    #[test]
    fn a_latency_of_nothing_is_a_dash() {
        let histogram = Histogram::default();
        assert_eq!(p99(&histogram.snapshot()), "-");
        histogram.record(Duration::from_nanos(17));
        assert_eq!(p99(&histogram.snapshot()), "17ns");
    }

    #[test]
    fn bars() {
        assert_eq!(bar(0.5), "[##########----------]  50%");
        assert_eq!(bar(7.0), format!("[{}] 100%", "#".repeat(20)));
        assert_eq!(bar(f64::NAN), format!("[{}] NaN%", "-".repeat(20)));
    }
}
