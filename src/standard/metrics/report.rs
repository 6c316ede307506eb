//! The counts as Prometheus reads them. Names and labels are an interface: what is written
//! here once, dashboards rely on.

use super::text::Exposition;
use super::{Metrics, NO_ANSWER, Totals};
use crate::connection::Tally;
use crate::server::ServerTraffic;

impl Metrics {
    /// The whole exposition.
    pub(in crate::standard) fn report(&self, traffic: &ServerTraffic) -> String {
        let mut text = Exposition::default();
        text.family(
            "wshub_build_info",
            "gauge",
            "The program that answers; always 1.",
        )
        .labelled(&[("version", env!("CARGO_PKG_VERSION"))], 1);
        text.family(
            "wshub_uptime_seconds",
            "gauge",
            "Seconds since the server started.",
        )
        .value(self.started.elapsed().as_secs_f64());
        threads(&mut text, traffic, self.log_threads());
        clients(&mut text, &self.totals(), traffic);
        messages(&mut text, traffic);
        #[cfg(feature = "deflate")]
        compressed(&mut text, traffic);
        queues(&mut text, traffic);
        self.hub(&mut text);
        #[cfg(feature = "cluster")]
        if let Some(status) = &self.cluster {
            super::cluster::report(status, &mut text);
        }
        endings(&mut text, &self.totals());
        text.into_text()
    }

    /// Threads that talk to the log of a cluster.
    fn log_threads(&self) -> Option<usize> {
        #[cfg(feature = "cluster")]
        return self.cluster.as_ref().map(|_| 2);
        #[cfg(not(feature = "cluster"))]
        None
    }

    fn hub(&self, text: &mut Exposition) {
        let counters = &self.hub;
        text.family(
            "wshub_publishes_total",
            "counter",
            "Messages published to a room.",
        )
        .value(counters.published());
        text.family(
            "wshub_deliveries_total",
            "counter",
            "Messages queued for a member of a room, one for each member.",
        )
        .value(counters.delivered());
        text.family(
            "wshub_dropped_messages_total",
            "counter",
            "Messages that a slow client missed, one for each client.",
        )
        .value(counters.dropped());
        text.family(
            "wshub_slow_consumer_evictions_total",
            "counter",
            "Clients closed because their queue was full.",
        )
        .value(counters.evicted());
    }
}

fn threads(text: &mut Exposition, traffic: &ServerTraffic, log: Option<usize>) {
    let mut family = text.family(
        "wshub_threads",
        "gauge",
        "Threads of the server, by what they do.",
    );
    for (kind, count) in [
        ("accept", traffic.listeners),
        ("hub", 1),
        ("reader", traffic.connections),
        ("writer", traffic.writers),
    ] {
        family.labelled(&[("kind", kind)], count);
    }
    if let Some(count) = log {
        family.labelled(&[("kind", "log")], count);
    }
}

fn clients(text: &mut Exposition, totals: &Totals, traffic: &ServerTraffic) {
    text.family(
        "wshub_connections",
        "gauge",
        "TCP connections now, those in their handshake included.",
    )
    .value(traffic.connections);
    let mut family = text.family(
        "wshub_clients",
        "gauge",
        "Open WebSocket clients now, by endpoint.",
    );
    for (path, endpoint) in &totals.endpoints {
        family.labelled(&[("endpoint", path)], endpoint.now);
    }
    let mut family = text.family(
        "wshub_clients_opened_total",
        "counter",
        "WebSocket clients since the start, by endpoint.",
    );
    for (path, endpoint) in &totals.endpoints {
        family.labelled(&[("endpoint", path)], endpoint.opened);
    }
    let mut family = text.family(
        "wshub_handshakes_total",
        "counter",
        "Opening handshakes by their answer; none: the peer left or sent no HTTP.",
    );
    for (status, count) in &totals.handshakes {
        let status = if *status == NO_ANSWER {
            "none".to_owned()
        } else {
            status.to_string()
        };
        family.labelled(&[("status", &status)], count);
    }
    let mut family = text.family(
        "wshub_http_responses_total",
        "counter",
        "Answers to plain HTTP requests, by status.",
    );
    for (status, count) in &totals.responses {
        family.labelled(&[("status", &status.to_string())], count);
    }
}

