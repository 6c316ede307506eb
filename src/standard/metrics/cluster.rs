//! How a server stands in its cluster, as Prometheus reads it.

use super::text::Exposition;
use crate::cluster::ClusterStatus;

pub(super) fn report(status: &ClusterStatus, text: &mut Exposition) {
    text.family(
        "wshub_cluster_up",
        "gauge",
        "1 while the shared log is in use; 0: chat and broadcast take no new clients.",
    )
    .value(u8::from(status.is_up()));
    text.family(
        "wshub_cluster_info",
        "gauge",
        "This server's name in the cluster and the life of the log; always 1.",
    )
    .labelled(&[("node", status.node()), ("epoch", &status.epoch())], 1);
    text.family(
        "wshub_cluster_nodes",
        "gauge",
        "Servers that live, this one included; 0 until it has read the log.",
    )
    .value(status.nodes());
    text.family(
        "wshub_cluster_sequence",
        "gauge",
        "The number of the log's entry that was applied last.",
    )
    .value(status.sequence());
    text.family(
        "wshub_cluster_lag_seconds",
        "gauge",
        "From when this server's last entry was given to the log until it was applied.",
    )
    .value(status.lag().as_secs_f64());
    text.family(
        "wshub_cluster_waiting_inputs",
        "gauge",
        "What clients of this server want, and that waits for the log.",
    )
    .value(status.waiting());
    counters(status, text);
    let mut family = text.family(
        "wshub_cluster_append_seconds",
        "histogram",
        "How long the log took to append.",
    );
    let appends = status.appends();
    for (bound, count) in appends.cumulative() {
        family.sample("_bucket", &[("le", &bound.to_string())], count);
    }
    family.sample("_bucket", &[("le", "+Inf")], appends.count());
    family.sample("_sum", &[], appends.sum().as_secs_f64());
    family.sample("_count", &[], appends.count());
}

fn counters(status: &ClusterStatus, text: &mut Exposition) {
    text.family(
        "wshub_cluster_refused_total",
        "counter",
        "What clients wanted, and that was refused because the log did not answer.",
    )
    .value(status.refused());
    text.family(
        "wshub_cluster_append_retries_total",
        "counter",
        "Appends that were tried again.",
    )
    .value(status.retries());
    text.family(
        "wshub_cluster_reconnects_total",
        "counter",
        "Connections for reading the log that broke or were given up, and attempts that failed.",
    )
    .value(status.reconnects());
    let mut family = text.family(
        "wshub_cluster_gaps_total",
        "counter",
        "How often messages may have been missed, by reason.",
    );
    for (reason, count) in status.gaps() {
        family.labelled(&[("reason", reason)], count);
    }
}
