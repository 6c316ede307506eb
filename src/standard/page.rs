//! The browser page, from memory: its files are part of the program, and nothing is read from
//! disk. `src/build.rs` makes them from `www/`.

use super::coding::prefers_gzip;
use crate::handshake::RequestHead;
use crate::server::{Page, Response};

/// A file of the page, as it was when the program was built.
struct File {
    path: &'static str,
    kind: &'static str,
    plain: &'static [u8],
    gzip: &'static [u8],
    hash: &'static str,
}

macro_rules! file {
    ($path:literal, $name:literal, $kind:literal) => {
        File {
            path: $path,
            kind: concat!($kind, "; charset=utf-8"),
            plain: include_bytes!(concat!(env!("OUT_DIR"), "/", $name)),
            gzip: include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".gz")),
            hash: include_str!(concat!(env!("OUT_DIR"), "/", $name, ".hash")),
        }
    };
}

static FILES: [File; 3] = [
    file!("/", "index.html", "text/html"),
    file!("/page.js", "page.js", "text/javascript"),
    file!("/page.css", "page.css", "text/css"),
];

/// The page loads its own files, opens WebSockets anywhere, and does nothing else.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; \
     style-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'";

/// A page for each of the files.
pub(super) fn pages() -> impl Iterator<Item = Page> {
    FILES
        .iter()
        .map(|file| Page::new(file.path, |request| file.answer(request.head())))
}

impl File {
    /// An entity tag (RFC 9110 section 8.8.3): a hash, and what tells a coding from the others.
    fn tag(&self, coding: &str) -> String {
        format!("\"{}{coding}\"", self.hash)
    }

    /// Returns the file, or that the browser's copy of it is still valid, or that the file is not
    /// the one that was requested (RFC 9110 section 13.2.2).
    fn answer(&'static self, head: &RequestHead) -> Response {
        let headers = &head.headers;
        let is_gzip = prefers_gzip(headers);
        let (bytes, tag) = match is_gzip {
            true => (self.gzip, self.tag("-gzip")),
            false => (self.plain, self.tag("")),
        };
        let is_meant = headers.count("If-Match") == 0
            || (headers.all("If-Match")).any(|list| names_tag_strongly(list, &tag));
        if !is_meant {
            return Response::text(
                412,
                "The file has changed since (If-Match does not match).\n",
            );
        }
        let fresh = (headers.all("If-None-Match")).any(|list| names_tag(list, &tag));
        let mut response = match fresh {
            true => Response::new(304, &[][..]),
            false => Response::new(200, bytes).with_header("Content-Type", self.kind),
        };
        if is_gzip && !fresh {
            response = response.with_header("Content-Encoding", "gzip");
        }
        response
            .with_header("Vary", "Accept-Encoding")
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
    use std::fs;
    use std::path::Path;

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
            let response = FILES[0].answer(&head).into_bytes("GET");
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
            let response = FILES[0].answer(&head).into_bytes("GET");
            let response = String::from_utf8_lossy(&response);
            let line = format!("HTTP/1.1 {status} ");
            assert!(response.starts_with(&line), "{known:?}");
            let (head, body) = response.split_once("\r\n\r\n").unwrap();
            assert_eq!(body.is_empty(), status == 304);
            assert!(head.contains(&format!("\r\nETag: {tag}\r\n")), "{head}");
        }
    }

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
            let answer = FILES[0].answer(&head).into_bytes("GET");
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
                (_, true) => assert_eq!(body, FILES[0].gzip, "{row}"),
                (_, false) => assert_eq!(body, FILES[0].plain, "{row}"),
            }
        }
    }

    #[test]
    fn the_page_names_its_two_other_files_and_they_hold_all_of_its_scripts_and_style_sheets() {
        let source = include_str!("../../www/index.html");
        let [page, script, style] = [0, 1, 2].map(|at| str::from_utf8(FILES[at].plain).unwrap());
        let www = Path::new(env!("CARGO_MANIFEST_DIR")).join("www");
        for (before, after, name, whole) in [
            ("<script defer src=\"", "\"></script>", "page.js", script),
            ("<link rel=\"stylesheet\" href=\"", "\">", "page.css", style),
        ] {
            let paths = |text: &'static str| -> Vec<&str> {
                let lines = text.lines().map(str::trim);
                lines
                    .filter_map(|line| line.strip_prefix(before)?.strip_suffix(after))
                    .collect()
            };
            assert_eq!(paths(page), [name]);
            assert!(paths(source).len() > 5);
            let texts = paths(source)
                .into_iter()
                .map(|path| fs::read_to_string(www.join(path)).unwrap() + "\n");
            assert_eq!(texts.collect::<String>(), whole, "{name}");
        }
        for text in ["<script", "<link rel=\"stylesheet\""] {
            assert_eq!(page.matches(text).count(), 1, "{text}");
        }
    }
}
