//! What the server counts, for its operator.
//!
//! The path of a message counts in plain numbers of its own connection (see
//! [`Tally`]); only what happens once in a connection's life, or once in a
//! while, comes to the lock here. No label holds anything that a peer chose freely: endpoints
//! are the server's own routes, close codes beyond the standard's are counted by their range.

mod histogram;
mod report;
mod text;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(super) use text::MEDIA_TYPE;

use self::histogram::Histogram;
use super::hub::HubCounters;
use crate::connection::{CloseCause, Sender, Tally};
use crate::transport::Lock;

/// The status of a handshake that got no answer: the peer was gone, or sent no HTTP.
const NO_ANSWER: u16 = 0;

/// The server's counts.
#[derive(Debug)]
pub(super) struct Metrics {
    started: Instant,
    hubs: Vec<Arc<HubCounters>>,
    totals: Lock<Totals>,
}

/// What happened since the start.
#[derive(Debug, Default)]
struct Totals {
    handshakes: BTreeMap<u16, u64>,
    responses: BTreeMap<u16, u64>,
    endpoints: BTreeMap<String, Endpoint>,
    closes: BTreeMap<(&'static str, String), u64>,
    faults: BTreeMap<(&'static str, &'static str), u64>,
    panics: u64,
    round_trips: Histogram,
}

/// The clients of one route.
#[derive(Debug, Default)]
struct Endpoint {
    now: u64,
    opened: u64,
}

/// What one moment's connections, and all that were before, have sent and received, and what
/// waits for them.
#[derive(Debug, Default, Clone)]
pub(super) struct Traffics {
    pub(super) received: Tally,
    pub(super) sent: Tally,
    /// The most messages that ever waited for one client.
    pub(super) high_water: usize,
    pub(super) queued_messages: usize,
    pub(super) queued_bytes: usize,
    /// The most messages that wait for one client now.
    pub(super) longest_queue: usize,
    pub(super) connections: usize,
    pub(super) writers: usize,
}

impl Traffics {
    /// Adds a connection that lives.
    pub(super) fn add(&mut self, client: &Sender) {
        self.add_ended(client);
        let (messages, bytes) = client.queued();
        self.queued_messages += messages;
        self.queued_bytes += bytes;
        self.longest_queue = self.longest_queue.max(messages);
        self.writers += usize::from(client.has_writer());
    }

    /// Adds a connection that has ended: nothing waits for it any more.
    pub(super) fn add_ended(&mut self, client: &Sender) {
        let (received, sent) = client.tallies();
        self.received.add(&received);
        self.sent.add(&sent);
        self.high_water = self.high_water.max(client.high_water());
    }
}

impl Metrics {
    /// Nothing counted yet. Each of `endpoints` has its series from the start.
    pub(super) fn new<'a>(
        endpoints: impl Iterator<Item = &'a str>,
        hubs: Vec<Arc<HubCounters>>,
    ) -> Self {
        let endpoints = endpoints.map(|path| (path.to_owned(), Endpoint::default()));
        let totals = Totals {
            endpoints: endpoints.collect(),
            ..Totals::default()
        };
        Self {
            started: Instant::now(),
            hubs,
            totals: Lock::new(totals),
        }
    }

    /// An opening handshake was answered with this status.
    pub(super) fn handshake(&self, status: u16) {
        *self.totals.lock().handshakes.entry(status).or_default() += 1;
    }

    /// A connection ended before it could be answered.
    pub(super) fn handshake_without_answer(&self) {
        self.handshake(NO_ANSWER);
    }

    /// A plain request was answered with this status.
    pub(super) fn response(&self, status: u16) {
        *self.totals.lock().responses.entry(status).or_default() += 1;
    }

    /// A client of this route has come.
    pub(super) fn opened(&self, route: &str) {
        let mut totals = self.totals.lock();
        if let Some(endpoint) = totals.endpoints.get_mut(route) {
            endpoint.now += 1;
            endpoint.opened += 1;
        }
    }

    /// A client of this route has gone.
    pub(super) fn closed(&self, route: &str, cause: &CloseCause) {
        let mut totals = self.totals.lock();
        let close = (cause.by_name(), code_label(cause.code));
        *totals.closes.entry(close).or_default() += 1;
        if let Some(fault) = cause.fault {
            let rule = (fault.rule(), fault.section());
            *totals.faults.entry(rule).or_default() += 1;
        }
        if let Some(endpoint) = totals.endpoints.get_mut(route) {
            endpoint.now = endpoint.now.saturating_sub(1);
        }
    }

    /// A handler panicked.
    pub(super) fn panicked(&self) {
        self.totals.lock().panics += 1;
    }

    /// A ping was answered after this time.
    pub(super) fn round_trip(&self, time: Duration) {
        self.totals.lock().round_trips.observe(time);
    }
}

/// A close code for a label: its number where a standard gave it one, else its range, since
/// the peer is free to choose within it.
fn code_label(code: u16) -> String {
    match code {
        3000..=3999 => "3xxx".to_owned(),
        4000..=4999 => "4xxx".to_owned(),
        code => code.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_cannot_make_up_labels_with_its_close_codes() {
        let labels: std::collections::BTreeSet<String> =
            (1000..=1015).chain(3000..=4999).map(code_label).collect();
        assert_eq!(labels.len(), 18);
        assert_eq!(code_label(1006), "1006");
        assert_eq!(code_label(4321), "4xxx");
    }
}
