//! The verdicts as they arrive, and the end of the table: after the last vector, or at Ctrl-C.

use std::io::{self, IsTerminal};
use std::process;
use std::sync::{Arc, Mutex};

use super::judge::Verdict;
use super::report::{Outcome, as_json, count, summary};
use crate::cli::exit::{Exit, Failure};
use crate::cli::lock::lock;
use crate::cli::output::{conclude, notice, report};
use crate::cli::term::colour_wanted;

/// The verdicts so far, and how they are shown.
pub(super) struct Table {
    outcomes: Arc<Mutex<Vec<Outcome>>>,
    json: bool,
    all: bool,
    colour: bool,
}

impl Table {
    /// An empty table: shown as JSON, or as lines, with the passed ones in detail too if `all`.
    pub(super) fn new(json: bool, all: bool) -> Self {
        let no_color = std::env::var("NO_COLOR").ok();
        Self {
            outcomes: Arc::default(),
            json,
            all,
            colour: colour_wanted(io::stdout().is_terminal(), no_color.as_deref()),
        }
    }

    /// Shows a verdict; returns false if stdout has no reader any more. The verdict is stored and
    /// shown in one step, so that a table which Ctrl-C ends counts exactly the verdicts above its
    /// end.
    pub(super) fn add(&self, outcome: Outcome) -> Result<bool, Failure> {
        let mut outcomes = lock(&self.outcomes);
        let line = (!self.json).then(|| outcome.line(self.all, self.colour));
        outcomes.push(outcome);
        line.map_or(Ok(true), |line| report(&line))
    }

    /// From here on Ctrl-C ends the program at once, with the table as far as it is.
    pub(super) fn end_at_interrupt(&self, peer: &str, wanted: usize) -> Result<(), Failure> {
        let (outcomes, json, peer) = (self.outcomes.clone(), self.json, peer.to_owned());
        let watched = ctrlc::set_handler(move || {
            let outcomes = lock(&outcomes);
            let done = outcomes.len();
            notice(format_args!(
                "stopped by Ctrl-C after {done} of {wanted} vectors"
            ));
            let exit = conclude(end(&peer, &outcomes, json));
            process::exit(exit.code().into());
        });
        watched.map_err(|error| Failure::other(format!("cannot watch for Ctrl-C: {error}")))
    }

    /// Writes the last of the table. A failed vector is a failure, whether somebody reads the
    /// table or not.
    pub(super) fn end(&self, peer: &str) -> Result<(), Failure> {
        end(peer, &lock(&self.outcomes), self.json)
    }
}

fn end(peer: &str, outcomes: &[Outcome], json: bool) -> Result<(), Failure> {
    report(&if json {
        as_json(peer, outcomes)
    } else {
        summary(outcomes)
    })?;
    match count(outcomes, Verdict::Fail) {
        0 => Ok(()),
        _ => Exit::Failure.into_result(),
    }
}
