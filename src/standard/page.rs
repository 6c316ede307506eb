//! The browser page, from memory: its files are part of the program, and nothing is read from
//! disk.

use crate::handshake::RequestHead;
use crate::server::{Page, Response};

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
    style!("details"),
    style!("workbench"),
    style!("views"),
    style!("frames"),
    script!("dom"),
    script!("store"),
    script!("title"),
    script!("theme"),
    script!("text/visible"),
    script!("text/units"),
    script!("text/bytes"),
    script!("text/json"),
    script!("text/closing"),
    script!("place"),
    script!("chart"),
    script!("tiles"),
    script!("log/ring"),
    script!("log/list"),
    script!("log/row"),
    script!("log/filter"),
    script!("log/spoken"),
    script!("log/actions"),
    script!("log/log"),
    script!("log/view"),
    script!("log/ndjson"),
    script!("session"),
    script!("log/tools"),
    script!("log/bar"),
    script!("detail/pages"),
    script!("detail/plain"),
    script!("detail/tree"),
    script!("detail/pane"),
    script!("detail/split"),
    script!("log/find"),
    script!("link/address"),
    script!("link/backoff"),
    script!("frames/tap"),
    script!("link/link"),
    script!("link/panel"),
    script!("link/command"),
    script!("link/passwords"),
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
    script!("frames/sha1"),
    script!("frames/fields"),
    script!("frames/diagram"),
    script!("frames/bytes"),
    script!("frames/presets"),
    script!("frames/channel"),
    script!("frames/lab"),
    script!("frames/handshake"),
    script!("frames/live"),
    script!("frames/tour"),
    script!("frames/view"),
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

/// A page for each of the files.
pub(super) fn pages() -> impl Iterator<Item = Page> {
    FILES
        .iter()
        .map(|file| Page::new(file.path, |request| send_file(file, request.head())))
}

/// The file, or that the browser's copy of it is still right, or that it is not the one that is
/// asked for (RFC 9110 section 13.2.2).
fn send_file(file: &File, head: &RequestHead) -> Response {
    let tag = file.tag();
    let headers = &head.headers;
    let is_meant = headers.count("If-Match") == 0
        || (headers.all("If-Match")).any(|list| names_tag_strongly(list, &tag));
    if !is_meant {
        return Response::text(412, "That is not the file that is here now.\n");
    }
    let fresh = (headers.all("If-None-Match")).any(|list| names_tag(list, &tag));
    let response = match fresh {
        true => Response::new(304, &[][..]),
        false => Response::new(200, file.bytes).with_header("Content-Type", file.kind),
    };
    response
        .with_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        .with_header("X-Content-Type-Options", "nosniff")
        .with_header("Referrer-Policy", "no-referrer")
        .with_header("Cache-Control", "no-cache")
        .with_header("ETag", tag)
}

/// Whether an `If-None-Match` names this entity tag (RFC 9110 section 13.1.2): by the weak
/// comparison, or all of them with `*`.
fn names_tag(list: &str, tag: &str) -> bool {
    list.split(',')
        .map(str::trim)
        .any(|named| named == "*" || named.strip_prefix("W/").unwrap_or(named) == tag)
}

/// Whether an `If-Match` names this strong entity tag (RFC 9110 section 13.1.1).
fn names_tag_strongly(list: &str, tag: &str) -> bool {
    list.split(',')
        .map(str::trim)
        .any(|named| named == "*" || named == tag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handshake::Headers;

    #[test]
    fn a_file_that_is_not_the_one_that_is_asked_for_is_not_sent() {
        let tag = FILES[0].tag();
        let rows = [
            (tag.clone(), 200),
            (format!("\"other\", {tag}"), 200),
            ("*".to_owned(), 200),
            (format!("W/{tag}"), 412),
            ("\"other\"".to_owned(), 412),
        ];
        for (wanted, status) in rows {
            let headers = [("If-Match", &wanted)].into_iter().collect();
            let head = RequestHead::new("GET", "/", headers);
            let response = send_file(&FILES[0], &head).into_bytes("GET");
            assert!(response.starts_with(format!("HTTP/1.1 {status} ").as_bytes()));
        }
    }

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
            let response = send_file(&FILES[0], &head).into_bytes("GET");
            let response = String::from_utf8_lossy(&response);
            let line = format!("HTTP/1.1 {status} ");
            assert!(response.starts_with(&line), "{known:?}");
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
