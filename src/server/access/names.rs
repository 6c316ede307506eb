//! What rules on Host and Origin share about names and ports.

pub(super) fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        _ => None,
    }
}

/// `example.com.` is `example.com`, written as a fully qualified name.
pub(super) fn without_last_dot(host: &str) -> &str {
    host.strip_suffix('.').unwrap_or(host)
}
