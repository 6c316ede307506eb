//! `wshub connect URL`: lines from stdin go out, messages come to stdout.
//!
//! The main thread receives; a thread of its own reads stdin, so that the server's Close ends
//! the program at once, whatever is being typed.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::process;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use super::exit::Exit;
use super::term::{Colour, colour_wanted, hex_dump, paint, printable};
use super::values::Values;
use crate::client::{ConnectError, ConnectOptions, Received, TlsOptions, TlsTrust};
use crate::connection::{CloseCause, Cut, Sender};
use crate::protocol::{CloseCode, CloseFrame, Initiator, Message};

/// What ends the input at a terminal.
const END_KEY: &str = if cfg!(windows) { "Ctrl-Z" } else { "Ctrl-D" };

pub(super) fn run(values: &Values) -> Exit {
    let stop = match Interrupt::watch() {
        Ok(stop) => stop,
        Err(error) => {
            eprintln!("wshub: cannot watch for Ctrl-C: {error}");
            return Exit::Failure;
        }
    };
    let url = values.positionals().first().map_or("", String::as_str);
    let screen = Screen::of_this_program();
    let mut client = match options(values).connect(url) {
        Ok(client) => client,
        Err(error) => {
            eprintln!("wshub: {error}");
            return exit_of_error(&error);
        }
    };
    stop.connected(client.sender());
    if screen.interactive {
        let chosen = client
            .subprotocol()
            .map(|s| format!(", subprotocol {s}"))
            .unwrap_or_default();
        screen.notice(&format!(
            "connected to {}{chosen}; /quit or {END_KEY} leaves",
            printable(url)
        ));
    }
    let sender = client.sender();
    let reader = thread::Builder::new()
        .name("stdin".into())
        .spawn(move || send_lines(&sender));
    if let Err(error) = reader {
        eprintln!("wshub: no thread to read stdin with: {error}");
        return Exit::Failure;
    }
    while let Some(received) = client.receive_any(Duration::MAX) {
        if let Received::Message(message) = received
            && screen.show(message.as_message()).is_err()
        {
            // Whoever read our output has gone (`| head -1`): leave quietly.
            client.close(CloseCode::NORMAL, "");
            while client.receive_any(Duration::MAX).is_some() {}
            return Exit::Done;
        }
    }
    let Some(cause) = client.ended() else {
        return Exit::Failure;
    };
    let exit = exit_of_cause(cause);
    if exit != Exit::Done || screen.interactive {
        screen.notice(&ending_in_words(cause));
    }
    exit
}

fn options(values: &Values) -> ConnectOptions {
    let mut options = ConnectOptions::default();
    if let Some(timeout) = values.duration("--connect-timeout") {
        options.timeout = timeout;
    }
    if let Some(interval) = values.setting("--ping-interval") {
        options.timeouts.ping_interval = interval.limit();
    }
    options.tls = trust(values);
    if let Some(bytes) = values.size("--max-message") {
        options.limits.max_message_bytes = bytes;
    }
    let headers = values.headers("--header");
    options.headers = headers
        .iter()
        .map(|(n, v)| ((*n).into(), (*v).into()))
        .collect();
    options.origin = values.text("--origin").map(str::to_owned);
    options.subprotocols = values
        .all("--subprotocol")
        .iter()
        .map(|s| (*s).into())
        .collect();
    options
}

/// Whom to trust; warns of trusting everybody.
fn trust(values: &Values) -> TlsTrust {
    let insecure = values.switch("--insecure");
    if insecure {
        eprintln!(
            "wshub: warning: --insecure takes any certificate: whoever is on the network between \
             here and the server can read and change everything"
        );
    }
    TlsOptions {
        ca_file: values.text("--cacert").map(PathBuf::from),
        insecure,
    }
    .into()
}

/// Sends each line of stdin as a text message, until `/quit` or the end; then closes.
fn send_lines(sender: &Sender) {
    for line in io::stdin().lock().lines() {
        let line = match line {
            Ok(line) if line == "/quit" => break,
            Ok(line) => line,
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                eprintln!("wshub: a line that is not UTF-8 was not sent");
                continue;
            }
            Err(_) => break,
        };
        if sender.send(Message::Text(&line)).is_err() {
            return; // the receiving side tells why
        }
    }
    sender.close(CloseFrame::new(CloseCode::NORMAL, ""));
}

