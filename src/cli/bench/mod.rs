//! `wshub bench URL`: load from one process, a thread for each connection.
//!
//! With `--rate` the load is open: a message is sent when it is due, whatever has been answered,
//! and its latency counts from when it was due, so that a server that stalls cannot hide it.

mod assertion;
mod histogram;
mod payload;
mod plan;
mod report;
mod run;
mod worker;

use std::io::{self, IsTerminal, Write};
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use super::connecting;
use super::exit::Exit;
use super::show;
use super::term::printable;
use super::values::Values;
use histogram::Snapshot;
use plan::{Mode, Plan};
use report::Report;
use run::Run;
use worker::{GRACE, STACK_BYTES, work};

/// How often the run is looked at.
const TICK: Duration = Duration::from_millis(20);

/// What a thread sleeps to see how late it is woken.
const NAP: Duration = Duration::from_millis(5);

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
    let cpu = conduct(&run, &mut progress);
    progress.end();
    if run.tally.made.load(Relaxed) == 0 {
        for (text, count) in &*run.tally.errors.lock() {
            eprintln!("wshub: {} x {}", show::count(*count), printable(text));
        }
        return run.tally.first_exit.lock().unwrap_or(Exit::Failure);
    }
    tell(
        &Report::of(&run, connecting::shown(url), cpu),
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

/// Leads the run from its first connection to its last answer; the CPU time of the measured part.
fn conduct(run: &Arc<Run>, progress: &mut Progress) -> Option<Duration> {
    let (plan, tally) = (&run.plan, &run.tally);
    while tally.ready.load(Relaxed) < plan.connections
        && plan.mode != Mode::Connect
        && !run.is_over(Instant::now())
    {
        progress.connecting(run);
        thread::sleep(TICK);
    }
    if tally.made.load(Relaxed) == 0 && plan.mode != Mode::Connect {
        run.stop();
    }
    run.begin();
    let before = cpu_time();
    let watcher = run.clone();
    // Without this thread there is no warning, and all else is as it was.
    let _ = thread::Builder::new()
        .name("lag".into())
        .spawn(move || watch_lag(&watcher));
    while !run.is_over(Instant::now()) {
        progress.running(run);
        thread::sleep(TICK);
        let done = plan
            .messages
            .is_some_and(|all| tally.received.load(Relaxed) >= all * copies(run));
        if done || tally.finished.load(Relaxed) == plan.connections {
            run.stop();
        }
    }
    let cpu = before
        .zip(cpu_time())
        .map(|(before, after)| after.saturating_sub(before));
    await_the_last(run);
    cpu
}

/// How often each message comes.
fn copies(run: &Run) -> u64 {
    match run.plan.mode {
        Mode::Fanout => run.tally.made.load(Relaxed).max(1),
        _ => 1,
    }
}

/// Waits for the deliveries that are under way, then for the threads, both for a bounded time.
fn await_the_last(run: &Run) {
    let tally = &run.tally;
    let deadline = Instant::now() + GRACE;
    let all_came = || tally.received.load(Relaxed) >= tally.sent.load(Relaxed) * copies(run);
    while run.plan.mode == Mode::Fanout && !all_came() && Instant::now() < deadline {
        thread::sleep(TICK);
    }
    run.quit();
    let timeouts = &run.options.timeouts;
    let deadline = Instant::now() + GRACE + timeouts.close + timeouts.write;
    while tally.finished.load(Relaxed) < run.plan.connections && Instant::now() < deadline {
        thread::sleep(TICK);
    }
}

/// Naps, and counts how much longer each nap was than asked for.
fn watch_lag(run: &Run) {
    while !run.is_over(Instant::now()) {
        let began = Instant::now();
        thread::sleep(NAP);
        run.tally.lag.record(began.elapsed().saturating_sub(NAP));
    }
}

/// The CPU time of this process so far, where `/proc` tells it (in hundredths of a second).
fn cpu_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    read_cpu_time(&stat)
}

/// The fields 14 and 15 of `/proc/self/stat`; the second may hold blanks, and ends with `)`.
fn read_cpu_time(stat: &str) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let ticks: u64 = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
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
                "rate" | "reach" | "errors" | "failed" => format!("it was {figure:.2}"),
                _ => format!("it was {}", show::time(Duration::from_secs_f64(figure))),
            };
            eprintln!("wshub: {assertion} does not hold: {was}");
            exit = Exit::Failure;
        }
    }
    exit
}

/// The progress on stderr: a line that is drawn over on a terminal, a line a second elsewhere.
struct Progress {
    quiet: bool,
    terminal: bool,
    next: Instant,
    before: Option<(Instant, Snapshot)>,
}

impl Progress {
    fn new(quiet: bool) -> Self {
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
        if self.terminal {
            eprint!("\r\x1b[K{line}");
        } else {
            eprintln!("{line}");
        }
    }

    fn connecting(&mut self, run: &Run) {
        if self.is_due() {
            let (ready, all) = (run.tally.ready.load(Relaxed), run.plan.connections);
            self.draw(&format!(
                "{} connecting: {ready} of {all}",
                bar(ready as f64 / all as f64)
            ));
        }
    }

    fn running(&mut self, run: &Run) {
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
                    since.quantile(0.99),
                )
            }
            None => (0.0, Duration::ZERO),
        };
        self.before = Some((now, latency));
        let share = match run.plan.messages {
            Some(all) => run.tally.received.load(Relaxed) as f64 / (all * copies(run)) as f64,
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
        self.draw(&format!(
            "{} {phase}{}/s  p99 {}  errors {}",
            bar(share),
            show::count(rate as u64),
            show::time(p99),
            show::count(run.tally.error_count())
        ));
    }

    fn end(&self) {
        if self.terminal && !self.quiet {
            eprint!("\r\x1b[K");
        }
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
    use super::*;

    #[test]
    fn bars() {
        assert_eq!(bar(0.5), "[##########----------]  50%");
        assert_eq!(bar(7.0), format!("[{}] 100%", "#".repeat(20)));
        assert_eq!(bar(f64::NAN), format!("[{}] NaN%", "-".repeat(20)));
    }

    #[test]
    fn cpu_times_of_a_stat_line() {
        let line = "42 (ws) hub) R 1 42 42 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 1 0 1 1 1";
        assert_eq!(read_cpu_time(line), Some(Duration::from_secs(3)));
        assert_eq!(read_cpu_time("42 (x"), None);
        assert_eq!(read_cpu_time("42 (x) R 1"), None);
    }
}
