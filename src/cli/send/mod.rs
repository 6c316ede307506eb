//! `wshub send URL [TEXT...]`: sends messages, waits for the replies that are wanted, and leaves
//! with a closing handshake. The exit code is 0 only if all of that came to be.
//!
//! A thread sends; the main thread receives meanwhile, since a server that echoes would
//! otherwise stop reading once nobody takes its answers.

mod source;

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use super::connecting::{self, Interrupt};
use super::exit::Exit;
use super::output::Output;
use super::show;
use super::term::printable;
use super::values::Values;
use crate::client::{Client, Received};
use crate::connection::Sender;
use crate::protocol::{CloseCode, Message, MessageBuf, Opcode};
use crate::transport::Lock;
use source::Source;

/// How long the replies of `--expect` and `--until` may take, unless `--wait` says otherwise.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often the progress line is drawn, and the time before it is drawn first.
const PROGRESS: Duration = Duration::from_millis(200);

/// How often the end of sending is looked for while nothing arrives.
const GLANCE: Duration = Duration::from_millis(20);

pub(super) fn run(values: &Values) -> Exit {
    if let Err(why) = check_sources(values) {
        eprintln!("wshub: {why}\nmore: wshub send --help");
        return Exit::Usage;
    }
    let cut_short = || {
        eprintln!("wshub: stopped by Ctrl-C before it was done");
        Exit::Failure
    };
    let interrupt = match Interrupt::watch(cut_short) {
        Ok(interrupt) => interrupt,
        Err(exit) => return exit,
    };
    let mut client = match connecting::options(values).connect(connecting::url(values)) {
        Ok(client) => client,
        Err(error) => {
            eprintln!("wshub: {error}");
            return connecting::exit_of_error(&error);
        }
    };
    interrupt.connected(Some(client.sender()));
    let state = Arc::new(State::default());
    let job = Job::of(values, client.sender(), state.clone());
    let sending = thread::Builder::new().name("send".into());
    if let Err(error) = sending.spawn(move || job.run()) {
        eprintln!("wshub: no thread to send with: {error}");
        return Exit::Failure;
    }
    let replied = receive(&mut client, &state, &Wanted::of(values), &interrupt);
    client.close(CloseCode::NORMAL, "");
    let wanted = Wanted::of(values);
    let mut output = Output::stdout();
    while let Some(received) = client.receive_any(Duration::MAX) {
        if let Received::Message(message) = received
            && wanted.replies
            && replied == Replied::Enough(Ending::Time)
        {
            drop(output.message(message.as_message())); // the reader may have gone: so do we
        }
    }
    state.clear_progress();
    let clean = client.ended().map_or(Exit::Failure, |cause| {
        let exit = connecting::exit_of_cause(cause);
        if exit != Exit::Done {
            eprintln!("wshub: {}", connecting::ending_in_words(cause));
        }
        exit
    });
    verdict(&state, replied, clean, interrupt.is_asked())
}

/// Messages come from one place.
fn check_sources(values: &Values) -> Result<(), &'static str> {
    let texts = values.positionals().len() > 1;
    let files = !values.all("--file").is_empty();
    if texts && files {
        return Err("TEXT and --file are two places to take messages from; leave one out");
    }
    if values.switch("--null") && (texts || files) {
        return Err("--null is about the messages of stdin; leave it out, or TEXT and --file");
    }
    Ok(())
}

/// The truth, as an exit code.
fn verdict(state: &State, replied: Replied, clean: Exit, interrupted: bool) -> Exit {
    if let Some(why) = &*state.failure.lock() {
        eprintln!("wshub: {why}");
        return Exit::Failure;
    }
    let done = state.done.load(Relaxed);
    if !done {
        let sent = state.messages.load(Relaxed);
        let what = match interrupted {
            true => "Ctrl-C came",
            false => "the connection ended",
        };
        eprintln!(
            "wshub: {what} before all was sent: {} went out",
            show::messages(sent)
        );
    }
    match (replied, clean) {
        (Replied::Unheard, _) => Exit::Done,
        (_, clean) if clean != Exit::Done => clean,
        _ if !done => Exit::Failure,
        (Replied::Missing(why), _) if !interrupted => {
            eprintln!("wshub: {why}");
            Exit::Timeout
        }
        _ => Exit::Done,
    }
}

/// How far the sending thread has come.
#[derive(Default)]
struct State {
    messages: AtomicU64,
    bytes: AtomicU64,
    /// All was sent.
    done: AtomicBool,
    /// The thread has ended, done or not.
    over: AtomicBool,
    failure: Lock<Option<String>>,
    drawn: AtomicBool,
}

impl State {
    fn draw_progress(&self) {
        self.drawn.store(true, Relaxed);
        let messages = show::messages(self.messages.load(Relaxed));
        eprint!(
            "\r\x1b[Ksent {messages}, {}",
            show::bytes(self.bytes.load(Relaxed))
        );
    }

    fn clear_progress(&self) {
        if self.drawn.swap(false, Relaxed) {
            eprint!("\r\x1b[K");
        }
    }
}

/// What the sending thread does.
struct Job {
    source: Source,
    binary: bool,
    repeat: u64,
    interval: Option<Duration>,
    fragment: Option<usize>,
    sender: Sender,
    state: Arc<State>,
}

