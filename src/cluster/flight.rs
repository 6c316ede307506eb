//! Inputs that wait, and the bundle that is under way to the log.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::input::Input;
use super::wanted::{Ticket, Unsent, Wish};

/// How long an input may be under way before its publisher is told that it was not sent.
pub const PUBLISH_WAIT: Duration = Duration::from_secs(3);

/// An own entry that is not read again for so long shows that a connection leads nowhere.
const RECONNECT_AFTER: Duration = Duration::from_secs(5);

/// Between two attempts to append.
pub const FIRST_RETRY: Duration = Duration::from_millis(100);
const LONGEST_RETRY: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub struct Waiting {
    pub input: Input,
    /// The client that is to hear of it: its number and its ticket.
    pub publisher: Option<(u64, Ticket)>,
}

impl Waiting {
    /// What its client is told, if it is one that is told anything.
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

/// What a client wanted; `None`: it is no wish, but says who is there.
pub fn wish_of(input: &Input) -> Option<Wish> {
    match input {
        Input::Line { .. } => Some(Wish::Line),
        Input::Publish(_) => Some(Wish::Publish),
        Input::Enter { .. } => Some(Wish::Enter),
        _ => None,
    }
}

/// The bundle that is under way.
#[derive(Debug)]
pub struct InFlight {
    pub counter: u64,
    pub bundle: Arc<[u8]>,
    pub inputs: Vec<Waiting>,
    pub since: Instant,
    /// The log has it, and has not answered yet.
    pub is_asked: bool,
    /// When to give it to the log again; `None`: it has answered.
    pub retry_at: Option<Instant>,
    pub retry_interval: Duration,
    pub reconnect_at: Instant,
    /// The publishers were told.
    pub is_told: bool,
}

impl InFlight {
    /// A bundle that is given to the log now.
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
            is_told: false,
        }
    }

    /// The log did not answer, or refused.
    pub fn failed(&mut self, now: Instant) {
        self.retry_at = Some(now + self.retry_interval);
        self.retry_interval = (self.retry_interval * 2).min(LONGEST_RETRY);
    }

    /// Whether its entry has not been read again for so long that a connection leads nowhere. It is
    /// given to the log again then.
    pub fn is_overdue(&mut self, now: Instant) -> bool {
        let is_overdue = now >= self.reconnect_at;
        if is_overdue {
            self.reconnect_at = now + RECONNECT_AFTER;
            self.retry_at = Some(now);
        }
        is_overdue
    }

    /// Whether it is to be given to the log again now.
    pub fn is_to_be_asked(&mut self, now: Instant) -> bool {
        let is_due = !self.is_asked && self.retry_at.is_some_and(|at| now >= at);
        if is_due {
            self.is_asked = true;
            self.retry_at = None;
        }
        is_due
    }

    /// Tells the clients that what they want may not be sent. One that wanted to enter is closed; should
    /// its entry come, so does its exit.
    pub fn give_up(&mut self, unsent: &mut Vec<Unsent>) {
        if std::mem::replace(&mut self.is_told, true) {
            return;
        }
        unsent.extend(self.inputs.iter().filter_map(|input| input.unsent(false)));
        self.inputs.retain_mut(|input| {
            input.publisher = None;
            wish_of(&input.input).is_none()
        });
    }

    /// When something is to be done about it.
    pub fn next(&self) -> Instant {
        let times = [
            self.retry_at.filter(|_| !self.is_asked),
            Some(self.since + PUBLISH_WAIT).filter(|_| !self.is_told),
        ];
        (times.into_iter().flatten()).fold(self.reconnect_at, Instant::min)
    }
}

/// The inputs of an entry, with the tickets of this node's clients if it is this node's own.
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
