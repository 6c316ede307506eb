//! The texts that tell clients about the cluster.

/// The notice that a line or a message was not sent.
pub(super) fn not_sent(is_certain: bool) -> &'static str {
    match is_certain {
        true => {
            "not sent: the servers do not reach their shared log at present; send it again later"
        }
        false => "not sent, or perhaps late: the servers do not reach their shared log at present",
    }
}

/// The close reason for a client of `/broadcast`, and for one that was about to enter chat: at most
/// 123 bytes.
pub(super) const AWAY: &str = "the servers do not reach their shared log; try again later";

/// The answer to an upgrade request while the log is not in use.
pub(super) const NOT_NOW: &str =
    "This server does not reach the log that it shares with others; try again in a few seconds.";

/// The close reason after a message that is too long for a cluster.
pub(super) const TOO_LONG: &str = "a message has at most 8 MiB in a cluster";

/// The notice to a room when lines may be missing.
pub(super) const GAP: &str = "the servers had lost each other";
