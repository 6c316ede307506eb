//! `wshub bench URL`: load from one process, a thread for each connection.
//!
//! With `--rate` the load is open: a message is sent when it is due, whatever has been answered,
//! and its latency counts from when it was due, so that a server that stalls cannot hide it.

mod as_json;
mod assertion;
mod conduct;
mod echo;
mod fanout;
mod histogram;
mod in_words;
mod meter;
mod pacing;
mod payload;
mod plan;
mod progress;
mod report;
mod run;
mod tally;
mod worker;

use std::io::{self, Write};
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use super::connecting;
use super::exit::Exit;
use super::show;
use super::term::printable;
use super::values::Values;
use conduct::conduct;
use plan::Plan;
use progress::Progress;
use report::Report;
use run::Run;
use worker::{STACK_BYTES, work};

pub(super) fn run(values: &Values) -> Exit {
    let plan = match Plan::of(values) {
        Ok(plan) => plan,
        Err(why) => {
            eprintln!("wshub: {why}\nmore: wshub bench --help");
            return Exit::Usage;
        }
    };
    let url = connecting::url(values);
    let run = Arc::new(Run::new(plan, url.to_owned(), connecting::options(values)));
    if let Err(exit) = watch_interrupt(run.clone()) {
        return exit;
    }
    start(&run);
    let mut progress = Progress::new(values.switch("--quiet"));
    let cores = conduct(&run, &mut progress);
    progress.end();
    if run.tally.made.load(Relaxed) == 0 {
        for (text, count) in &*run.tally.errors.lock() {
            eprintln!("wshub: {} x {}", show::count(*count), printable(text));
        }
        return run.tally.first_exit.lock().unwrap_or(Exit::Failure);
    }
    tell(
        &Report::of(&run, connecting::shown(url), cores),
        &run.plan,
        values,
    )
}

/// Ctrl-C ends the run, and the report comes; a second one ends the program.
fn watch_interrupt(run: Arc<Run>) -> Result<(), Exit> {
    let asked = AtomicBool::new(false);
    let watched = ctrlc::set_handler(move || {
        if asked.swap(true, SeqCst) {
            process::exit(Exit::Done.code().into());
        }
        if run.tally.made.load(Relaxed) == 0 {
            eprintln!("wshub: stopped by Ctrl-C before there was a connection");
            process::exit(Exit::Done.code().into());
        }
        run.stop();
    });
    watched.map_err(|error| {
        eprintln!("wshub: cannot watch for Ctrl-C: {error}");
        Exit::Failure
    })
}

/// Starts a thread for each connection.
fn start(run: &Arc<Run>) {
    for number in 0..run.plan.connections {
        let owned = run.clone();
        let worker = thread::Builder::new()
            .name("client".into())
            .stack_size(STACK_BYTES);
        if let Err(error) = worker.spawn(move || work(&owned, number)) {
            let tally = &run.tally;
            tally.failed.fetch_add(1, Relaxed);
            tally.ready.fetch_add(1, Relaxed);
            tally.finished.fetch_add(1, Relaxed);
            tally.error(&format!("no thread for a connection: {error}"));
        }
    }
}

/// Prints the report, judges the assertions.
fn tell(report: &Report, plan: &Plan, values: &Values) -> Exit {
    let text = if values.switch("--json") {
        report.as_json()
    } else {
        report.for_people()
    };
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush())
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        eprintln!("wshub: cannot write the report: {error}");
        return Exit::Failure;
    }
    if let Some(warning) = report.warning() {
        eprintln!("wshub: warning: {warning}");
    }
    let mut exit = Exit::Done;
    for assertion in &plan.assertions {
        let figure = report.figure(&assertion.name);
        if !assertion.holds(figure) {
            let was = match assertion.name.as_str() {
                _ if figure.is_nan() => "nothing was measured".to_owned(),
                "errors" | "failed" => format!("there were {}", show::count(figure as u64)),
                "rate" | "reach" => format!("it was {figure:.2}"),
                _ => format!("it was {}", show::time(Duration::from_secs_f64(figure))),
            };
            eprintln!("wshub: {assertion} does not hold: {was}");
            exit = Exit::Failure;
        }
    }
    exit
}
