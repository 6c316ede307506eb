//! The inputs that wait for the log, and the bundle that is in flight.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::input::Input;
use super::wanted::{Ticket, Unsent, Wish};

/// How long an input may be in flight before its publisher is told that it was not sent.
pub const PUBLISH_WAIT: Duration = Duration::from_secs(3);

/// If an entry of this node is not read back within this time, a connection to the log is taken for
/// broken.
const RECONNECT_AFTER: Duration = Duration::from_secs(5);

/// The delay between two attempts to append.
pub const FIRST_RETRY: Duration = Duration::from_millis(100);
const LONGEST_RETRY: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub struct Waiting {
    pub input: Input,
    /// The client that is told the outcome: its number and its ticket.
    pub publisher: Option<(u64, Ticket)>,
}

impl Waiting {
    /// What the client is told, if this input has a client that is told its outcome.
    pub fn unsent(&self, is_certain: bool) -> Option<Unsent> {
        let (member, ticket) = self.publisher?;
        Some(Unsent {
            ticket: Some(ticket),
            member,
            wish: wish_of(&self.input)?,
            is_certain,
        })
    }
}

/// What the client wanted; `None` for an input that only says who is present.
pub fn wish_of(input: &Input) -> Option<Wish> {
    match input {
        Input::Line { .. } => Some(Wish::Line),
        Input::Publish(_) => Some(Wish::Publish),
        Input::Enter { .. } => Some(Wish::Enter),
        _ => None,
    }
}

/// The bundle that is in flight: given to the log, its entry not read back yet.
#[derive(Debug)]
pub struct InFlight {
    pub counter: u64,
    pub bundle: Arc<[u8]>,
    pub inputs: Vec<Waiting>,
    pub since: Instant,
    /// The log was asked to append it and has not answered yet.
    pub is_asked: bool,
    /// When to append it again; `None` once the log has answered.
    pub retry_at: Option<Instant>,
    pub retry_interval: Duration,
    pub reconnect_at: Instant,
    /// Its publishers got the notice that it may not be sent.
    pub is_given_up: bool,
}

impl InFlight {
    /// A bundle whose first append begins now.
    pub fn new(counter: u64, bundle: Vec<u8>, inputs: Vec<Waiting>, now: Instant) -> Self {
        Self {
            counter,
            bundle: bundle.into(),
            inputs,
            since: now,
            is_asked: true,
            retry_at: None,
            retry_interval: FIRST_RETRY,
            reconnect_at: now + RECONNECT_AFTER,
            is_given_up: false,
        }
    }

    /// Notes that the log did not answer, or refused.
    pub fn failed(&mut self, now: Instant) {
        self.retry_at = Some(now + self.retry_interval);
        self.retry_interval = (self.retry_interval * 2).min(LONGEST_RETRY);
    }

    /// Whether its entry was not read back for so long that a connection is taken for broken; the
    /// bundle is then appended again.
    pub fn is_overdue(&mut self, now: Instant) -> bool {
        let is_overdue = now >= self.reconnect_at;
        if is_overdue {
            self.reconnect_at = now + RECONNECT_AFTER;
            self.retry_at = Some(now);
        }
        is_overdue
    }

    /// Whether it is to be appended again now.
    pub fn is_to_be_asked(&mut self, now: Instant) -> bool {
        let is_due = !self.is_asked && self.retry_at.is_some_and(|at| now >= at);
        if is_due {
            self.is_asked = true;
            self.retry_at = None;
        }
        is_due
    }

    /// Tells the clients that their inputs may not have been sent. The connection of a client that
    /// wanted to enter is closed; if its entry still comes, its exit follows.
    pub fn give_up(&mut self, unsent: &mut Vec<Unsent>) {
        if std::mem::replace(&mut self.is_given_up, true) {
            return;
        }
        unsent.extend(self.inputs.iter().filter_map(|input| input.unsent(false)));
        self.inputs.retain_mut(|input| {
            input.publisher = None;
            wish_of(&input.input).is_none()
        });
    }

    /// When [`InFlight`] needs attention next.
    pub fn next(&self) -> Instant {
        let times = [
            self.retry_at.filter(|_| !self.is_asked),
            Some(self.since + PUBLISH_WAIT).filter(|_| !self.is_given_up),
        ];
        (times.into_iter().flatten()).fold(self.reconnect_at, Instant::min)
    }
}

/// The inputs of an entry; those of this node's own entry have their clients' tickets.
pub fn with_tickets(inputs: Vec<Input>, own: Option<InFlight>) -> Vec<(Input, Option<Ticket>)> {
    let tickets = own.into_iter().flat_map(|flight| flight.inputs);
    let mut tickets = tickets.map(|waiting| waiting.publisher.map(|(_, ticket)| ticket));
    let is_from_a_client = |input: &Input| !matches!(input, Input::Hello(_) | Input::Beat);
    (inputs.into_iter())
        .map(|input| {
            let ticket = is_from_a_client(&input).then(|| tickets.next().flatten());
            (input, ticket.flatten())
        })
        .collect()
}
