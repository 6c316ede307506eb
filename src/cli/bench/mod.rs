//! `wshub bench URL`: load from one process, with a thread for each connection.
//!
//! With `--rate` the load is open: a message is sent at its scheduled time, whatever has been
//! answered, and its latency is measured from that time (no coordinated omission).

mod assertion;
mod format;
mod histogram;
mod load;
mod meter;
mod misfit;
mod payload;
mod plan;
mod progress;
mod report;
mod run;
mod supervise;
mod worker;

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed, Ordering::SeqCst};
use std::time::Duration;

use super::advice;
use super::arguments::{BenchArgs, ConnectingArgs};
use super::connecting;
use super::exit::{Exit, Failure};
use super::lock::lock;
use super::output::{self, notice};
use super::show;
use super::term::printable;
use assertion::Assertion;
use plan::Plan;
use progress::Progress;
use report::Report;
use run::Run;
use supervise::supervise;
use wshub::handshake::WsUrl;
use wshub::system::SystemLimits;

pub(super) fn run(connecting: &ConnectingArgs, args: &BenchArgs) -> Result<(), Failure> {
    let plan = Plan::of(args).map_err(|why| Failure::usage("bench", why))?;
    let url = &connecting.url;
    let options = connecting::options(connecting)?;
    let run = Arc::new(Run::new(plan, url.clone(), options));
    watch_interrupt(run.clone())?;
    let limit = SystemLimits::read().descriptors;
    if let Some(text) = advice::for_descriptors(run.plan.connections, limit) {
        notice(format_args!("warning: {text}"));
    }
    let mut progress = Progress::new(args.quiet);
    let supervised = supervise(&run, &mut progress);
    progress.end();
    if let Some(misfit) = supervised.misfit {
        let target = WsUrl::parse(&connecting.url).map(|url| url.target);
        let target = target.unwrap_or_default();
        let path = target.split('?').next().unwrap_or_default();
        return Err(Failure::other(misfit.in_words(path)));
    }
    if run.tally.made.load(Relaxed) == 0 {
        for (text, count) in &*lock(&run.tally.errors) {
            notice(format_args!("{} x {}", count, printable(text)));
        }
        return lock(&run.tally.first_exit)
            .unwrap_or(Exit::Failure)
            .into_result();
    }
    let report = Report::of(&run, connecting::shown(url), supervised.cores);
    output::report(&if args.json {
        report.as_json()
    } else {
        report.for_people()
    })?;
    for warning in report.warnings() {
        notice(format_args!("warning: {warning}"));
    }
    judge(&report, &run.plan.assertions)
}

/// The first Ctrl-C ends the run, and the report follows; a second one ends the program.
fn watch_interrupt(run: Arc<Run>) -> Result<(), Failure> {
    let asked = AtomicBool::new(false);
    let watched = ctrlc::set_handler(move || {
        if asked.swap(true, SeqCst) {
            process::exit(Exit::Done.code().into());
        }
        if run.tally.made.load(Relaxed) == 0 {
            notice("stopped by Ctrl-C before there was a connection");
            process::exit(Exit::Done.code().into());
        }
        run.stop();
    });
    watched.map_err(|error| Failure::other(format!("cannot watch for Ctrl-C: {error}")))
}

/// Prints each assertion that does not hold; if there is one, the run has failed.
fn judge(report: &Report, assertions: &[Assertion]) -> Result<(), Failure> {
    let mut exit = Exit::Done;
    for assertion in assertions {
        let figure = report.figure(&assertion.name);
        if !assertion.holds(figure) {
            let was = match assertion.name.as_str() {
                _ if figure.is_nan() => "nothing was measured".to_owned(),
                "errors" | "failed" => format!("there were {}", figure as u64),
                "rate" | "reach" => format!("it was {figure:.2}"),
                _ => format!("it was {}", show::time(Duration::from_secs_f64(figure))),
            };
            notice(format_args!("{assertion} does not hold: {was}"));
            exit = Exit::Failure;
        }
    }
    exit.into_result()
}
