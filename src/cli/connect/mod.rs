//! `wshub connect URL`: typed lines go out, what arrives is shown.
//!
//! The main thread receives; a thread of its own reads stdin, so that the server's Close ends
//! the program at once, whatever is being typed.

mod editor;
mod figures;
mod history;
mod input;
mod line;
mod pings;
mod screen;
mod stdin;
mod terminal;

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::backoff::Backoff;
use super::connecting::{self, Interrupt};
use super::exit::Exit;
use super::show;
use super::values::Values;
use crate::client::{Client, ConnectError, ConnectOptions, Received};
use crate::connection::CloseCause;
use crate::handshake::WsUrl;
use crate::protocol::CloseCode;
use crate::transport::Entropy;
use input::Shared;
use line::Slash;
use screen::{Look, Screen, Stamp};

/// What ends the input at a terminal.
const END_KEY: &str = if cfg!(windows) { "Ctrl-Z" } else { "Ctrl-D" };

/// How often `--rtt` pings.
const RTT_INTERVAL: Duration = Duration::from_secs(5);

pub(super) fn run(values: &Values) -> Exit {
    let cut_short = || {
        terminal::restore();
        Exit::Done
    };
    let interrupt = match Interrupt::watch(cut_short) {
        Ok(interrupt) => interrupt,
        Err(exit) => return exit,
    };
    let url = connecting::url(values);
    let target = WsUrl::parse(url).map(|url| url.target).unwrap_or_default();
    let look = Look {
        pretty: values.switch("--pretty"),
        stamp: match values.text("--timestamps") {
            Some("clock") => Stamp::Clock,
            Some(_) => Stamp::Delta,
            None => Stamp::None,
        },
    };
    let slash = Slash::of(&target, values.switch("--raw-input"));
    let shared = Arc::new(Shared::new(Screen::new(look), slash));
    let exit = Conversation {
        values,
        options: connecting::options(values),
        url,
        shared: &shared,
        interrupt: &interrupt,
        reading: false,
    }
    .run();
    shared.screen.leave();
    terminal::restore();
    exit
}

struct Conversation<'a> {
    values: &'a Values,
    options: ConnectOptions,
    url: &'a str,
    shared: &'a Arc<Shared>,
    interrupt: &'a Interrupt,
    /// The thread that reads stdin has been started.
    reading: bool,
}

/// How one connection went.
enum Went {
    Failed(ConnectError),
    Ended(CloseCause),
    /// Whoever read our output has gone (`| head -1`).
    Unheard,
    /// No thread to read stdin with.
    Deaf,
}

impl Conversation<'_> {
    fn run(&mut self) -> Exit {
        let mut backoff = Backoff::default();
        let mut random = Entropy::new();
        loop {
            let went = self.once(&mut backoff);
            self.interrupt.connected(None);
            self.shared.connected(None);
            let (exit, words, again) = match &went {
                Went::Unheard => return Exit::Done,
                Went::Deaf => return Exit::Failure,
                Went::Failed(error) => (
                    connecting::exit_of_error(error),
                    error.to_string(),
                    connecting::may_come_later(error),
                ),
                Went::Ended(cause) => (
                    connecting::exit_of_cause(cause),
                    connecting::ending_in_words(cause),
                    connecting::is_worth_retrying(cause),
                ),
            };
            let leaving = self.interrupt.is_asked() || self.shared.is_leaving();
            let again = again && !leaving && self.values.switch("--reconnect");
            let screen = &self.shared.screen;
            match &went {
                Went::Failed(_) if !again => eprintln!("wshub: {words}"),
                _ if again || exit != Exit::Done || screen.is_interactive() => {
                    screen.notice(&words)
                }
                _ => {}
            }
            if !again {
                // A script learns from the exit code that a line was refused.
                let refused = screen.has_complained() && !io::stdin().is_terminal();
                return match exit {
                    _ if self.interrupt.is_asked() => Exit::Done,
                    Exit::Done if refused => Exit::Failure,
                    exit => exit,
                };
            }
            let (attempt, wait) = backoff.next(random.next_u64());
            screen.notice(&format!(
                "attempt {attempt} to reconnect in {}",
                show::time(wait)
            ));
            if self.shared.wait_to_leave(wait) {
                return exit;
            }
        }
    }

    fn once(&mut self, backoff: &mut Backoff) -> Went {
        let mut client = match self.options.connect(self.url) {
            Ok(client) => client,
            Err(error) => return Went::Failed(error),
        };
        backoff.succeeded();
        self.interrupt.connected(Some(client.sender()));
        if self.interrupt.is_asked() {
            client.close(CloseCode::NORMAL, "");
        }
        self.greet(&client);
        self.shared.connected(Some(client.sender()));
        if !std::mem::replace(&mut self.reading, true) && !self.start_reading() {
            return Went::Deaf;
        }
        self.receive(&mut client)
    }

    fn greet(&self, client: &Client) {
        let screen = &self.shared.screen;
        if screen.is_interactive() {
            let chosen = client.subprotocol();
            let chosen = chosen
                .map(|s| format!(", subprotocol {s}"))
                .unwrap_or_default();
            let help = match self.values.switch("--raw-input") {
                true => "", // it would be sent
                false => "/help lists commands, ",
            };
            screen.notice(&format!(
                "connected to {}{chosen}; {help}{END_KEY} leaves",
                connecting::shown(self.url)
            ));
        } else if self.reading {
            screen.notice(&format!(
                "connected again to {}",
                connecting::shown(self.url)
            ));
        }
    }

    fn start_reading(&self) -> bool {
        if self.shared.screen.is_interactive() {
            if let Some(columns) = terminal::take() {
                self.shared.screen.edits_in(columns);
            }
            self.shared.screen.prompt();
        }
        let shared = self.shared.clone();
        let reader = thread::Builder::new().name("stdin".into());
        match reader.spawn(move || stdin::read_stdin(&shared)) {
            Ok(_) => true,
            Err(error) => {
                eprintln!("wshub: no thread to read stdin with: {error}");
                false
            }
        }
    }

    fn receive(&self, client: &mut Client) -> Went {
        let rtt = self.values.switch("--rtt");
        let mut next_ping = Instant::now();
        loop {
            let mut patience = Duration::MAX;
            if rtt {
                let now = Instant::now();
                if now >= next_ping {
                    self.shared.ping(None);
                    next_ping = now + RTT_INTERVAL;
                }
                patience = next_ping - now;
            }
            match client.receive_any(patience) {
                Some(Received::Message(message)) => {
                    self.shared.heard();
                    self.shared
                        .figures
                        .received(message.as_message().as_bytes().len());
                    if self.shared.screen.message(message.as_message()).is_err() {
                        client.close(CloseCode::NORMAL, "");
                        while client.receive_any(Duration::MAX).is_some() {}
                        return Went::Unheard;
                    }
                }
                Some(Received::Pong(payload)) => {
                    self.shared.heard();
                    self.shared.pong(&payload);
                }
                Some(Received::Ping(_)) => self.shared.figures.pinged(),
                None => {}
            }
            if let Some(cause) = client.ended() {
                return Went::Ended(cause.clone());
            }
        }
    }
}
