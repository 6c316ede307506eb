//! The server's counts, for its operator.
//!
//! Messages are counted by the connections themselves (see
//! [`ServerTraffic`](crate::server::ServerTraffic)); only events that happen once in a connection's
//! life, or rarely, take the lock here. No label contains anything that a peer chose freely:
//! endpoints are the server's own routes, and close codes beyond the standard's are counted by
//! their range.

#[cfg(feature = "cluster")]
mod cluster;
mod histogram;
mod report;
mod text;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub(super) use text::MEDIA_TYPE;

use self::histogram::Histogram;
#[cfg(feature = "cluster")]
use crate::cluster::ClusterStatus;
use crate::connection::CloseCause;
use crate::hub::HubCounters;
use crate::server::{ClientInfo, Observer};

/// The status of a handshake that got no answer: the peer was gone, or sent no HTTP.
const NO_ANSWER: u16 = 0;

/// The server's counts.
#[derive(Debug)]
pub(super) struct Metrics {
    started: Instant,
    hub: Arc<HubCounters>,
    #[cfg(feature = "cluster")]
    cluster: Option<Arc<ClusterStatus>>,
    totals: Mutex<Totals>,
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

impl Metrics {
    /// Nothing counted yet. Each of `endpoints` has its series from the start, others from their
    /// first client on.
    pub(super) fn new(endpoints: &[&str], hub: Arc<HubCounters>) -> Self {
        let endpoints = endpoints.iter();
        let totals = Totals {
            endpoints: endpoints
                .map(|path| ((*path).to_owned(), Endpoint::default()))
                .collect(),
            ..Totals::default()
        };
        Self {
            started: Instant::now(),
            hub,
            #[cfg(feature = "cluster")]
            cluster: None,
            totals: Mutex::new(totals),
        }
    }

    /// The same, with the server's state in its cluster.
    #[cfg(feature = "cluster")]
    pub(super) fn in_cluster(mut self, status: Option<Arc<ClusterStatus>>) -> Self {
        self.cluster = status;
        self
    }

    fn totals(&self) -> MutexGuard<'_, Totals> {
        self.totals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Metrics {
    fn handshake(&self, status: u16) {
        *self.totals().handshakes.entry(status).or_default() += 1;
    }

    fn handshake_without_answer(&self) {
        self.handshake(NO_ANSWER);
    }

    fn response(&self, status: u16) {
        *self.totals().responses.entry(status).or_default() += 1;
    }

    fn opened(&self, _: &ClientInfo, endpoint: &str) {
        let mut totals = self.totals();
        let endpoint = totals.endpoints.entry(endpoint.to_owned()).or_default();
        endpoint.now += 1;
        endpoint.opened += 1;
    }

    fn closed(&self, _: &ClientInfo, endpoint: &str, cause: &CloseCause) {
        let mut totals = self.totals();
        let close = (cause.by_name(), code_label(cause.code));
        *totals.closes.entry(close).or_default() += 1;
        if let Some(fault) = cause.fault {
            let rule = (fault.rule(), fault.section());
            *totals.faults.entry(rule).or_default() += 1;
        }
        if let Some(endpoint) = totals.endpoints.get_mut(endpoint) {
            endpoint.now = endpoint.now.saturating_sub(1);
        }
    }

    fn panicked(&self) {
        self.totals().panics += 1;
    }

    fn round_trip(&self, _: &ClientInfo, time: Duration) {
        self.totals().round_trips.observe(time);
    }
}

/// A close code as a label: its number if a standard defines it, else its range, within which the
/// peer is free to choose.
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
