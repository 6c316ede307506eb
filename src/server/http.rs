//! Plain HTTP beside WebSocket: the browser page from memory, and a health check. No
//! directory, no disk, no keep-alive.

use std::sync::atomic::Ordering::Relaxed;

use super::Shared;
use crate::handshake::{Refusal, RequestHead, write_response};

/// A file of the page, as it was when the program was built.
struct File {
    path: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

macro_rules! file {
    ($path:expr, $name:expr, $kind:literal) => {
        File {
            path: $path,
            kind: concat!($kind, "; charset=utf-8"),
            bytes: include_bytes!(concat!("../../www/", $name)),
        }
    };
}

macro_rules! style {
    ($name:literal) => {
        file!(
            concat!("/css/", $name, ".css"),
            concat!("css/", $name, ".css"),
            "text/css"
        )
    };
}

macro_rules! script {
    ($name:literal) => {
        file!(
            concat!("/js/", $name, ".js"),
            concat!("js/", $name, ".js"),
            "text/javascript"
        )
    };
}

/// The page's files by their target; nothing else of www/ is served.
static FILES: &[File] = &[
    file!("/", "index.html", "text/html"),
    style!("base"),
    style!("controls"),
    style!("log"),
    style!("workbench"),
    style!("views"),
    script!("dom"),
    script!("store"),
    script!("text/visible"),
    script!("text/units"),
    script!("text/bytes"),
    script!("text/json"),
    script!("text/closing"),
    script!("chart"),
    script!("log/ring"),
    script!("log/heights"),
    script!("log/list"),
    script!("log/row"),
    script!("log/filter"),
    script!("log/spoken"),
    script!("log/log"),
    script!("log/ndjson"),
    script!("log/tools"),
    script!("log/find"),
    script!("log/bar"),
    script!("link/address"),
    script!("link/backoff"),
    script!("link/link"),
    script!("link/panel"),
    script!("send/history"),
    script!("send/compose"),
    script!("send/repeat"),
    script!("send/files"),
    script!("send/saved"),
    script!("latency/wake"),
    script!("latency/samples"),
    script!("latency/echoes"),
    script!("latency/panel"),
    script!("chat/lines"),
    script!("chat/rooms"),
    script!("chat/draw"),
    script!("chat/view"),
    script!("stress/load"),
    script!("stress/tally"),
    script!("stress/view"),
    script!("server/prometheus"),
    script!("server/figures"),
    script!("server/reader"),
    script!("server/view"),
    script!("views"),
    script!("app"),
];

/// The page loads its own files, opens WebSockets anywhere, and does nothing else.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; \
     style-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'";

/// Answers a GET or HEAD that asks for no upgrade: the status and the whole response.
pub(super) fn answer(head: &RequestHead, shared: &Shared) -> (u16, Vec<u8>) {
    let head_only = head.method == "HEAD";
    let path = head.path();
    if path == "/healthz" {
        let stopping = shared.stopping.load(Relaxed);
        let (status, body) = if stopping {
            (503, "stopping\n")
        } else {
            (200, "ok\n")
        };
        let headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Cache-Control", "no-store"),
        ];
        return (
            status,
            write_response(status, &headers, body.as_bytes(), head_only),
        );
    }
    if let Some(file) = FILES
        .iter()
        .find(|file| file.path == path && shared.serves_page)
    {
        let headers = [
            ("Content-Type", file.kind),
            ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
            ("Cache-Control", "no-cache"),
        ];
        return (200, write_response(200, &headers, file.bytes, head_only));
    }
    let refusal = match shared.route(path) {
        Some(_) => Refusal::upgrade_required(format!(
            "{path} is a WebSocket endpoint; connect to it with a WebSocket client."
        )),
        None => Refusal::new(404, format!("Nothing is at {path}.")),
    };
    (refusal.status, refusal.response_to(&head.method))
}

#[cfg(test)]
mod tests {
    use super::FILES;

    #[test]
    fn every_file_that_the_page_names_is_served() {
        let page = String::from_utf8_lossy(FILES[0].bytes);
        for named in page
            .split(&['"', '\''][..])
            .filter(|word| word.ends_with(".js") || word.ends_with(".css"))
        {
            let path = format!("/{}", named.trim_start_matches("./"));
            assert!(FILES.iter().any(|file| file.path == path), "{path}");
        }
    }
}
