//! The verdicts as they come, and the end of the table: after the last vector, or at Ctrl-C.

use std::io::{self, IsTerminal, Write};
use std::process;
use std::sync::Arc;
use std::time::Duration;

use super::PATIENCE;
use super::judge::Verdict;
use super::report::{Outcome, as_json, count, is_wanted, summary};
use crate::cli::exit::Exit;
use crate::cli::term::colour_wanted;
use crate::cli::values::Values;
use crate::transport::Lock;

/// Writes to stdout. The error is how to leave: quietly, when nobody reads any more.
pub(super) fn write(text: &str) -> Result<(), Exit> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Exit::Done),
        Err(error) => {
            eprintln!("wshub: cannot write the report: {error}");
            Err(Exit::Failure)
        }
    }
}

/// What has been found out, and how it is shown.
pub(super) struct Table<'a> {
    outcomes: Arc<Lock<Vec<Outcome>>>,
    sections: Vec<&'a str>,
    pub(super) patience: Duration,
    json: bool,
    all: bool,
    colour: bool,
}

impl<'a> Table<'a> {
    pub(super) fn new(values: &'a Values) -> Self {
        let no_color = std::env::var("NO_COLOR").ok();
        Self {
            outcomes: Arc::default(),
            sections: values.all("--section"),
            patience: values.duration("--timeout").unwrap_or(PATIENCE),
            json: values.switch("--json"),
            all: values.switch("--all"),
            colour: colour_wanted(io::stdout().is_terminal(), no_color.as_deref()),
        }
    }

    pub(super) fn wants(&self, section: &str) -> bool {
        is_wanted(section, &self.sections)
    }

    /// Shows a verdict. It is kept while it is shown, so that a table which Ctrl-C ends counts
    /// what stands above.
    pub(super) fn add(&self, outcome: Outcome) -> Result<(), Exit> {
        let mut outcomes = self.outcomes.lock();
        let line = (!self.json).then(|| outcome.line(self.all, self.colour));
        outcomes.push(outcome);
        line.map_or(Ok(()), |line| write(&line))
    }

    /// From here on Ctrl-C ends the program at once, with the table as far as it is.
    pub(super) fn end_at_interrupt(&self, peer: &str, wanted: usize) -> Result<(), Exit> {
        let (outcomes, json, peer) = (self.outcomes.clone(), self.json, peer.to_owned());
        let watched = ctrlc::set_handler(move || {
            let outcomes = outcomes.lock();
            eprintln!(
                "wshub: stopped by Ctrl-C after {} of {wanted} vectors",
                outcomes.len()
            );
            process::exit(end(&peer, &outcomes, json).code().into());
        });
        watched.map_err(|error| {
            eprintln!("wshub: cannot watch for Ctrl-C: {error}");
            Exit::Failure
        })
    }

    pub(super) fn end(&self, peer: &str) -> Exit {
        end(peer, &self.outcomes.lock(), self.json)
    }
}

/// The last of the table.
fn end(peer: &str, outcomes: &[Outcome], json: bool) -> Exit {
    let text = if json {
        as_json(peer, outcomes)
    } else {
        summary(outcomes)
    };
    match write(&text) {
        Err(exit) => exit,
        Ok(()) if count(outcomes, Verdict::Fail) > 0 => Exit::Failure,
        Ok(()) => Exit::Done,
    }
}
