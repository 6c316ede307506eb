//! `wshub send URL [TEXT...]`: sends messages, waits for the replies that are wanted, and leaves
//! with a closing handshake. The exit code is 0 only if all of that came to be.
//!
//! A thread sends; the main thread receives meanwhile, since a server that echoes would
//! otherwise stop reading once nobody takes its answers.

mod job;
mod replies;
mod source;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use super::connecting::{self, Interrupt};
use super::exit::Exit;
use super::output::Output;
use super::show;
use super::values::Values;
use crate::client::Received;
use crate::protocol::CloseCode;
use crate::transport::Lock;
use job::Job;
pub(super) use replies::has;
use replies::{Ending, Replied, Wanted, receive};
use source::Source;

pub(super) fn run(values: &Values) -> Exit {
    let source = match Source::of(values) {
        Ok(source) => source,
        Err(why) => {
            eprintln!("wshub: {why}\nmore: wshub send --help");
            return Exit::Usage;
        }
    };
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
    let job = Job::of(values, source, client.sender(), state.clone());
    let sending = thread::Builder::new().name("send".into());
    if let Err(error) = sending.spawn(move || job.run()) {
        eprintln!("wshub: no thread to send with: {error}");
        return Exit::Failure;
    }
    let wanted = Wanted::of(values);
    let replied = receive(&mut client, &state, &wanted, &interrupt);
    client.close(CloseCode::NORMAL, "");
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
