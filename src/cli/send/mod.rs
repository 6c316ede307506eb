//! `wshub send URL [TEXT...]`: sends messages, waits for the replies that are wanted, and leaves
//! with a closing handshake. The exit code is 0 only if all of that came to be.
//!
//! A thread sends; the main thread receives meanwhile, since a server that echoes would
//! otherwise stop reading once nobody takes its answers.

mod job;
mod replies;
mod source;
mod state;

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::Duration;

use super::arguments::{ConnectingArgs, SendArgs};
use super::connecting;
use super::exit::{Exit, Failure};
use super::interrupt::Interrupt;
use super::lock::lock;
use super::output::{Output, notice, unwritable};
use super::show;
use job::Job;
use replies::{Ending, Replied, Wanted, receive};
use source::Source;
use state::State;
use wshub::client::Received;
use wshub::protocol::CloseCode;

pub(super) fn run(connecting: &ConnectingArgs, args: &SendArgs) -> Result<(), Failure> {
    let source = Source::of(args).map_err(|why| Failure::usage("send", why))?;
    let interrupt =
        Interrupt::watch(|| Err(Failure::other("stopped by Ctrl-C before it was done")))?;
    let connected = connecting::options(connecting)?.connect(&connecting.url);
    let mut client = connected.map_err(|error| connecting::failure(&error))?;
    interrupt.connected(Some(client.sender()));
    let state = Arc::new(State::default());
    let job = Job::of(args, source, client.sender(), state.clone());
    let sending = thread::Builder::new().name("send".into());
    sending
        .spawn(move || job.run())
        .map_err(|error| Failure::other(format!("no thread to send with: {error}")))?;
    let wanted = Wanted::of(args);
    let mut replied = receive(&mut client, &state, &wanted, &interrupt);
    client.begin_close(CloseCode::NORMAL, "");
    let mut output = Output::stdout();
    while let Ok(received) = client.receive_any(Duration::MAX) {
        if let Received::Message(message) = received
            && wanted.replies
            && replied == Replied::Enough(Ending::Time)
            && let Err(error) = output.message(message.as_message())
        {
            replied = Replied::Unwritable(unwritable(&error));
        }
    }
    state.clear_progress();
    let clean = client.ended().map_or(Exit::Failure, |cause| {
        let exit = connecting::exit_of_cause(cause);
        if exit != Exit::Done {
            notice(connecting::ending_in_words(cause));
        }
        exit
    });
    verdict(&state, replied, clean, interrupt.is_asked())
}

/// The exit code for what really happened.
fn verdict(state: &State, replied: Replied, clean: Exit, interrupted: bool) -> Result<(), Failure> {
    if let Some(why) = &*lock(&state.failure) {
        return Err(Failure::other(why));
    }
    let done = state.done.load(Relaxed);
    if !done {
        let sent = state.messages.load(Relaxed);
        let what = match (&replied, interrupted) {
            (Replied::Unwritable(Ok(())), _) => "the reader of stdout went away",
            (Replied::Unwritable(Err(_)), _) => "stdout could not be written",
            (_, true) => "Ctrl-C came",
            (_, false) => "the connection ended",
        };
        notice(format_args!(
            "{what} before all was sent; sent so far: {}",
            show::messages(sent)
        ));
    }
    match (replied, clean) {
        (Replied::Unwritable(ended), _) => ended,
        (_, clean) if clean != Exit::Done => clean.into_result(),
        _ if !done => Exit::Failure.into_result(),
        (Replied::Missing(why), _) if !interrupted => Err(Failure::new(Exit::Timeout, why)),
        _ => Ok(()),
    }
}
