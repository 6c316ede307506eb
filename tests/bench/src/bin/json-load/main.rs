//! A load generator that sends JSON to a WebSocket server, compressed or plain, in one thread; it
//! prints its results as one line of JSON. Every 64th client inflates each message and compares it
//! with the expected one; the others only count frames, which leaves processor time for the server.

mod client;
#[path = "../load/histogram.rs"]
mod histogram;
mod messages;
#[path = "../load/process.rs"]
mod process;

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};

use client::{Client, Progress, READ_BYTES};
use histogram::Histogram;
use messages::Message;
use process::Usage;

const USAGE: &str = "\
usage: json-load WORK SERVER:PORT [flags]

  echo    each client keeps --depth messages in flight
  fanout  the first client keeps --depth messages in flight, all receive each
  idle    each client sends one message, then all are silent: memory of one

  --clients N (64)   --size BYTES (1024)   --depth N (1)   --secs S (2)
  --path P (/)       --deflate             --process ID (the server's)
  --plain-sender: compression is agreed on, but clients send nothing compressed";

/// How many clients connect at the same time: fewer than any server's backlog.
const OPENING: usize = 64;

/// The timeout of everything that has to happen.
const PATIENCE: Duration = Duration::from_secs(60);

struct Options {
    work: String,
    server: SocketAddr,
    clients: usize,
    size: usize,
    depth: usize,
    time: Duration,
    path: String,
    deflate: bool,
    plain_sender: bool,
    process: Vec<u32>,
}

type Figures = Vec<(&'static str, f64)>;

fn parse(mut args: impl Iterator<Item = String>) -> Option<Options> {
    let mut options = Options {
        work: args.next()?,
        server: args.next()?.parse().ok()?,
        clients: 64,
        size: 1024,
        depth: 1,
        time: Duration::from_secs(2),
        path: "/".into(),
        deflate: false,
        plain_sender: false,
        process: Vec::new(),
    };
    while let Some(flag) = args.next() {
        match flag.as_str() {
            "--clients" => options.clients = args.next()?.parse().ok().filter(|n| *n > 0)?,
            "--size" => options.size = args.next()?.parse().ok().filter(|n| *n >= 64)?,
            "--depth" => options.depth = args.next()?.parse().ok().filter(|n| *n > 0)?,
            "--secs" => {
                options.time = Duration::try_from_secs_f64(args.next()?.parse().ok()?).ok()?
            }
            "--path" => options.path = args.next()?,
            "--deflate" => options.deflate = true,
            "--plain-sender" => options.plain_sender = true,
            "--process" => options.process = vec![args.next()?.parse().ok()?],
            _ => return None,
        }
    }
    Some(options)
}

struct Load {
    clients: Vec<Client>,
    round: Vec<Message>,
    deflate: bool,
    poll: Poll,
    events: Events,
    scratch: Vec<u8>,
}

impl Load {
    fn open(options: &Options) -> io::Result<Self> {
        let extension = match options.deflate {
            true => "Sec-WebSocket-Extensions: permessage-deflate\r\n",
            false => "",
        };
        let hello = format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{extension}\r\n",
            options.path, options.server
        );
        let mut load = Self {
            clients: Vec::new(),
            round: messages::round(options.size, options.deflate && !options.plain_sender),
            deflate: options.deflate,
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            scratch: vec![0; READ_BYTES],
        };
        let deadline = Instant::now() + PATIENCE;
        let mut open = 0;
        while open < options.clients {
            while load.clients.len() < options.clients.min(open + OPENING) {
                let place = load.clients.len();
                // The clients of an echo begin with different messages.
                let first = if options.work == "fanout" { 0 } else { place };
                let judges = place.is_multiple_of(64);
                let mut client = Client::begin(options.server, hello.as_bytes(), first, judges)?;
                let interest = Interest::READABLE | Interest::WRITABLE;
                let registry = load.poll.registry();
                registry.register(&mut client.socket, Token(place), interest)?;
                load.clients.push(client);
            }
            load.wait(|_, _, progress, _| {
                open += usize::from(progress.opened);
                Ok(())
            })?;
            if Instant::now() > deadline {
                return Err(io::Error::other(format!(
                    "{open} clients were open after a minute"
                )));
            }
        }
        Ok(load)
    }

    /// Waits for events, and calls `then` with the progress of each client that had one.
    fn wait(
        &mut self,
        mut then: impl FnMut(usize, &mut Client, Progress, &[Message]) -> io::Result<()>,
    ) -> io::Result<()> {
        match (self.poll).poll(&mut self.events, Some(Duration::from_millis(100))) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            done => done?,
        }
        for event in &self.events {
            let Token(place) = event.token();
            let client = &mut self.clients[place];
            let progress = client
                .ready(&self.round, self.deflate, &mut self.scratch)
                .map_err(|error| {
                    io::Error::new(error.kind(), format!("client {place}: {error}"))
                })?;
            then(place, client, progress, &self.round)?;
        }
        Ok(())
    }

    /// The bytes, messages and compressed messages that all clients received.
    fn came(&self) -> (u64, u64, u64) {
        let bytes = self.clients.iter().map(|client| client.bytes_in).sum();
        let messages = self.clients.iter().map(|client| client.received as u64);
        let compressed = self.clients.iter().map(|client| client.compressed).sum();
        (bytes, messages.sum(), compressed)
    }
}

