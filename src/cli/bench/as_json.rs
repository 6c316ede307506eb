//! A report as JSON: one object on one line, for programs.

use super::super::json::quoted;
use super::report::Report;

impl Report {
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
