//! Plain HTTP responses: each states its length, and no value that it carries can add a header to
//! it.

use super::headers::is_token;

/// Headers that [`write_response`] writes itself; a caller's are left out.
const OWN: [&str; 3] = ["Content-Length", "Connection", "Transfer-Encoding"];

/// The reason phrase of a status (RFC 9110 section 15); empty for one that is never used here.
#[must_use]
pub fn reason_phrase(status: u16) -> &'static str {
    match status {
        101 => "Switching Protocols",
        200 => "OK",
        204 => "No Content",
        205 => "Reset Content",
        301 => "Moved Permanently",
        302 => "Found",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        414 => "URI Too Long",
        426 => "Upgrade Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        _ => "",
    }
}

/// A whole response: status line, `headers`, `Content-Length` and `Connection: close`, blank
/// line, body. For an answer to HEAD, `head_only` leaves the body out but keeps its length
/// (RFC 9110 section 9.3.2). Where `headers` has `Upgrade`, the connection option of that name is
/// added, as RFC 9110 section 7.8 demands. A status that has no body, 1xx, 204 or 304, gets neither
/// a body nor a length (RFC 9110 section 8.6), and 205 an empty one (section 15.3.6).
///
/// Values are made safe rather than refused: control characters become spaces. A header is left
/// out if its name is not a token, or if this function writes it itself.
#[must_use]
pub fn write_response(
    status: u16,
    headers: &[(&str, &str)],
    body: &[u8],
    head_only: bool,
) -> Vec<u8> {
    write(status, headers, body, head_only, true)
}

/// The same as [`write_response`] for a connection that stays open for a next request: without
/// `Connection: close` (RFC 9112 section 9.3).
#[must_use]
pub fn write_persistent_response(
    status: u16,
    headers: &[(&str, &str)],
    body: &[u8],
    head_only: bool,
) -> Vec<u8> {
    write(status, headers, body, head_only, false)
}

fn write(
    status: u16,
    headers: &[(&str, &str)],
    body: &[u8],
    head_only: bool,
    closes: bool,
) -> Vec<u8> {
    let mut response = format!("HTTP/1.1 {status} {}\r\n", reason_phrase(status));
    let mut options: Vec<&str> = closes.then_some("close").into_iter().collect();
    for (name, value) in headers {
        if !is_token(name) || OWN.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            continue;
        }
        if name.eq_ignore_ascii_case("Upgrade") {
            options.push("Upgrade");
        }
        response.push_str(&format!("{name}: {}\r\n", without_controls(value)));
    }
    let body = if status == 205 { &[] } else { body };
    let has_body = !matches!(status, 100..=199 | 204 | 304);
    if has_body {
        response.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    if !options.is_empty() {
        response.push_str(&format!("Connection: {}\r\n", options.join(", ")));
    }
    response.push_str("\r\n");
    let mut response = response.into_bytes();
    if has_body && !head_only {
        response.extend_from_slice(body);
    }
    response
}

/// `text` with a space for each control character: one line, whatever a peer put into it.
pub(super) fn without_controls(text: &str) -> String {
    text.chars()
        .map(|char| if char.is_control() { ' ' } else { char })
        .collect()
}

/// A peer's text to be shown to a person: shortened, and without control characters.
pub(super) fn shown(text: &str) -> String {
    const MOST_CHARS: usize = 200;
    without_controls(&text.chars().take(MOST_CHARS).collect::<String>())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn text(response: Vec<u8>) -> String {
        String::from_utf8(response).unwrap()
    }

    #[test]
    fn whole_responses() {
        let page = [("Content-Type", "text/html")];
        assert_eq!(
            text(write_response(200, &page, b"<p>", false)),
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\
             Connection: close\r\n\r\n<p>"
        );
        assert_eq!(
            text(write_response(200, &page, b"<p>", true)),
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\
             Connection: close\r\n\r\n"
        );
        assert_eq!(
            text(write_response(404, &[], b"", false)),
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        assert_eq!(
            text(write_persistent_response(200, &page, b"<p>", false)),
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\n<p>"
        );
    }

    #[test]
    fn a_status_without_a_body_has_no_length_either() {
        for status in [204, 304] {
            let phrase = reason_phrase(status);
            assert_eq!(
                text(write_response(status, &[], b"body", false)),
                format!("HTTP/1.1 {status} {phrase}\r\nConnection: close\r\n\r\n")
            );
        }
    }

    #[test]
    fn a_205_has_an_empty_body() {
        assert_eq!(
            text(write_response(205, &[], b"body", false)),
            "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
    }

    #[test]
    fn headers_cannot_be_injected() {
        let rows = [
            ("CR LF", ("X-A", "1\r\nX-Evil: 2"), "X-A: 1  X-Evil: 2\r\n"),
            ("LF", ("X-A", "1\nX-Evil: 2"), "X-A: 1 X-Evil: 2\r\n"),
            ("NUL", ("X-A", "1\0"), "X-A: 1 \r\n"),
            ("C1", ("X-A", "1\u{85}2"), "X-A: 1 2\r\n"),
            ("in the name", ("X-A: 1\r\nX-Evil", "2"), ""),
            ("empty name", ("", "2"), ""),
            ("own length", ("content-length", "99"), ""),
            ("own connection", ("Connection", "keep-alive"), ""),
            ("own encoding", ("Transfer-Encoding", "chunked"), ""),
        ];
        for (name, header, line) in rows {
            assert_eq!(
                text(write_response(200, &[header], b"", false)),
                format!("HTTP/1.1 200 OK\r\n{line}Content-Length: 0\r\nConnection: close\r\n\r\n"),
                "{name}"
            );
        }
    }

    #[test]
    fn every_status_in_use_has_a_phrase() {
        for status in [
            101, 200, 400, 401, 403, 404, 405, 408, 414, 426, 429, 431, 500, 501, 503, 505,
        ] {
            assert_ne!(reason_phrase(status), "", "{status}");
        }
        assert_eq!(reason_phrase(299), "");
    }
}
