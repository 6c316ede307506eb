//! The receiving side: which replies are wanted, and which have arrived.

use std::io::{self, IsTerminal};
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use super::state::State;
use crate::cli::arguments::SendArgs;
use crate::cli::exit::Failure;
use crate::cli::interrupt::Interrupt;
use crate::cli::output::{Output, has, unwritable};
use crate::cli::show;
use crate::cli::term::printable;
use wshub::client::{Client, Received};
use wshub::protocol::MessageBuf;

/// How long the replies of `--expect` and `--until` may take, unless `--wait` says otherwise.
const REPLY_TIMEOUT: Duration = Duration::from_secs(10);

/// How often the progress line is drawn, and the time before it is drawn first.
const PROGRESS: Duration = Duration::from_millis(200);

/// How often the end of sending is looked for while nothing arrives.
const GLANCE: Duration = Duration::from_millis(20);

/// Which replies end the wait.
pub(super) struct Wanted {
    pub(super) replies: bool,
    wait: Duration,
    expect: Option<u64>,
    until: Option<String>,
}

impl Wanted {
    pub(super) fn of(args: &SendArgs) -> Self {
        let wait = args.wait;
        let conditional = args.expect.is_some() || args.until.is_some();
        let otherwise = if conditional {
            REPLY_TIMEOUT
        } else {
            Duration::ZERO
        };
        Self {
            replies: conditional || wait.is_some(),
            wait: wait.unwrap_or(otherwise),
            expect: args.expect,
            until: args.until.clone(),
        }
    }

    /// Whether with this reply, the `number`th, enough has come.
    fn is_met(&self, number: u64, message: &MessageBuf) -> bool {
        self.expect.is_some_and(|expected| number >= expected)
            || self.until.as_deref().is_some_and(|text| has(message, text))
    }
}

/// Why waiting for replies ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Replied {
    /// All that was wanted has come.
    Enough(Ending),
    /// It has not; how many did, in words.
    Missing(String),
    /// Nobody reads our output any more, or it cannot be written; how the program ends then.
    Unwritable(Result<(), Failure>),
}

/// What ended the wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// The time was over: what still comes is printed as well.
    Time,
    /// `--expect` or `--until` was met: no more is printed.
    Met,
}

/// Prints replies while the other thread sends, and until what is wanted has come.
pub(super) fn receive(
    client: &mut Client,
    state: &State,
    wanted: &Wanted,
    interrupt: &Interrupt,
) -> Replied {
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
        let wait = left.unwrap_or(GLANCE);
        if let Ok(Received::Message(message)) = client.receive_any(wait)
            && wanted.replies
            && !met
        {
            replies += 1;
            met = wanted.is_met(replies, &message);
            state.clear_progress();
            if let Err(error) = output.message(message.as_message()) {
                return Replied::Unwritable(unwritable(&error));
            }
        }
    }
}