fn idle(options: &Options, mut load: Load, before: Usage) -> io::Result<Figures> {
    for client in &mut load.clients {
        client.send(1, Instant::now(), &load.round)?;
    }
    let (mut received, deadline) = (0, Instant::now() + PATIENCE);
    while received < options.clients {
        load.wait(|_, _, progress, _| {
            received += progress.messages;
            Ok(())
        })?;
        if Instant::now() > deadline {
            return Err(io::Error::other(format!("{received} answers came")));
        }
    }
    // Servers free the memory of an answer only after a while without another answer.
    std::thread::sleep(Duration::from_millis(2500).max(options.time));
    let after = Usage::of(&options.process);
    Ok(vec![
        (
            "kib",
            (after.resident_kib - before.resident_kib) / options.clients as f64,
        ),
        ("rss_mib", after.resident_kib / 1024.0),
        ("threads", after.threads),
    ])
}

/// Measures echo or fan-out for a time, after a warm-up.
fn busy(options: &Options, mut load: Load) -> io::Result<Figures> {
    let is_fanout = options.work == "fanout";
    let warm = Instant::now() + (options.time / 3).min(Duration::from_secs(1));
    let until = warm + options.time;
    let mut sent = Vec::new();
    let now = Instant::now();
    let senders = if is_fanout { 1 } else { options.clients };
    for client in &mut load.clients[..senders] {
        client.send(options.depth, now, &load.round)?;
    }
    sent.resize(options.depth, now);
    let mut times = Histogram::new();
    let mut start: Option<(Instant, Usage, (u64, u64, u64))> = None;
    let mut done = 0_u64;
    loop {
        let now = Instant::now();
        if start.is_none() && now >= warm {
            start = Some((now, Usage::of(&options.process), load.came()));
            times.clear();
            done = 0;
        }
        // A busy machine can take longer than a short time for the first answer.
        if now >= until && (done > 0 || now > until + PATIENCE) {
            break;
        }
        load.wait(|place, client, progress, round| {
            let now = Instant::now();
            for message in client.received - progress.messages..client.received {
                let begun = match is_fanout {
                    true => sent.get(message).copied(),
                    false => client.take_sent(),
                };
                let begun = begun.ok_or_else(|| io::Error::other("an answer to nothing"))?;
                times.record(now - begun);
            }
            done += progress.messages as u64;
            if is_fanout && place == 0 {
                sent.extend(std::iter::repeat_n(now, progress.messages));
            }
            match place < senders {
                true => client.send(progress.messages, now, round),
                false => Ok(()),
            }
        })?;
    }
    let now = Instant::now();
    let (from, before, came) = start.unwrap_or((warm, Usage::default(), (0, 0, 0)));
    let after = Usage::of(&options.process);
    let (bytes, messages, compressed) = load.came();
    let came_since = (messages - came.1).max(1) as f64;
    if done == 0 {
        return Err(io::Error::other("no answer came"));
    }
    Ok(vec![
        ("rate", done as f64 / (now - from).as_secs_f64()),
        ("p50_us", times.quantile(0.5)),
        ("p99_us", times.quantile(0.99)),
        ("cpu_us", (after.cpu_us - before.cpu_us) / done as f64),
        ("wire_bytes", (bytes - came.0) as f64 / came_since),
        (
            "compressed_percent",
            100.0 * (compressed - came.2) as f64 / came_since,
        ),
        ("rss_mib", after.resident_kib / 1024.0),
    ])
}

fn run(options: &Options) -> io::Result<Figures> {
    let before = Usage::of(&options.process);
    let load = Load::open(options)?;
    match options.work.as_str() {
        "idle" => idle(options, load, before),
        "echo" | "fanout" => busy(options, load),
        other => Err(io::Error::other(format!("no such work: {other}"))),
    }
}

fn main() -> ExitCode {
    let Some(options) = parse(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match run(&options) {
        Ok(figures) => {
            let figures: Vec<_> = (figures.iter())
                .map(|(name, value)| format!("\"{name}\": {value:.3}"))
                .collect();
            println!("{{{}}}", figures.join(", "));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("json-load: {error}");
            ExitCode::FAILURE
        }
    }
}
