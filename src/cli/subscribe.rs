//! `wshub subscribe URL`: prints what arrives, and nothing else.

use std::fmt::Write as _;
use std::io;
use std::thread;
use std::time::{Duration, Instant};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::backoff::Backoff;
use super::clock;
use super::connecting::{self, Interrupt};
use super::exit::Exit;
use super::json::push_quoted;
use super::output::Output;
use super::send::has;
use super::show;
use super::values::Values;
use crate::client::{Client, ConnectError, Received};
use crate::connection::CloseCause;
use crate::protocol::{CloseCode, Message, MessageBuf};
use crate::transport::Entropy;

pub(super) fn run(values: &Values) -> Exit {
    let interrupt = match Interrupt::watch(|| Exit::Done) {
        Ok(interrupt) => interrupt,
        Err(exit) => return exit,
    };
    let output = match values.text("--output").map(Output::file) {
        None => Output::stdout(),
        Some(Ok(output)) => output,
        Some(Err(error)) => {
            let path = values.text("--output").unwrap_or_default();
            eprintln!("wshub: cannot write {path}: {error}");
            return Exit::Failure;
        }
    };
    Subscription {
        values,
        interrupt,
        output,
        deadline: values.duration("--for").map(|time| Instant::now() + time),
        left: values.number("--count"),
        stats: values.switch("--stats").then(Stats::new),
    }
    .run()
}

struct Subscription<'a> {
    values: &'a Values,
    interrupt: Interrupt,
    output: Output,
    deadline: Option<Instant>,
    left: Option<u64>,
    stats: Option<Stats>,
}

/// How one connection went.
enum Went {
    /// As many came as were asked for, or the time is over.
    Through,
    Ended(CloseCause),
    /// Nobody reads our output any more, or it cannot be written.
    Unwritable(io::Error),
}

impl Subscription<'_> {
    fn run(&mut self) -> Exit {
        let mut options = connecting::options(self.values);
        let patience = options.timeout;
        let url = connecting::url(self.values);
        let mut backoff = Backoff::default();
        let mut random = Entropy::new();
        let mut ever = false;
        loop {
            options.timeout = patience.min(self.time_left());
            let (exit, words, again) = match options.connect(url) {
                Err(_) if ever && self.time_left().is_zero() => return self.verdict(),
                Err(error) => (
                    connecting::exit_of_error(&error),
                    match self.values.duration("--for") {
                        Some(time) if matches!(error, ConnectError::Timeout) && time < patience => {
                            format!("no connection within {}", show::time(time))
                        }
                        _ => error.to_string(),
                    },
                    ever && connecting::may_come_later(&error),
                ),
                Ok(client) => {
                    ever = true;
                    backoff.succeeded();
                    self.interrupt.connected(Some(client.sender()));
                    let went = self.receive(client);
                    self.interrupt.connected(None);
                    match went {
                        Went::Through => return self.verdict(),
                        Went::Unwritable(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                            return Exit::Done;
                        }
                        Went::Unwritable(error) => {
                            eprintln!("wshub: cannot write: {error}");
                            return Exit::Failure;
                        }
                        Went::Ended(cause) => (
                            connecting::exit_of_cause(&cause),
                            connecting::ending_in_words(&cause),
                            connecting::is_worth_retrying(&cause),
                        ),
                    }
                }
            };
            if self.interrupt.is_asked() {
                return Exit::Done;
            }
            if !again || self.values.switch("--no-reconnect") {
                if exit != Exit::Done {
                    eprintln!("wshub: {words}");
                    return exit;
                }
                return self.verdict();
            }
            let (attempt, wait) = backoff.next(random.next_u64());
            eprintln!(
                "wshub: {words}; attempt {attempt} to reconnect in {}",
                show::time(wait)
            );
            let left = self.time_left();
            thread::sleep(wait.min(left));
            if wait >= left {
                return self.verdict();
            }
        }
    }

    /// Whether as many came as were asked for.
    fn verdict(&self) -> Exit {
        let (Some(wanted), Some(left @ 1..)) = (self.values.number("--count"), self.left) else {
            return Exit::Done;
        };
        let within = self
            .values
            .duration("--for")
            .filter(|_| self.time_left().is_zero())
            .map_or("before the server closed".to_owned(), |time| {
                format!("within {}", show::time(time))
            });
        eprintln!(
            "wshub: {} of {wanted} messages came {within}",
            wanted - left
        );
        Exit::Timeout
    }

    fn time_left(&self) -> Duration {
        self.deadline.map_or(Duration::MAX, |deadline| {
            deadline.saturating_duration_since(Instant::now())
        })
    }

    fn receive(&mut self, mut client: Client) -> Went {
        for text in self.values.all("--send") {
            let _ = client.send(Message::Text(text)); // a failure shows in what is received
        }
        let went = loop {
            let time_left = self.time_left();
            if time_left.is_zero() || self.left == Some(0) {
                break Went::Through;
            }
            let patience = self.stats.as_mut().map_or(Duration::MAX, Stats::tell);
            let received = client.receive_any(patience.min(time_left));
            if let Some(Received::Message(message)) = &received
                && let Err(error) = self.take(message)
            {
                break Went::Unwritable(error);
            }
            if let Some(cause) = client.ended() {
                return Went::Ended(cause.clone());
            }
        };
        client.close(CloseCode::NORMAL, "");
        while client.receive_any(Duration::MAX).is_some() {}
        went
    }

    fn take(&mut self, message: &MessageBuf) -> io::Result<()> {
        let wanted = self
            .values
            .text("--filter")
            .is_none_or(|text| has(message, text));
        if let Some(stats) = &mut self.stats {
            stats.count(message, wanted);
        }
        if !wanted {
            return Ok(());
        }
        self.left = self.left.map(|left| left - 1); // the caller has seen that it is not zero
        if self.values.switch("--json") {
            self.output
                .text(&json_line(clock::now(), message.as_message()))
        } else {
            self.output.message(message.as_message())
        }
    }
}

