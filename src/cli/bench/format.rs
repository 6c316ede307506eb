//! A report as text: rows of numbers and a bar chart of the latencies for people, JSON for
//! programs.

use std::fmt::Write as _;

use super::super::json::quoted;
use super::super::show;
use super::super::term::printable;
use super::plan::Mode;
use super::report::Report;
use wshub::protocol::CloseCode;

/// The characters of the longest bar.
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
            &format!("{} made, {} failed{opening}", self.made, self.failed),
        );
        let volume = self.bytes as f64 / self.seconds.max(1e-9);
        let rate = match self.rate() {
            rate if rate < 1000.0 => format!("{rate:.1}"),
            rate => format!("{rate:.0}"),
        };
        match self.mode {
            Mode::Idle => row("time", &format!("{:.2} s", self.seconds)),
            Mode::Connect => row(
                "handshakes",
                &format!("{} in {:.2} s: {rate}/s", self.messages, self.seconds),
            ),
            Mode::Echo | Mode::Fanout => row(
                if self.mode == Mode::Echo {
                    "messages"
                } else {
                    "deliveries"
                },
                &format!(
                    "{} in {:.2} s: {rate}/s, {}/s",
                    self.messages,
                    self.seconds,
                    show::bytes(volume as u64)
                ),
            ),
        }
        if let (Some((received, expected)), Some(percent)) = (self.reach, self.reach_percent()) {
            row(
                "reach",
                &format!("{percent:.2}%: {} of {}", received, expected),
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
            .map(|(code, count)| format!("{code} {} ({})", CloseCode::meaning(*code), count))
            .collect();
        if !closes.is_empty() {
            row("close codes", &closes.join(", "));
        }
        if self.errors.is_empty() {
            row("errors", "none");
        }
        for (text, count) in &self.errors {
            row("errors", &format!("{count} x {}", printable(text)));
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
        let cores = self
            .cores
            .map_or("null".to_owned(), |cores| format!("{cores:.3}"));
        format!(
            "{{\"url\":{},\"load\":{},\"connections\":{{\"made\":{},\"failed\":{}}},\
             \"seconds\":{:.3},\"messages\":{},\"messages_per_s\":{:.1},\"bytes_per_s\":{:.1},\
             \"latency_us\":{{\"count\":{},{}}},\"reach\":{reach},\"errors\":{{{}}},\
             \"close_codes\":{{{}}},\"late_p99_us\":{:.1},\"cpu_cores\":{cores}}}\n",
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
