//! Admission to a server of a cluster while it cannot reach the log.

use super::words;
use crate::cluster::ClusterStatus;
use crate::handshake::Refusal;
use crate::server::{Admit, Opening, PlainRequest};

/// Refuses clients of chat and broadcast while the log is not in use. Other requests are not
/// affected.
pub(in crate::standard) fn admit(status: &ClusterStatus, opening: &Opening<'_>) -> Admit {
    let path = opening.request.path();
    let is_shared = path == "/broadcast" || path == "/chat" || path.starts_with("/chat/");
    if !opening.websocket || !is_shared || status.is_up() {
        return Admit::accept();
    }
    Admit::Refuse(Refusal::new(503, words::NOT_NOW).with_header("Retry-After", "5"))
}

/// The answer to `/healthz?cluster` if the log is not in use. `None` if the log is in use, or the
/// request does not ask about the cluster.
pub(in crate::standard) fn health(
    status: &ClusterStatus,
    request: &PlainRequest<'_>,
) -> Option<String> {
    if status.is_up() || request.head().query("cluster").is_none() {
        return None;
    }
    Some("the cluster's log is not in use\n".to_owned())
}