/// One message as a line of JSON.
fn json_line(time: Duration, message: Message<'_>) -> String {
    let (opcode, key) = match message {
        Message::Text(_) => ("text", "text"),
        Message::Binary(_) => ("binary", "base64"),
    };
    let mut line = String::new();
    // Writing to a String cannot fail.
    let _ = write!(
        line,
        "{{\"time\":\"{}\",\"direction\":\"received\",\"opcode\":\"{opcode}\",\"length\":{},\"{key}\":",
        clock::rfc3339(time),
        message.as_bytes().len()
    );
    match message {
        Message::Text(text) => push_quoted(&mut line, text),
        Message::Binary(bytes) => push_quoted(&mut line, &STANDARD.encode(bytes)),
    }
    line.push_str("}\n");
    line
}

/// The figures of each second.
struct Stats {
    next: Instant,
    messages: u64,
    bytes: u64,
    shown: u64,
    total: u64,
}

impl Stats {
    fn new() -> Self {
        Self {
            next: Instant::now() + Duration::from_secs(1),
            messages: 0,
            bytes: 0,
            shown: 0,
            total: 0,
        }
    }

    fn count(&mut self, message: &MessageBuf, shown: bool) {
        self.messages += 1;
        self.bytes += message.as_message().as_bytes().len() as u64;
        self.shown += u64::from(shown);
    }

    /// Tells a second's figures when it is over; how long the next one still lasts.
    fn tell(&mut self) -> Duration {
        let now = Instant::now();
        if now >= self.next {
            self.total += self.messages;
            eprintln!(
                "{}/s, {}/s, {} shown, {} in all",
                show::messages(self.messages),
                show::bytes(self.bytes),
                show::count(self.shown),
                show::count(self.total)
            );
            (self.messages, self.bytes, self.shown) = (0, 0, 0);
            self.next = now + Duration::from_secs(1);
        }
        self.next.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_lines() {
        let time = Duration::from_millis(1_798_761_599_001);
        let rows = [
            (
                Message::Text("a\"\n"),
                "\"opcode\":\"text\",\"length\":3,\"text\":\"a\\\"\\n\"}\n",
            ),
            (
                Message::Binary(b"\0\xff"),
                "\"opcode\":\"binary\",\"length\":2,\"base64\":\"AP8=\"}\n",
            ),
        ];
        for (message, end) in rows {
            let line = json_line(time, message);
            let start = "{\"time\":\"2026-12-31T23:59:59.001Z\",\"direction\":\"received\",";
            assert_eq!(line, format!("{start}{end}"));
            assert!(super::super::json::pretty(&line).is_some(), "{line}");
        }
    }
}
