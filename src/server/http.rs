//! Plain HTTP beside WebSocket: the browser page from memory, the operator's pages, and a health
//! check. No directory, no disk, no keep-alive.

use std::sync::atomic::Ordering::Relaxed;

use super::Shared;
use super::admit::Opening;
use super::operator;
use crate::handshake::{Refusal, RequestHead, write_response};

/// A file of the page, as it was when the program was built.
struct File {
    path: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

impl File {
    /// The entity tag (RFC 9110 section 8.8.3): FNV-1a of the bytes, and their number.
    fn tag(&self) -> String {
        let hash = self
            .bytes
            .iter()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
            });
        format!("\"{hash:016x}-{:x}\"", self.bytes.len())
    }
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

/// The health check, which everybody may ask for.
pub(super) const HEALTH: &str = "/healthz";

/// Answers a GET or HEAD that asks for no upgrade: the status and the whole response.
pub(super) fn answer(opening: &Opening<'_>, shared: &Shared) -> Result<(u16, Vec<u8>), Refusal> {
    let head = opening.request;
    let head_only = head.method == "HEAD";
    let path = head.path();
    if path == HEALTH {
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
        let response = write_response(status, &headers, body.as_bytes(), head_only);
        return Ok((status, response));
    }
    if let Some(page) = operator::answer(opening, shared) {
        return page.map(|response| (200, response));
    }
    let file = FILES.iter().find(|file| file.path == path);
    if let Some(file) = file.filter(|_| shared.serves_page) {
        return Ok(send_file(file, head));
    }
    Err(match shared.route(path) {
        Some(_) => Refusal::upgrade_required(format!(
            "{path} is a WebSocket endpoint; connect to it with a WebSocket client."
        )),
        None => Refusal::new(404, format!("Nothing is at {path}.")),
    })
}

/// A file of the page, or that the browser's copy of it is still right (RFC 9110 section 13).
fn send_file(file: &File, head: &RequestHead) -> (u16, Vec<u8>) {
    let tag = file.tag();
    let headers = [
        ("Content-Type", file.kind),
        ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cache-Control", "no-cache"),
        ("ETag", tag.as_str()),
    ];
    let fresh = (head.headers.all("If-None-Match")).any(|list| names_tag(list, &tag));
    let status = if fresh { 304 } else { 200 };
    let head_only = fresh || head.method == "HEAD";
    let response = write_response(status, &headers, file.bytes, head_only);
    (status, response)
}

/// Whether an `If-None-Match` names this entity tag (RFC 9110 section 13.1.2): by the weak
/// comparison, or all of them with `*`.
fn names_tag(list: &str, tag: &str) -> bool {
    list.split(',')
        .map(str::trim)
        .any(|named| named == "*" || named.strip_prefix("W/").unwrap_or(named) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handshake::Headers;

    #[test]
    fn a_browser_that_has_the_file_already_is_told_so() {
        let tag = FILES[0].tag();
        let rows = [
            (None, 200),
            (Some(tag.clone()), 304),
            (Some(format!("W/{tag}")), 304),
            (Some(format!("\"other\", {tag}")), 304),
            (Some("*".to_owned()), 304),
            (Some(FILES[1].tag()), 200),
            (Some(tag.trim_matches('"').to_owned()), 200),
            (Some("\"other\"".to_owned()), 200),
        ];
        for (known, status) in rows {
            let mut headers = Headers::new();
            if let Some(known) = &known {
                headers.push("If-None-Match", known);
            }
            let head = RequestHead::new("GET", "/", headers);
            let (answered, response) = send_file(&FILES[0], &head);
            let response = String::from_utf8_lossy(&response);
            assert_eq!(answered, status, "{known:?}");
            let (head, body) = response.split_once("\r\n\r\n").unwrap();
            assert_eq!(body.is_empty(), status == 304);
            assert!(head.contains(&format!("\r\nETag: {tag}\r\n")), "{head}");
        }
    }

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
