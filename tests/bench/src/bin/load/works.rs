//! The workloads: what the clients do, and what is measured meanwhile.

use std::io;
use std::time::{Duration, Instant};

use super::Options;
use super::histogram::Histogram;
use super::load::{Load, PATIENCE};
use super::process::Usage;
use super::stream::Trust;
use super::wire::Talk;

type Figures = Vec<(&'static str, f64)>;

pub fn run(options: &Options, talk: Talk) -> io::Result<Figures> {
    let before = Usage::of(&options.process);
    let trust = options.certificate.as_deref();
    let trust = trust.map(|file| Trust::only(file, options.resume));
    let mut load = Load::new(&options.servers, talk, trust.transpose()?)?;
    load.open(options.clients)?;
    match options.work.as_str() {
        "echo" => echo(options, load),
        "fanout" => fanout(options, load),
        "churn" => churn(options, load),
        "idle" => idle(options, load, before),
        "broadcast" => broadcast(options, load, before),
        other => Err(io::Error::other(format!("no such work: {other}"))),
    }
}

/// The measured time: after a warm-up, from `from` to `until`.
struct Window<'a> {
    options: &'a Options,
    from: Instant,
    until: Instant,
    before: Option<Usage>,
    done: u64,
    times: Histogram,
}

impl<'a> Window<'a> {
    fn new(options: &'a Options) -> Self {
        let from = Instant::now() + (options.time / 3).min(Duration::from_secs(1));
        Self {
            options,
            from,
            until: from + options.time,
            before: None,
            done: 0,
            times: Histogram::new(),
        }
    }

    /// Whether the workload continues at `now`; the measurement begins at `from`.
    fn goes_on(&mut self, now: Instant) -> bool {
        if self.before.is_none() && now >= self.from {
            self.before = Some(Usage::of(&self.options.process));
            self.from = now;
            self.done = 0;
            self.times.clear();
        }
        now < self.until
    }

    fn record(&mut self, time: Duration) {
        self.done += 1;
        self.times.record(time);
    }

    fn figures(&self, now: Instant) -> Figures {
        let (before, after) = (
            self.before.unwrap_or_default(),
            Usage::of(&self.options.process),
        );
        let done = self.done.max(1) as f64;
        vec![
            ("rate", self.done as f64 / (now - self.from).as_secs_f64()),
            ("p50_us", self.times.quantile(0.5)),
            ("p99_us", self.times.quantile(0.99)),
            ("p999_us", self.times.quantile(0.999)),
            ("cpu_us", (after.cpu_us - before.cpu_us) / done),
            ("rss_mib", after.resident_kib / 1024.0),
            ("threads", after.threads),
        ]
    }
}

fn late(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, what)
}

fn unasked() -> io::Error {
    io::Error::other("a reply to nothing")
}

fn echo(options: &Options, mut load: Load) -> io::Result<Figures> {
    let mut window = Window::new(options);
    for connection in &mut load.connections {
        connection.send(options.depth, Instant::now(), &load.talk)?;
    }
    let mut figures = None;
    let mut awaited = options.clients * options.depth;
    while awaited > 0 {
        let talk = load.talk.clone();
        load.wait(Duration::from_millis(100), |_, connection, progress| {
            let now = Instant::now();
            for _ in 0..progress.replies {
                let sent = connection.take_sent().ok_or_else(unasked)?;
                window.record(now - sent);
            }
            match window.goes_on(now) {
                true => connection.send(progress.replies, now, &talk),
                false => {
                    awaited -= progress.replies;
                    Ok(())
                }
            }
        })?;
        let now = Instant::now();
        if !window.goes_on(now) && figures.is_none() {
            figures = Some(window.figures(now));
        }
        if now > window.until + PATIENCE {
            return Err(late(format!("{awaited} replies never came")));
        }
    }
    Ok(figures.unwrap_or_else(|| window.figures(Instant::now())))
}

