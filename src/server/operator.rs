//! What the operator sees over HTTP, and who counts as the operator.

use super::Shared;
use super::admit::Opening;
use super::metrics::MEDIA_TYPE;
use crate::handshake::{Refusal, write_response};

/// Headers with which a proxy tells that it passes on what somebody else asked.
const FORWARDED: [&str; 5] = [
    "Forwarded",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Real-IP",
    "Via",
];

/// The operator's page at `path`: its media type and text; `None` if there is none.
fn page(path: &str, shared: &Shared) -> Option<(&'static str, String)> {
    match path {
        "/metrics" => {
            let traffic = shared.clients.traffic();
            Some((
                MEDIA_TYPE,
                shared.metrics.report(&traffic, shared.listeners),
            ))
        }
        "/closed" => Some(("text/plain; charset=utf-8", shared.endings.report())),
        _ => None,
    }
}

/// Answers a plain request for one of the operator's pages; `None` if it is for another one.
pub(super) fn answer(opening: &Opening<'_>, shared: &Shared) -> Option<Result<Vec<u8>, Refusal>> {
    let path = opening.request.path();
    if !matches!(path, "/metrics" | "/closed") {
        return None;
    }
    if let Err(refusal) = check(opening, shared) {
        return Some(Err(refusal));
    }
    let (kind, text) = page(path, shared)?;
    let headers = [
        ("Content-Type", kind),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-store"),
    ];
    let head_only = opening.request.method == "HEAD";
    Some(Ok(write_response(
        200,
        &headers,
        text.as_bytes(),
        head_only,
    )))
}

/// Whether whoever asks is the operator: somebody who gave a password, or somebody on this
/// machine, by one of its own names and through no proxy.
fn check(opening: &Opening<'_>, shared: &Shared) -> Result<(), Refusal> {
    if shared.config.public_metrics || opening.user.is_some() {
        return Ok(());
    }
    let headers = &opening.request.headers;
    let is_forwarded = FORWARDED.iter().any(|name| headers.count(name) > 0);
    if opening.peer.ip().to_canonical().is_loopback() && !is_forwarded {
        return shared.config.access.check_host(opening.request, true);
    }
    Err(Refusal::new(
        403,
        format!(
            "{} is for this machine alone; start the server with --public-metrics to show it \
             to everybody, or with --basic-auth-file to show it to those with a password.",
            opening.request.path()
        ),
    ))
}
