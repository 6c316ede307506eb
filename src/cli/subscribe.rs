//! `wshub subscribe URL`: prints what arrives, and nothing else.

use std::fmt::Write as _;
use std::io::{self, IsTerminal};
use std::thread;
use std::time::{Duration, Instant};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::arguments::{ConnectingArgs, SubscribeArgs};
use super::backoff::Backoff;
use super::clock;
use super::connecting;
use super::exit::{Exit, Failure};
use super::interrupt::Interrupt;
use super::json::push_quoted;
use super::output::{Output, has, notice, stderr, unwritable};
use super::show;
use wshub::client::{Client, ConnectError, Received};
use wshub::connection::CloseCause;
use wshub::connection::Entropy;
use wshub::protocol::{CloseCode, Message, MessageBuf};

pub(super) fn run(connecting: &ConnectingArgs, args: &SubscribeArgs) -> Result<(), Failure> {
    let interrupt = Interrupt::watch(|| Ok(()))?;
    let output = match &args.output {
        None => Output::stdout(),
        Some(path) => Output::file(path)
            .map_err(|error| Failure::other(format!("cannot write {}: {error}", path.display())))?,
    };
    Subscription {
        connecting,
        args,
        interrupt,
        output,
        deadline: args.time.map(|time| Instant::now() + time),
        left: args.count,
        received: 0,
        stats: args.stats.then(Stats::new),
    }
    .run()
}

struct Subscription<'a> {
    connecting: &'a ConnectingArgs,
    args: &'a SubscribeArgs,
    interrupt: Interrupt,
    output: Output,
    deadline: Option<Instant>,
    left: Option<u64>,
    /// Messages, wanted or not.
    received: u64,
    stats: Option<Stats>,
}

/// How one connection ended.
enum Went {
    /// The requested number of messages arrived, or the time is over.
    Through,
    Ended(CloseCause),
    /// Nobody reads our output any more, or it cannot be written.
    Unwritable(io::Error),
}

impl Subscription<'_> {
    fn run(&mut self) -> Result<(), Failure> {
        let mut options = connecting::options(self.connecting)?;
        let timeout = options.timeout;
        let mut backoff = Backoff::default();
        let mut random = Entropy::new();
        let mut ever = false;
        loop {
            let mut asked = None;
            options.timeout = timeout.min(self.time_left());
            let (exit, words, again) = match options.connect(&self.connecting.url) {
                Err(_) if ever && self.time_left().is_zero() => return self.verdict(),
                Err(error) => {
                    asked = error.retry_after(clock::now());
                    (
                        connecting::exit_of_error(&error),
                        match self.args.time {
                            Some(time)
                                if matches!(error, ConnectError::Timeout) && time < timeout =>
                            {
                                format!("no connection within {}", show::time(time))
                            }
                            _ => connecting::error_in_words(&error),
                        },
                        (ever || self.args.retry) && error.is_transient(),
                    )
                }
                Ok(client) => {
                    self.greet(std::mem::replace(&mut ever, true));
                    self.interrupt.connected(Some(client.sender()));
                    let opened = Instant::now();
                    let before = self.received;
                    let went = self.receive(client);
                    backoff.ended(opened.elapsed(), self.received > before);
                    self.interrupt.connected(None);
                    match went {
                        Went::Through => return self.verdict(),
                        Went::Unwritable(error) => return unwritable(&error),
                        Went::Ended(cause) => (
                            connecting::exit_of_cause(&cause),
                            connecting::ending_in_words(&cause),
                            connecting::is_worth_retrying(&cause),
                        ),
                    }
                }
            };
            if self.interrupt.is_asked() {
                return Ok(());
            }
            if !again || self.args.no_reconnect {
                return match exit {
                    Exit::Done => self.verdict(),
                    exit => Err(Failure::new(exit, words)),
                };
            }
            let (attempt, wait) = backoff.next(random.next_u64(), asked);
            notice(format_args!(
                "{words}; attempt {attempt} to {} in {}",
                if ever { "reconnect" } else { "connect" },
                show::time(wait)
            ));
            let left = self.time_left();
            thread::sleep(wait.min(left));
            if wait >= left {
                return self.verdict();
            }
        }
    }

    /// Tells a person that there is a connection; `again`: not the first one.
    fn greet(&self, again: bool) {
        if io::stderr().is_terminal() {
            let how = if again {
                "connected again"
            } else {
                "connected"
            };
            notice(format_args!(
                "{how} to {}",
                connecting::shown(&self.connecting.url)
            ));
        }
    }

    /// Whether as many came as were asked for.
    fn verdict(&self) -> Result<(), Failure> {
        let (Some(wanted), Some(left @ 1..)) = (self.args.count, self.left) else {
            return Ok(());
        };
        let within = self
            .args
            .time
            .filter(|_| self.time_left().is_zero())
            .map_or("before the server closed".to_owned(), |time| {
                format!("within {}", show::time(time))
            });
        let came = wanted - left;
        let why = format!("{came} of {wanted} messages came {within}");
        Err(Failure::new(Exit::Timeout, why))
    }

    fn time_left(&self) -> Duration {
        self.deadline.map_or(Duration::MAX, |deadline| {
            deadline.saturating_duration_since(Instant::now())
        })
    }

    fn receive(&mut self, mut client: Client) -> Went {
        for text in &self.args.send {
            let _ = client.send(Message::Text(text)); // a failure shows in what is received
        }
        let went = loop {
            let time_left = self.time_left();
            if time_left.is_zero() || self.left == Some(0) {
                break Went::Through;
            }
            let wait = self.stats.as_mut().map_or(Duration::MAX, Stats::tell);
            let received = client.receive_any(wait.min(time_left));
            if let Ok(Received::Message(message)) = &received
                && let Err(error) = self.take(message)
            {
                break Went::Unwritable(error);
            }
            if let Some(cause) = client.ended() {
                return Went::Ended(cause.clone());
            }
        };
        client.begin_close(CloseCode::NORMAL, "");
        while client.receive_any(Duration::MAX).is_ok() {}
        went
    }

    fn take(&mut self, message: &MessageBuf) -> io::Result<()> {
        self.received += 1;
        let wanted = self
            .args
            .filter
            .as_deref()
            .is_none_or(|text| has(message, text));
        if let Some(stats) = &mut self.stats {
            stats.count(message, wanted);
        }
        if !wanted {
            return Ok(());
        }
        self.left = self.left.map(|left| left - 1); // the caller has seen that it is not zero
        if self.args.json {
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
            stderr(format_args!(
                "{}/s, {}/s, {} shown, {} in all\n",
                show::messages(self.messages),
                show::bytes(self.bytes),
                self.shown,
                self.total
            ));
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