fn fanout(options: &Options, mut load: Load) -> io::Result<Figures> {
    if options.servers.len() > 1 {
        std::thread::sleep(Duration::from_secs(1)); // until each server knows the others' clients
    }
    let mut window = Window::new(options);
    let mut sent = vec![Instant::now(); options.depth];
    let publishers = options.publishers.min(options.clients);
    for publisher in &mut load.connections[..publishers] {
        publisher.send(options.depth, sent[0], &load.talk)?;
    }
    let mut under_way = publishers * options.depth;
    let mut figures = None;
    let mut received = 0;
    while received < under_way * options.clients {
        let talk = load.talk.clone();
        load.wait(Duration::from_millis(100), |place, connection, progress| {
            let now = Instant::now();
            received += progress.replies;
            let goes_on = window.goes_on(now);
            if publishers > 1 {
                // Only the number of messages is known, not their publishers: each publisher sends
                // its share.
                window.done += progress.replies as u64;
                if place >= publishers || !goes_on {
                    return Ok(());
                }
                let more = connection.received / publishers - connection.published;
                under_way += more;
                connection.published += more;
                return connection.send(more, now, &talk);
            }
            for message in connection.received - progress.replies..connection.received {
                window.record(now - *sent.get(message).ok_or_else(unasked)?);
            }
            if place == 0 && goes_on {
                sent.extend(std::iter::repeat_n(now, progress.replies));
                under_way += progress.replies;
                return connection.send(progress.replies, now, &talk);
            }
            Ok(())
        })?;
        let now = Instant::now();
        if !window.goes_on(now) && figures.is_none() {
            figures = Some(window.figures(now));
        }
        if now > window.until + PATIENCE {
            let all = under_way * options.clients;
            return Err(late(format!("{received} of {all} deliveries came")));
        }
    }
    Ok(figures.unwrap_or_else(|| window.figures(Instant::now())))
}

fn churn(options: &Options, mut load: Load) -> io::Result<Figures> {
    let mut window = Window::new(options);
    let mut begun = vec![window.from; options.clients];
    for (connection, begun) in load.connections.iter_mut().zip(&mut begun) {
        *begun = Instant::now();
        connection.send(1, *begun, &load.talk)?;
    }
    while window.goes_on(Instant::now()) {
        let talk = load.talk.clone();
        let mut ended = Vec::new();
        load.wait(Duration::from_millis(100), |place, connection, progress| {
            let now = Instant::now();
            if progress.ended {
                window.record(now - begun[place]);
                ended.push(place);
            } else if progress.replies > 0 {
                connection.close(&talk)?;
            } else if progress.opened {
                connection.send(1, now, &talk)?;
            }
            Ok(())
        })?;
        for place in ended {
            load.renew(place)?;
            begun[place] = Instant::now();
        }
    }
    Ok(window.figures(Instant::now()))
}

fn idle(options: &Options, mut load: Load, before: Usage) -> io::Result<Figures> {
    for connection in &mut load.connections {
        connection.send(1, Instant::now(), &load.talk)?;
    }
    receive(&mut load, options.clients)?;
    std::thread::sleep(Duration::from_millis(300)); // the work after an answer has ended by then
    let quiet = Usage::of(&options.process);
    std::thread::sleep(options.time);
    let after = Usage::of(&options.process);
    let clients = options.clients as f64;
    Ok(vec![
        ("kib", (after.resident_kib - before.resident_kib) / clients),
        ("rss_mib", after.resident_kib / 1024.0),
        ("threads", after.threads),
        ("cpu_ms", (after.cpu_us - quiet.cpu_us) / 1e3),
    ])
}

fn broadcast(options: &Options, mut load: Load, before: Usage) -> io::Result<Figures> {
    std::thread::sleep(options.time);
    let idle = Usage::of(&options.process);
    let begun = Instant::now();
    load.connections[0].send(1, begun, &load.talk)?;
    receive(&mut load, options.clients)?;
    let took = begun.elapsed();
    let after = Usage::of(&options.process);
    let clients = options.clients as f64;
    Ok(vec![
        ("all_ms", took.as_secs_f64() * 1e3),
        ("rss_mib", after.resident_kib / 1024.0),
        ("idle_mib", idle.resident_kib / 1024.0),
        ("kib", (idle.resident_kib - before.resident_kib) / clients),
        ("threads", after.threads),
    ])
}

/// Waits until each client has received one message.
fn receive(load: &mut Load, clients: usize) -> io::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    let mut received = 0;
    while received < clients {
        load.wait(Duration::from_millis(100), |_, _, progress| {
            received += progress.replies;
            Ok(())
        })?;
        if Instant::now() > deadline {
            return Err(late(format!("{received} of {clients} messages came")));
        }
    }
    Ok(())
}
