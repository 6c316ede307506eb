//! The browser page, from memory: its files are part of the program, and nothing is read from
//! disk. `/` is sent with its scripts and style sheets joined (see `joining`); each of them is there
//! by itself as well.

use std::borrow::Cow;
use std::sync::OnceLock;

#[cfg(feature = "deflate")]
use super::coding;
use super::joining::{Joined, join};
use crate::handshake::{Headers, RequestHead};
use crate::server::{Page, Response};

/// A file of the page, as it was when the program was built.
#[derive(Clone, Copy)]
struct File {
    path: &'static str,
    kind: &'static str,
    text: &'static str,
}

impl File {
    /// An entity tag (RFC 9110 section 8.8.3): FNV-1a of the bytes, their number, and what tells a
    /// coding from the others.
    fn tag(&self, coding: &str) -> String {
        let hash = self
            .text
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        format!("\"{hash:016x}-{:x}{coding}\"", self.text.len())
    }
}

macro_rules! file {
    ($path:expr, $name:expr, $kind:literal) => {
        File {
            path: $path,
            kind: concat!($kind, "; charset=utf-8"),
            text: include_str!(concat!("../../www/", $name)),
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

/// The page itself, as it is in www/.
static INDEX: File = file!("/", "index.html", "text/html");

/// The page's other files by their target; nothing else of www/ is served.
static FILES: &[File] = &[
    style!("base"),
    style!("controls"),
    style!("log"),
    style!("details"),
    style!("workbench"),
    style!("views"),
    style!("frames"),
    style!("print"),
    script!("dom"),
    script!("store"),
    script!("title"),
    script!("library"),
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
    script!("link/tab"),
    script!("link/tabs"),
    script!("link/strip"),
    script!("link/saved"),
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
    script!("latency/meter"),
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
    script!("server/endings"),
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
    joined()
        .into_iter()
        .chain(FILES.iter().copied())
        .map(|file| {
            let sent = Sent::new(file);
            Page::new(file.path, move |request| sent.answer(request.head()))
        })
}

/// The page with its files joined, and the two files that it then has.
fn joined() -> [File; 3] {
    static JOINED: OnceLock<Joined> = OnceLock::new();
    let Joined {
        page,
        script,
        style,
    } = JOINED.get_or_init(|| {
        join(INDEX.text, |path| {
            let file = FILES.iter().find(|file| file.path[1..] == *path);
            file.map(|file| file.text)
        })
    });
    [
        File {
            text: page,
            ..INDEX
        },
        File {
            path: "/page.js",
            kind: "text/javascript; charset=utf-8",
            text: script,
        },
        File {
            path: "/page.css",
            kind: "text/css; charset=utf-8",
            text: style,
        },
    ]
}

/// A file and what is kept to send it.
struct Sent {
    file: File,
    /// The bytes in the gzip coding, once a client has asked for them; none if they are no fewer.
    #[cfg(feature = "deflate")]
    gzip: OnceLock<Option<Vec<u8>>>,
}

/// A representation of a file: its bytes in a content coding, and the entity tag of these.
struct Representation {
    bytes: Cow<'static, [u8]>,
    coding: Option<&'static str>,
    tag: String,
}

impl Sent {
    fn new(file: File) -> Self {
        Self {
            file,
            #[cfg(feature = "deflate")]
            gzip: OnceLock::new(),
        }
    }

    /// The representation of the file that a request with these headers gets, if it gets the file.
    fn representation(&self, headers: &Headers) -> Representation {
        match self.gzip_for(headers) {
            Some(bytes) => Representation {
                bytes: Cow::Owned(bytes),
                coding: Some("gzip"),
                tag: self.file.tag("-gzip"),
            },
            None => Representation {
                bytes: Cow::Borrowed(self.file.text.as_bytes()),
                coding: None,
                tag: self.file.tag(""),
            },
        }
    }

    #[cfg(feature = "deflate")]
    fn gzip_for(&self, headers: &Headers) -> Option<Vec<u8>> {
        if !coding::prefers_gzip(headers) {
            return None;
        }
        let coded = self.gzip.get_or_init(|| {
            let coded = coding::gzip(self.file.text.as_bytes()).ok();
            coded.filter(|coded| coded.len() < self.file.text.len())
        });
        coded.clone()
    }

    #[cfg(not(feature = "deflate"))]
    fn gzip_for(&self, _: &Headers) -> Option<Vec<u8>> {
        None
    }

    /// Returns the file, or that the browser's copy of it is still valid, or that the file is not
    /// the one that was requested (RFC 9110 section 13.2.2).
    fn answer(&self, head: &RequestHead) -> Response {
        let headers = &head.headers;
        let Representation { bytes, coding, tag } = self.representation(headers);
        let is_meant = headers.count("If-Match") == 0
            || (headers.all("If-Match")).any(|list| names_tag_strongly(list, &tag));
        if !is_meant {
            return Response::text(412, "That is not the file that is here now.\n");
        }
        let fresh = (headers.all("If-None-Match")).any(|list| names_tag(list, &tag));
        let mut response = match fresh {
            true => Response::new(304, &[][..]),
            false => Response::new(200, bytes).with_header("Content-Type", self.file.kind),
        };
        if let Some(coding) = coding.filter(|_| !fresh) {
            response = response.with_header("Content-Encoding", coding);
        }
        if cfg!(feature = "deflate") {
            response = response.with_header("Vary", "Accept-Encoding");
        }
        response
            .with_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
            .with_header("X-Content-Type-Options", "nosniff")
            .with_header("Referrer-Policy", "no-referrer")
            .with_header("Cache-Control", "no-cache")
            .with_header("ETag", tag)
    }
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
        let tag = FILES[0].tag("");
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
            let response = Sent::new(FILES[0]).answer(&head).into_bytes("GET");
            assert!(response.starts_with(format!("HTTP/1.1 {status} ").as_bytes()));
        }
    }

    #[test]
    fn a_browser_that_has_the_file_already_is_told_so() {
        let tag = FILES[0].tag("");
        let rows = [
            (None, 200),
            (Some(tag.clone()), 304),
            (Some(format!("W/{tag}")), 304),
            (Some(format!("\"other\", {tag}")), 304),
            (Some("*".to_owned()), 304),
            (Some(FILES[1].tag("")), 200),
            (Some(tag.trim_matches('"').to_owned()), 200),
            (Some("\"other\"".to_owned()), 200),
        ];
        for (known, status) in rows {
            let mut headers = Headers::new();
            if let Some(known) = &known {
                headers.push("If-None-Match", known);
            }
            let head = RequestHead::new("GET", "/", headers);
            let response = Sent::new(FILES[0]).answer(&head).into_bytes("GET");
            let response = String::from_utf8_lossy(&response);
            let line = format!("HTTP/1.1 {status} ");
            assert!(response.starts_with(&line), "{known:?}");
            let (head, body) = response.split_once("\r\n\r\n").unwrap();
            assert_eq!(body.is_empty(), status == 304);
            assert!(head.contains(&format!("\r\nETag: {tag}\r\n")), "{head}");
        }
    }

    #[cfg(feature = "deflate")]
    #[test]
    fn each_content_coding_of_a_file_has_its_own_tag_and_answers_say_what_they_depend_on() {
        let (plain, gzip) = (FILES[0].tag(""), FILES[0].tag("-gzip"));
        assert_ne!(plain, gzip);
        // Accept-Encoding, If-None-Match, If-Match; status, and whether the answer is in gzip
        let rows = [
            ("", "", "", 200, false),
            ("gzip", "", "", 200, true),
            ("br", "", "", 200, false),
            ("gzip", gzip.as_str(), "", 304, true),
            ("gzip", plain.as_str(), "", 200, true),
            ("", gzip.as_str(), "", 200, false),
            ("", plain.as_str(), "", 304, false),
            ("gzip", "", gzip.as_str(), 200, true),
            ("gzip", "", plain.as_str(), 412, true),
        ];
        for (accepts, known, wanted, status, is_coded) in rows {
            let fields = [
                ("Accept-Encoding", accepts),
                ("If-None-Match", known),
                ("If-Match", wanted),
            ];
            let given = fields.into_iter().filter(|(_, value)| !value.is_empty());
            let head = RequestHead::new("GET", "/", given.collect());
            let answer = Sent::new(FILES[0]).answer(&head).into_bytes("GET");
            let end = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
            let head = String::from_utf8(answer[..end + 2].to_vec()).unwrap();
            let body = &answer[end + 4..];
            let row = format!("{accepts} {known} {wanted}: {head}");
            assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{row}");
            if status == 412 {
                continue;
            }
            let tag = if is_coded { &gzip } else { &plain };
            assert!(head.contains(&format!("\r\nETag: {tag}\r\n")), "{row}");
            assert!(head.contains("\r\nVary: Accept-Encoding\r\n"), "{row}");
            let says_coding = head.contains("\r\nContent-Encoding: gzip\r\n");
            assert_eq!(says_coding, is_coded && status == 200, "{row}");
            match (status, is_coded) {
                (304, _) => assert!(body.is_empty(), "{row}"),
                (_, true) => assert_eq!(
                    body,
                    coding::gzip(FILES[0].text.as_bytes()).unwrap(),
                    "{row}"
                ),
                (_, false) => assert_eq!(body, FILES[0].text.as_bytes(), "{row}"),
            }
        }
    }

    #[test]
    fn every_file_that_the_page_names_is_served() {
        let page = INDEX.text;
        for named in page
            .split(&['"', '\''][..])
            .filter(|word| word.ends_with(".js") || word.ends_with(".css"))
        {
            let path = format!("/{}", named.trim_start_matches("./"));
            assert!(FILES.iter().any(|file| file.path == path), "{path}");
        }
    }

    #[test]
    fn the_page_is_sent_with_all_its_files_joined() {
        let [page, script, style] = joined();
        let named =
            |text: &str| text.matches(" src=").count() + text.matches(" rel=\"stylesheet").count();
        assert_eq!(named(page.text), 2, "{}", page.text);
        for file in FILES {
            let whole = if file.path.ends_with(".js") {
                script
            } else {
                style
            };
            assert!(whole.text.contains(file.text), "{}", file.path);
        }
    }
}