fn messages(text: &mut Exposition, traffic: &ServerTraffic) {
    let ways = [("received", &traffic.received), ("sent", &traffic.sent)];
    type Count = fn(crate::connection::Traffic) -> u64;
    let families: [(&'static str, &str, Count); 2] = [
        (
            "wshub_messages_total",
            "Messages by direction and kind, pings and pongs included.",
            |traffic| traffic.messages,
        ),
        (
            "wshub_message_bytes_total",
            "Bytes of payload by direction and kind.",
            |traffic| traffic.bytes,
        ),
    ];
    for (name, help, count) in families {
        let mut family = text.family(name, "counter", help);
        for (direction, tally) in ways {
            for (kind, traffic) in Tally::named(tally) {
                family.labelled(&[("direction", direction), ("kind", kind)], count(traffic));
            }
        }
    }
}

/// What compression saves, either way.
#[cfg(feature = "deflate")]
fn compressed(text: &mut Exposition, traffic: &ServerTraffic) {
    let ways = [
        ("received", traffic.received.compressed),
        ("sent", traffic.sent.compressed),
    ];
    let mut family = text.family(
        "wshub_compressed_messages_total",
        "counter",
        "Compressed messages by direction; they are among the text and binary messages too.",
    );
    for (direction, traffic) in ways {
        family.labelled(&[("direction", direction)], traffic.messages);
    }
    let mut family = text.family(
        "wshub_compressed_message_bytes_total",
        "counter",
        "Bytes of compressed messages by direction: inflated, and compressed as on the wire.",
    );
    for (direction, traffic) in ways {
        for (form, bytes) in [
            ("inflated", traffic.inflated_bytes),
            ("compressed", traffic.compressed_bytes),
        ] {
            family.labelled(&[("direction", direction), ("form", form)], bytes);
        }
    }
}

fn queues(text: &mut Exposition, traffic: &ServerTraffic) {
    text.family(
        "wshub_queue_messages",
        "gauge",
        "Messages queued now, for all clients together.",
    )
    .value(traffic.queued_messages);
    text.family(
        "wshub_queue_bytes",
        "gauge",
        "Bytes of frames queued now, for all clients together.",
    )
    .value(traffic.queued_bytes);
    text.family(
        "wshub_queue_longest_messages",
        "gauge",
        "Messages queued now for the client with the longest queue.",
    )
    .value(traffic.longest_queue);
    text.family(
        "wshub_queue_high_water_messages",
        "gauge",
        "The longest queue of one client since the start, in messages.",
    )
    .value(traffic.high_water);
    text.family(
        "wshub_memory_used_bytes",
        "gauge",
        "Bytes taken by unfinished messages and by what waits for clients, of the budget.",
    )
    .value(traffic.memory_used_bytes);
    if let Some(limit) = traffic.memory_limit_bytes {
        text.family(
            "wshub_memory_limit_bytes",
            "gauge",
            "The budget for unfinished messages and for what waits for clients (--memory).",
        )
        .value(limit);
    }
}

fn endings(text: &mut Exposition, totals: &Totals) {
    let mut family = text.family(
        "wshub_closes_total",
        "counter",
        "Ended clients by who began the end (us, peer, fault, network) and close code.",
    );
    for ((by, code), count) in &totals.closes {
        family.labelled(&[("by", by), ("code", code)], count);
    }
    let mut family = text.family(
        "wshub_protocol_faults_total",
        "counter",
        "Rules of RFC 6455 that clients broke, with the section.",
    );
    for ((rule, section), count) in &totals.faults {
        family.labelled(&[("rule", rule), ("section", section)], count);
    }
    text.family(
        "wshub_handler_panics_total",
        "counter",
        "Handlers that panicked.",
    )
    .value(totals.panics);
    let mut family = text.family(
        "wshub_ping_round_trip_seconds",
        "histogram",
        "Time from a keepalive ping to its pong.",
    );
    let trips = &totals.round_trips;
    for (bound, count) in trips.cumulative() {
        family.sample("_bucket", &[("le", &bound)], count);
    }
    family.sample("_sum", &[], trips.sum().as_secs_f64());
    family.sample("_count", &[], trips.count());
}