impl Job {
    fn of(values: &Values, sender: Sender, state: Arc<State>) -> Self {
        let texts: Vec<String> = values.positionals().iter().skip(1).cloned().collect();
        let files: Vec<String> = values
            .all("--file")
            .iter()
            .map(|f| (*f).to_owned())
            .collect();
        let source = if !texts.is_empty() {
            Source::Texts(texts.into_iter())
        } else if !files.is_empty() {
            Source::Files(files.into_iter())
        } else {
            let end = if values.switch("--null") { 0 } else { b'\n' };
            Source::Stdin { end, number: 0 }
        };
        Self {
            source,
            binary: values.switch("--binary"),
            repeat: values.number("--repeat").unwrap_or(1),
            interval: values.duration("--interval"),
            fragment: values
                .size("--fragment")
                .map(|s| usize::try_from(s).unwrap_or(usize::MAX)),
            sender,
            state,
        }
    }

    fn run(mut self) {
        match self.send_all() {
            Ok(()) => self.state.done.store(true, Relaxed),
            Err(Some(why)) => *self.state.failure.lock() = Some(why),
            Err(None) => {} // the connection has ended: the receiving side tells why
        }
        self.state.over.store(true, Relaxed);
    }

    fn send_all(&mut self) -> Result<(), Option<String>> {
        let mut first = true;
        while let Some(message) = self.source.next(self.binary).map_err(Some)? {
            for _ in 0..self.repeat {
                if let Some(interval) = self.interval.filter(|_| !std::mem::take(&mut first)) {
                    thread::sleep(interval);
                }
                self.send(&message).map_err(|_| None)?;
                self.state.messages.fetch_add(1, Relaxed);
                self.state.bytes.fetch_add(message.len() as u64, Relaxed);
            }
        }
        Ok(())
    }

    fn send(&self, message: &[u8]) -> io::Result<()> {
        let opcode = if self.binary {
            Opcode::Binary
        } else {
            Opcode::Text
        };
        match (self.fragment, std::str::from_utf8(message)) {
            (Some(size), _) if message.len() > size => {
                let last = message.len().div_ceil(size) - 1;
                for (i, piece) in message.chunks(size).enumerate() {
                    let opcode = if i == 0 { opcode } else { Opcode::Continuation };
                    self.sender.frame(i == last, opcode, piece)?;
                }
                Ok(())
            }
            // The source has seen to it that a text is one.
            (_, Ok(text)) if !self.binary => self.sender.send(Message::Text(text)),
            _ => self.sender.send(Message::Binary(message)),
        }
    }
}

/// Which replies are wanted before leaving.
struct Wanted {
    replies: bool,
    wait: Duration,
    expect: Option<u64>,
    until: Option<String>,
}

impl Wanted {
    fn of(values: &Values) -> Self {
        let (expect, until) = (values.number("--expect"), values.text("--until"));
        let wait = values.duration("--wait");
        let conditional = expect.is_some() || until.is_some();
        let otherwise = if conditional {
            PATIENCE
        } else {
            Duration::ZERO
        };
        Self {
            replies: conditional || wait.is_some(),
            wait: wait.unwrap_or(otherwise),
            expect,
            until: until.map(str::to_owned),
        }
    }

    /// Whether with this reply, the `number`th, enough has come.
    fn is_met(&self, number: u64, message: &MessageBuf) -> bool {
        self.expect.is_some_and(|expected| number >= expected)
            || self.until.as_deref().is_some_and(|text| has(message, text))
    }
}

/// Whether a message has `text` in it.
pub(super) fn has(message: &MessageBuf, text: &str) -> bool {
    match message {
        MessageBuf::Text(message) => message.contains(text),
        MessageBuf::Binary(bytes) => bytes
            .windows(text.len().max(1))
            .any(|w| w == text.as_bytes()),
    }
}

/// Why waiting for replies ended.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Replied {
    /// All that was wanted has come.
    Enough(Ending),
    /// It has not; how many did, in words.
    Missing(String),
    /// Nobody reads our output any more.
    Unheard,
}

/// What ended the wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// The time was over: what still comes is printed as well.
    Time,
    /// `--expect` or `--until` was met: no more is printed.
    Met,
}

fn receive(client: &mut Client, state: &State, wanted: &Wanted, interrupt: &Interrupt) -> Replied {
    let mut output = Output::stdout();
    let mut replies = 0;
    let mut met = false;
    let mut deadline = None;
    let progress = io::stderr().is_terminal();
    let mut next_draw = Instant::now() + 5 * PROGRESS;
    loop {
        let over = state.over.load(Relaxed);
        if over && deadline.is_none() {
            deadline = Some(Instant::now() + wanted.wait);
            state.clear_progress();
        }
        let failed = over && !state.done.load(Relaxed);
        if (over && met) || failed {
            return Replied::Enough(Ending::Met);
        }
        let now = Instant::now();
        if progress && !over && now >= next_draw {
            state.draw_progress();
            next_draw = now + PROGRESS;
        }
        let left = deadline.map(|deadline| deadline.saturating_duration_since(now));
        let timed_out = left.is_some_and(|left| left.is_zero());
        if timed_out || client.ended().is_some() {
            let when = match timed_out {
                true => format!("within {}", show::time(wanted.wait)),
                false => "before the server closed".to_owned(),
            };
            return match (wanted.expect, &wanted.until) {
                _ if interrupt.is_asked() => Replied::Enough(Ending::Time),
                (Some(expected), _) => Replied::Missing(format!(
                    "{replies} of {expected} expected replies came {when}"
                )),
                (_, Some(text)) => Replied::Missing(format!(
                    "no reply with {:?} in it came {when}",
                    printable(text)
                )),
                _ => Replied::Enough(Ending::Time),
            };
        }
        let patience = left.unwrap_or(GLANCE);
        if let Some(Received::Message(message)) = client.receive_any(patience)
            && wanted.replies
            && !met
        {
            replies += 1;
            met = wanted.is_met(replies, &message);
            state.clear_progress();
            if output.message(message.as_message()).is_err() {
                return Replied::Unheard;
            }
        }
    }
}
