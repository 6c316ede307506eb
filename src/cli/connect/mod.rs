//! `wshub connect URL`: sends typed lines, and shows what arrives.
//!
//! The main thread receives; another thread reads stdin, so that the server's Close ends the
//! program at once, whatever is being typed.

mod complete;
mod figures;
mod history;
mod history_file;
mod input;
mod keyboard;
mod line;
mod pings;
mod room;
mod saving;
mod screen;
mod stdin;
mod terminal;

use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::arguments::{self, ConnectArgs, ConnectingArgs};
use super::backoff::Backoff;
use super::clock;
use super::connecting;
use super::exit::{Exit, Failure};
use super::interrupt::Interrupt;
use super::output::unwritable;
use super::show;
use super::watching::{Show, Shown};
use history_file::HistoryFile;
use input::Shared;
use keyboard::Keyboard;
use line::Slash;
use room::Chat;
use saving::SaveDir;
use screen::Screen;
use wshub::client::{Client, ConnectError, ConnectOptions, Received};
use wshub::connection::CloseCause;
use wshub::connection::Entropy;
use wshub::handshake::WsUrl;
use wshub::protocol::{CloseCode, MessageBuf};

/// The key that ends the input at a terminal.
const END_KEY: &str = if cfg!(windows) { "Ctrl-Z" } else { "Ctrl-D" };

/// How often `--rtt` pings.
const RTT_INTERVAL: Duration = Duration::from_secs(5);

pub(super) fn run(connecting: &ConnectingArgs, args: &ConnectArgs) -> Result<(), Failure> {
    let interrupt = Interrupt::watch(|| {
        terminal::restore();
        Ok(())
    })?;
    let url = &connecting.url;
    let target = WsUrl::parse(url).map(|url| url.target).unwrap_or_default();
    let slash = Slash::of(&target, args.raw_input);
    let saving = args.save_dir.as_deref().map(SaveDir::open);
    let saving = saving
        .transpose()
        .map_err(|error| cannot_save(args, &error))?;
    let screen = Screen::new(args);
    let history = open_history(args, &screen);
    let shared = Arc::new(Shared::new(screen, slash, history));
    let shown = shared.clone();
    let show: Show = Arc::new(move |shown_line| match shown_line {
        Shown::Notice(line) | Shown::Wire(line) => shown.screen.notice(line),
    });
    let ended = Conversation {
        args,
        options: connecting::options_that_show(connecting, &show)?,
        url,
        shared: &shared,
        interrupt: &interrupt,
        reading: false,
        chat: Chat::default(),
        saving,
    }
    .run();
    let unsent = shared.screen.leave();
    if !unsent.is_empty() && !interrupt.is_asked() && !shared.is_leaving() {
        shared.screen.notice(&format!("not sent: {unsent}"));
        shared.remember(&unsent);
    }
    terminal::restore();
    ended
}

/// The lines of earlier runs, if lines are edited here. A history that cannot be read stops
/// nothing; a user who named the file gets a notice.
fn open_history(args: &ConnectArgs, screen: &Screen) -> Option<(HistoryFile, Vec<String>)> {
    if !screen.is_prompting() || !cfg!(unix) {
        return None; // the terminal edits the line itself, with a history of its own
    }
    HistoryFile::open(&args.history).unwrap_or_else(|error| {
        if let arguments::HistoryFile::At(path) = &args.history {
            let path = path.display();
            screen.notice(&format!("cannot keep the history in {path}: {error}"));
        }
        None
    })
}

fn cannot_save(args: &ConnectArgs, error: &io::Error) -> Failure {
    let directory = args.save_dir.as_deref().unwrap_or(Path::new(""));
    Failure::other(format!(
        "cannot save messages in {}: {error}",
        directory.display()
    ))
}

struct Conversation<'a> {
    args: &'a ConnectArgs,
    options: ConnectOptions,
    url: &'a str,
    shared: &'a Arc<Shared>,
    interrupt: &'a Interrupt,
    /// The thread that reads stdin has been started.
    reading: bool,
    chat: Chat,
    saving: Option<SaveDir>,
}

/// How one connection ended.
enum Went {
    Failed(ConnectError),
    Ended(CloseCause),
    /// Nobody reads our output any more (`| head -1`), or it cannot be written.
    Unwritable(io::Error),
    /// No thread could be started to read stdin.
    Deaf(io::Error),
}