/// Ctrl-C: the first one closes, a second one (or one before there is a connection) ends.
struct Interrupt {
    sender: Arc<OnceLock<Sender>>,
}

impl Interrupt {
    fn watch() -> Result<Self, ctrlc::Error> {
        let sender = Arc::new(OnceLock::<Sender>::new());
        let asked = AtomicBool::new(false);
        let known = sender.clone();
        ctrlc::set_handler(move || match known.get() {
            Some(sender) if !asked.swap(true, SeqCst) => {
                sender.close(CloseFrame::new(CloseCode::NORMAL, ""));
            }
            _ => process::exit(Exit::Done.code().into()),
        })?;
        Ok(Self { sender })
    }

    fn connected(&self, sender: Sender) {
        self.sender.get_or_init(|| sender);
    }
}

/// Where messages go, and how.
struct Screen {
    /// Both ends are a person's: notices and prefixes are wanted.
    interactive: bool,
    terminal: bool,
    colour: bool,
}

impl Screen {
    fn of_this_program() -> Self {
        let terminal = io::stdout().is_terminal();
        let no_color = std::env::var("NO_COLOR").ok();
        Self {
            interactive: terminal && io::stdin().is_terminal(),
            terminal,
            colour: colour_wanted(terminal, no_color.as_deref()),
        }
    }

    /// To a terminal: readable and harmless. Elsewhere: the payload alone, a text with a line
    /// break behind it.
    fn show(&self, message: Message<'_>) -> io::Result<()> {
        let mut out = io::stdout().lock();
        match message {
            Message::Text(text) if self.terminal => {
                let mark = paint(Colour::Cyan, "<", self.colour);
                writeln!(out, "{mark} {}", printable(text))?;
            }
            Message::Binary(bytes) if self.terminal => {
                let mark = paint(Colour::Cyan, "<", self.colour);
                writeln!(
                    out,
                    "{mark} {} bytes\n{}",
                    bytes.len(),
                    hex_dump(bytes).trim_end()
                )?;
            }
            Message::Text(text) => writeln!(out, "{text}")?,
            Message::Binary(bytes) => out.write_all(bytes)?,
        }
        out.flush()
    }

    fn notice(&self, text: &str) {
        eprintln!("{} {text}", paint(Colour::Yellow, "*", self.colour));
    }
}

fn exit_of_error(error: &ConnectError) -> Exit {
    match error {
        ConnectError::Url(_) | ConnectError::Request(_) => Exit::Usage,
        ConnectError::NameNotFound { .. } => Exit::NameNotFound,
        ConnectError::Tcp { .. } => Exit::Connect,
        ConnectError::Timeout => Exit::Timeout,
        ConnectError::TlsFile(_) | ConnectError::Tls { .. } => Exit::Tls,
        ConnectError::HttpStatus { .. } => Exit::HttpStatus,
        ConnectError::BadUpgrade(_) | ConnectError::Handshake(_) => Exit::BadUpgrade,
    }
}

fn exit_of_cause(cause: &CloseCause) -> Exit {
    match (cause.by, cause.cut) {
        (Initiator::Fault, _) => Exit::ProtocolFault,
        (_, Some(Cut::CloseTimeout | Cut::WriteTimeout)) => Exit::Timeout,
        (_, Some(Cut::TlsFailed)) => Exit::Tls,
        (Initiator::Network, _) => Exit::Failure,
        _ => match cause.code {
            1000 | 1001 | 1005 => Exit::Done,
            1011 if cause.by == Initiator::Local => Exit::Timeout, // no pong came
            _ => Exit::ClosedWithError,
        },
    }
}

fn ending_in_words(cause: &CloseCause) -> String {
    let who = match cause.by {
        Initiator::Local => "closed by us",
        Initiator::Peer => "closed by the server",
        Initiator::Fault => "the server broke the protocol",
        Initiator::Network => "the connection was lost",
    };
    let meaning = CloseCode::meaning(cause.code);
    let reason = match cause.reason.as_str() {
        "" => String::new(),
        reason => format!(", \"{}\"", printable(reason)),
    };
    format!(
        "{who}: {} {meaning}{reason} ({})",
        cause.code,
        printable(&cause.why)
    )
}
