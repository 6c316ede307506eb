//! Prometheus' text format, version 0.0.4: families of samples, each with its help and type.

use std::fmt::{Display, Write as _};

/// The media type that it is sent with.
pub(in crate::standard) const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// An exposition that grows family by family.
#[derive(Debug, Default)]
pub(super) struct Exposition(String);

impl Exposition {
    /// Begins a family; its samples follow. `kind`: counter, gauge or histogram.
    pub(super) fn family(&mut self, name: &'static str, kind: &str, help: &str) -> Family<'_> {
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {kind}"));
        Family {
            exposition: self,
            name,
        }
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }

    fn line(&mut self, line: impl Display) {
        let _ = writeln!(self.0, "{line}"); // writing to a String cannot fail
    }
}

/// The family that samples are being added to.
pub(super) struct Family<'a> {
    exposition: &'a mut Exposition,
    name: &'static str,
}

impl Family<'_> {
    /// Adds the one sample without labels.
    pub(super) fn value(&mut self, value: impl Display) {
        self.sample("", &[], value);
    }

    /// Adds a sample with labels.
    pub(super) fn labelled(&mut self, labels: &[(&str, &str)], value: impl Display) {
        self.sample("", labels, value);
    }

    /// Adds a sample whose name ends with `suffix`: for histograms.
    pub(super) fn sample(&mut self, suffix: &str, labels: &[(&str, &str)], value: impl Display) {
        let pairs: Vec<String> = labels
            .iter()
            .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
            .collect();
        let braces = if pairs.is_empty() {
            ("", "")
        } else {
            ("{", "}")
        };
        self.exposition.line(format_args!(
            "{}{suffix}{}{}{} {value}",
            self.name,
            braces.0,
            pairs.join(","),
            braces.1
        ));
    }
}

/// A label's value, as the format wants it.
fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_and_samples() {
        let mut exposition = Exposition::default();
        exposition.family("a_total", "counter", "Of a.").value(1);
        let mut family = exposition.family("b", "gauge", "Of b.");
        family.labelled(&[("x", "1"), ("y", "a\"b\\c\nd")], 2.5);
        assert_eq!(
            exposition.into_text(),
            "# HELP a_total Of a.\n# TYPE a_total counter\na_total 1\n\
             # HELP b Of b.\n# TYPE b gauge\nb{x=\"1\",y=\"a\\\"b\\\\c\\nd\"} 2.5\n"
        );
    }
}