impl Conversation<'_> {
    fn run(&mut self) -> Result<(), Failure> {
        let mut backoff = Backoff::default();
        let mut random = Entropy::new();
        loop {
            let went = self.once(&mut backoff);
            let mut asked = None;
            self.interrupt.connected(None);
            self.shared.connected(None);
            let (exit, words, again) = match &went {
                Went::Unwritable(error) => return unwritable(error),
                Went::Deaf(error) => {
                    let why = format!("no thread to read stdin with: {error}");
                    return Err(Failure::other(why));
                }
                Went::Failed(error) => {
                    asked = error.retry_after(clock::now());
                    (
                        connecting::exit_of_error(error),
                        connecting::error_in_words(error),
                        error.is_transient(),
                    )
                }
                Went::Ended(cause) => (
                    connecting::exit_of_cause(cause),
                    connecting::ending_in_words(cause),
                    connecting::is_worth_retrying(cause),
                ),
            };
            let leaving = self.interrupt.is_asked() || self.shared.is_leaving();
            let again = again && !leaving && self.args.reconnect;
            let screen = &self.shared.screen;
            match &went {
                Went::Failed(_) if !again && !self.interrupt.is_asked() => {
                    return Err(Failure::new(exit, words));
                }
                _ if again || exit != Exit::Done || screen.is_interactive() => {
                    screen.notice(&words)
                }
                _ => {}
            }
            if !again {
                // A script learns from the exit code that a line was refused.
                let refused = screen.has_complained() && !io::stdin().is_terminal();
                return match exit {
                    _ if self.interrupt.is_asked() => Ok(()),
                    Exit::Done if refused => Exit::Failure.into_result(),
                    exit => exit.into_result(),
                };
            }
            let (attempt, wait) = backoff.next(random.next_u64(), asked);
            screen.notice(&format!(
                "attempt {attempt} to reconnect in {}",
                show::time(wait)
            ));
            if self.shared.wait_to_leave(wait) {
                return exit.into_result();
            }
        }
    }

    fn once(&mut self, backoff: &mut Backoff) -> Went {
        let mut client = match self.options.connect(self.url) {
            Ok(client) => client,
            Err(error) => return Went::Failed(error),
        };
        self.interrupt.connected(Some(client.sender()));
        if self.interrupt.is_asked() {
            client.begin_close(CloseCode::NORMAL, "");
        }
        let is_first = !std::mem::replace(&mut self.reading, true);
        let keyboard = is_first.then(|| self.take_keyboard()).flatten();
        self.greet(&client, is_first);
        self.shared.connected(Some(client.sender()));
        self.chat = Chat::default();
        self.show_room();
        for text in &self.args.send {
            self.shared.say(text);
        }
        if is_first && let Err(error) = self.start_reading(keyboard) {
            return Went::Deaf(error);
        }
        let opened = Instant::now();
        let mut brought_message = false;
        let went = self.receive(&mut client, &mut brought_message);
        backoff.ended(opened.elapsed(), brought_message);
        went
    }

    fn greet(&self, client: &Client, is_first: bool) {
        let screen = &self.shared.screen;
        let url = connecting::shown(self.url);
        if !is_first {
            screen.notice(&format!("connected again to {url}"));
        } else if screen.is_interactive() {
            let chosen = client.subprotocol();
            let chosen = chosen
                .map(|s| format!(", subprotocol {s}"))
                .unwrap_or_default();
            let help = match self.shared.slash {
                Slash::Raw => "", // it would be sent
                Slash::Ours => "/help lists commands, ",
                Slash::OursFirst => "/help lists our commands and the chat's, ",
            };
            screen.notice(&format!(
                "connected to {url}{chosen}\n{help}{END_KEY} leaves"
            ));
        }
    }

    /// The keys of the terminal, if there is one that gives them one by one.
    fn take_keyboard(&self) -> Option<Keyboard> {
        let screen = &self.shared.screen;
        let (columns, keyboard) = screen.is_prompting().then(Keyboard::take).flatten()?;
        screen.edits_in(columns);
        Some(keyboard)
    }

    fn start_reading(&self, keyboard: Option<Keyboard>) -> io::Result<()> {
        self.shared.screen.prompt();
        let shared = self.shared.clone();
        let reader = thread::Builder::new().name("stdin".into());
        reader
            .spawn(move || stdin::read_stdin(&shared, keyboard))
            .map(drop)
    }

    /// Shows what has changed in the chat.
    fn show_room(&self) {
        let room = self.chat.room.as_deref();
        self.shared.set_echoes(room.is_some());
        self.shared.screen.show_room(room);
    }

    /// Shows a message, and does with it what the flags say. An error: our output cannot be
    /// written.
    fn take(&mut self, message: MessageBuf) -> io::Result<()> {
        let shared = self.shared;
        shared.heard();
        shared
            .figures
            .received(message.as_message().as_bytes().len());
        if let (Slash::OursFirst, MessageBuf::Text(text)) = (shared.slash, &message)
            && self.chat.heard(text)
        {
            self.show_room();
        }
        let mut saved = None;
        if let (Some(saving), MessageBuf::Binary(bytes)) = (&mut self.saving, &message) {
            match saving.write(bytes) {
                Ok(path) => saved = Some(path),
                Err(error) => shared
                    .screen
                    .complain(&format!("a message was not saved: {error}")),
            }
        }
        shared
            .screen
            .message(message.as_message(), saved.as_deref())?;
        if let MessageBuf::Binary(bytes) = message {
            shared.keep(bytes);
        }
        Ok(())
    }

    fn receive(&mut self, client: &mut Client, brought_message: &mut bool) -> Went {
        let mut next_ping = Instant::now();
        loop {
            let mut wait = Duration::MAX;
            if self.args.rtt {
                let now = Instant::now();
                if now >= next_ping {
                    self.shared.ping(None);
                    next_ping = now + RTT_INTERVAL;
                }
                wait = next_ping - now;
            }
            match client.receive_any(wait) {
                Ok(Received::Message(message)) => {
                    *brought_message = true;
                    if let Err(error) = self.take(message) {
                        self.shared.abandon();
                        client.begin_close(CloseCode::NORMAL, "");
                        while client.receive_any(Duration::MAX).is_ok() {}
                        return Went::Unwritable(error);
                    }
                }
                Ok(Received::Pong(payload)) => {
                    self.shared.heard();
                    self.shared.pong(&payload);
                }
                Ok(Received::Ping(_)) => self.shared.figures.pinged(),
                Ok(_) | Err(_) => {}
            }
            if let Some(cause) = client.ended() {
                return Went::Ended(cause.clone());
            }
        }
    }
}
