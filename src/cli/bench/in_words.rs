//! A report for people: rows of figures, and the latencies drawn as bars.

use std::fmt::Write as _;

use super::super::show;
use super::super::term::printable;
use super::plan::Mode;
use super::report::Report;
use crate::protocol::CloseCode;

const BAR: usize = 40;

impl Report {
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
}
