//! Rows of heads, each fed whole, byte by byte, and cut at every point, with the same result.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::handshake::head::HttpVersion;
use crate::handshake::head_limits::{MAX_HEAD_BYTES, MAX_HEADERS, MAX_LINE_BYTES};
use crate::handshake::headers::Headers;
use HeadError::*;

/// What a whole input came to: a head and the bytes after it, the need for more, or an error.
type Outcome<H> = Result<Option<(H, usize)>, HeadError>;

fn feed_pieces<H: StartLine>(limits: HeadLimits, pieces: &[&[u8]]) -> Outcome<H> {
    let mut parser = HeadParser::<H>::with_limits(limits);
    let mut total = 0;
    for piece in pieces {
        match parser.feed(piece) {
            Ok(Fed::NeedMore) => total += piece.len(),
            Ok(Fed::Done { head, consumed }) => return Ok(Some((head, total + consumed))),
            Err(error) => {
                assert_eq!(parser.feed(b"GET").err(), Some(error), "sticky");
                return Err(error);
            }
        }
    }
    Ok(None)
}

/// Feeds `input` in all the ways there are (long ones at some cuts only) and gives the one result.
fn feed_all_ways<H>(name: &str, input: &[u8]) -> Outcome<H>
where
    H: StartLine + PartialEq + Clone + std::fmt::Debug,
{
    feed_all_ways_within(HeadLimits::default(), name, input)
}

fn feed_all_ways_within<H>(limits: HeadLimits, name: &str, input: &[u8]) -> Outcome<H>
where
    H: StartLine + PartialEq + Clone + std::fmt::Debug,
{
    let feed_pieces = |pieces: &[&[u8]]| feed_pieces::<H>(limits, pieces);
    let whole = feed_pieces(&[input]);
    let bytes: Vec<&[u8]> = input.chunks(1).collect();
    assert_eq!(feed_pieces(&bytes), whole, "{name}: byte by byte");
    let step = 1 + input.len() / 300;
    for cut in (0..=input.len()).step_by(step) {
        let (left, right) = input.split_at(cut);
        assert_eq!(
            feed_pieces(&[left, b"", right]),
            whole,
            "{name}: cut at {cut}"
        );
    }
    whole
}

fn request(name: &str, input: &[u8]) -> Outcome<RequestHead> {
    feed_all_ways(name, input)
}

fn headers(rows: &[(&str, &str)]) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in rows {
        headers.push(name, value);
    }
    headers
}

#[test]
fn a_request_and_the_frames_behind_it() {
    let head =
        b"GET /chat?name=a HTTP/1.1\r\nHost: x:1\r\nA:b\r\na: \t c\td \t\r\nE:\r\nF: \xe9\r\n\r\n";
    for tail in [&b""[..], b"\x81\x85", b"\r\n", b"GET / HTTP/1.1\r\n\r\n"] {
        let input = [head, tail].concat();
        let (parsed, consumed) = request("good", &input).unwrap().unwrap();
        assert_eq!(consumed, head.len());
        let fields = [
            ("Host", "x:1"),
            ("A", "b"),
            ("a", "c\td"),
            ("E", ""),
            ("F", "\u{e9}"),
        ];
        assert_eq!(
            parsed,
            RequestHead::new("GET", "/chat?name=a", headers(&fields))
        );
        assert_eq!(parsed.authority(), Some("x:1"));
    }
    for cut in 0..head.len() {
        assert_eq!(request("cut short", &head[..cut]), Ok(None), "{cut}");
    }
}

#[test]
fn consumed_counts_this_feed_only_and_the_parser_is_as_new() {
    let mut parser = RequestParser::new();
    assert!(!parser.is_started());
    assert_eq!(parser.feed(b"GET / HTTP/1.1\r\n\r"), Ok(Fed::NeedMore));
    assert!(parser.is_started());
    let head = RequestHead::new("GET", "/", Headers::new());
    assert_eq!(
        parser.feed(b"\nxyz"),
        Ok(Fed::Done {
            head: head.clone(),
            consumed: 1
        })
    );
    assert!(!parser.is_started());
    let again = b"GET / HTTP/1.1\r\n\r\n";
    assert_eq!(
        parser.feed(again),
        Ok(Fed::Done {
            head,
            consumed: again.len()
        })
    );
}

#[test]
fn heads_that_break_a_rule() {
    let rows: &[(&str, &[u8], HeadError)] = &[
        ("TLS", b"\x16\x03\x01\x02", TlsHello),
        ("NUL at once", b"\0", Nul),
        ("garbage", b"\xff\xfe", NotHttp),
        ("a frame", b"\x81\x85", NotHttp),
        ("garbage behind letters", b"GE\xff", NotHttp),
        ("space at once", b" GET / HTTP/1.1", NotHttp),
        (
            "garbage behind an empty line",
            b"\r\n GET / HTTP/1.1\r\n\r\n",
            NotHttp,
        ),
        ("bare CR in an empty line", b"\r\rGET", BareCr),
        ("bare LF behind an empty line", b"\r\n\nGET", BareLf),
        ("bare LF at once", b"\nGET", BareLf),
        ("control at once", b"\x01", ControlCharacter),
        (
            "colon in the method",
            b"GET: / HTTP/1.1",
            InvalidRequestLine,
        ),
        ("tab for a space", b"GET\t/ HTTP/1.1", InvalidRequestLine),
        ("method alone", b"GET\r\n", InvalidRequestLine),
        ("HTTP/0.9", b"GET /\r\n", InvalidRequestLine),
        ("space, no version", b"GET / \r\n", InvalidRequestLine),
        ("two spaces", b"GET  / HTTP/1.1", InvalidRequestLine),
        ("two spaces later", b"GET /  HTTP/1.1", InvalidRequestLine),
        ("tab in the target", b"GET /\tHTTP/1.1", InvalidRequestLine),
        ("space behind", b"GET / HTTP/1.1 \r\n", InvalidRequestLine),
        ("short version", b"GET / HTTP/1\r\n", InvalidRequestLine),
        ("long version", b"GET / HTTP/1.11\r\n", InvalidRequestLine),
        (
            "lower case version",
            b"GET / http/1.1\r\n",
            InvalidRequestLine,
        ),
        ("HTTP/0.8", b"GET / HTTP/0", UnsupportedVersion),
        ("HTTP/2.0", b"GET / HTTP/2", UnsupportedVersion),
        (
            "HTTP/2 preface",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            UnsupportedVersion,
        ),
        ("fragment", b"GET /a#b HTTP/1.1\r\n", InvalidTarget),
        (
            "target not ASCII",
            b"GET /\xc3\xa9 HTTP/1.1\r\n",
            InvalidTarget,
        ),
        ("asterisk", b"OPTIONS * HTTP/1.1\r\n", NoResource),
        ("asterisk, GET", b"GET * HTTP/1.1\r\n", InvalidTarget),
        ("authority-form", b"CONNECT a:443 HTTP/1.1\r\n", NoResource),
        (
            "authority-form, no port",
            b"CONNECT a HTTP/1.1\r\n",
            InvalidTarget,
        ),
        (
            "authority-form, GET",
            b"GET a:443 HTTP/1.1\r\n",
            InvalidTarget,
        ),
        ("relative", b"GET chat HTTP/1.1\r\n", InvalidTarget),
        ("other scheme", b"GET ftp://a/ HTTP/1.1\r\n", InvalidTarget),
        (
            "absolute, no host",
            b"GET http:///a HTTP/1.1\r\n",
            InvalidTarget,
        ),
        (
            "absolute, user",
            b"GET http://u@a/ HTTP/1.1\r\n",
            InvalidTarget,
        ),
        (
            "DEL in the target",
            b"GET /\x7f HTTP/1.1\r\n",
            ControlCharacter,
        ),
        ("NUL in the target", b"GET /\0 HTTP/1.1\r\n", Nul),
        ("LF in the target", b"GET /\nX: 1 HTTP/1.1\r\n", BareLf),
        ("bare CR, first line", b"GET / HTTP/1.1\rX", BareCr),
        (
            "bare LF, first line",
            b"GET / HTTP/1.1\nHost: x\n\n",
            BareLf,
        ),
        ("bare LF, header", b"GET / HTTP/1.1\r\nHost: x\n", BareLf),
        ("bare LF, end", b"GET / HTTP/1.1\r\nHost: x\r\n\n", BareLf),
        ("bare CR, name", b"GET / HTTP/1.1\r\nHo\rst: x\r\n", BareCr),
        (
            "bare CR, value",
            b"GET / HTTP/1.1\r\nHost: x\rA: y\r\n",
            BareCr,
        ),
        ("two CR", b"GET / HTTP/1.1\r\r\n", BareCr),
        ("bare CR, end", b"GET / HTTP/1.1\r\n\rX", BareCr),
        ("NUL in a name", b"GET / HTTP/1.1\r\nHo\0st: x\r\n", Nul),
        ("NUL in a value", b"GET / HTTP/1.1\r\nHost: x\0", Nul),
        (
            "control in a value",
            b"GET / HTTP/1.1\r\nHost: x\x0b",
            ControlCharacter,
        ),
        (
            "DEL in a value",
            b"GET / HTTP/1.1\r\nHost: x\x7f",
            ControlCharacter,
        ),
        ("obs-fold", b"GET / HTTP/1.1\r\nA: x\r\n y\r\n", ObsFold),
        (
            "obs-fold, tab",
            b"GET / HTTP/1.1\r\nA: x\r\n\ty\r\n",
            ObsFold,
        ),
        (
            "space before the headers",
            b"GET / HTTP/1.1\r\n A: x\r\n",
            ObsFold,
        ),
        ("no colon", b"GET / HTTP/1.1\r\nHost\r\n", MissingColon),
        (
            "space before the colon",
            b"GET / HTTP/1.1\r\nHost : x\r\n",
            SpaceBeforeColon,
        ),
        (
            "tab before the colon",
            b"GET / HTTP/1.1\r\nHost\t: x\r\n",
            SpaceBeforeColon,
        ),
        (
            "space in a name",
            b"GET / HTTP/1.1\r\nHo st: x\r\n",
            SpaceBeforeColon,
        ),
        ("no name", b"GET / HTTP/1.1\r\n: x\r\n", EmptyName),
        (
            "name not ASCII",
            b"GET / HTTP/1.1\r\nH\xf6st: x\r\n",
            InvalidNameByte,
        ),
        (
            "quotes in a name",
            b"GET / HTTP/1.1\r\n\"Host\": x\r\n",
            InvalidNameByte,
        ),
    ];
    for (name, input, error) in rows {
        assert_eq!(request(name, input), Err(*error), "{name}");
        let text = error.to_string();
        assert!(text.len() > 20 && !text.contains('\n'), "{name}: {text}");
    }
}

#[test]
fn fails_at_the_first_byte_that_proves_it() {
    let rows: &[(&[u8], HeadError)] = &[
        (b"GET / HTTP/2", UnsupportedVersion),
        (b"GET / HTTPS", InvalidRequestLine),
        (b"GET /\x80", InvalidTarget),
        (b"GET / HTTP/1.1\r\n ", ObsFold),
        (b"GET / HTTP/1.1\r\nA:\0", Nul),
        (b"GET / HTTP/1.1\r\nA ", SpaceBeforeColon),
    ];
    for (input, error) in rows {
        assert_eq!(request("last byte", input), Err(*error));
        assert_eq!(
            request("before it", &input[..input.len() - 1]),
            Ok(None),
            "{error:?}"
        );
    }
}

#[test]
fn targets() {
    let rows = [
        ("/", None, "/"),
        ("//a", None, "//a"),
        ("/a?b=http://c", None, "/a?b=http://c"),
        ("/<\"{}>", None, "/<\"{}>"),
        ("http://a", Some("a"), "/"),
        ("http://a:1/b?c", Some("a:1"), "/b?c"),
        ("WS://[::1]:80?c", Some("[::1]:80"), "/?c"),
        ("wss://a/", Some("a"), "/"),
        ("https://a/b", Some("a"), "/b"),
    ];
    for (target, authority, origin_form) in rows {
        let input = format!("GET {target} HTTP/1.1\r\nHost: other\r\n\r\n");
        let (head, _) = request(target, input.as_bytes()).unwrap().unwrap();
        assert_eq!(head.target, origin_form, "{target}");
        assert_eq!(head.target_authority.as_deref(), authority, "{target}");
        assert_eq!(head.authority(), authority.or(Some("other")), "{target}");
    }
}

#[test]
fn later_versions_of_http_1_are_read_as_1_1() {
    let rows = [
        ("1.0", HttpVersion::Http10),
        ("1.1", HttpVersion::Http11),
        ("1.2", HttpVersion::Http11), // RFC 6455 section 4.2.1 item 1: "1.1 or higher"
        ("1.9", HttpVersion::Http11),
    ];
    for (version, read_as) in rows {
        let input = format!("GET / HTTP/{version}\r\n\r\n");
        let (head, _) = request(version, input.as_bytes()).unwrap().unwrap();
        assert_eq!(head.version, read_as, "{version}");
    }
}

#[test]
fn empty_lines_before_a_request_line_are_skipped_and_counted() {
    for lines in [1, 2, 100] {
        let input = [
            "\r\n".repeat(lines).as_bytes(),
            b"GET /a HTTP/1.1\r\n\r\n\x81",
        ]
        .concat();
        let (head, consumed) = request("empty lines", &input).unwrap().unwrap();
        assert_eq!((head.target.as_str(), consumed), ("/a", input.len() - 1));
    }
    let limit = MAX_HEAD_BYTES;
    let endless = "\r\n".repeat(limit);
    assert_eq!(
        request("nothing else", endless.as_bytes()),
        Err(HeadTooLong { limit })
    );
    let response = feed_all_ways::<ResponseHead>("response", b"\r\nHTTP/1.1 101\r\n\r\n");
    assert_eq!(response, Err(EmptyFirstLine));
}

#[test]
fn folded_lines_of_a_response_are_unfolded() {
    let rows: &[(&str, &[(&str, &str)])] = &[
        ("A: b\r\n c\r\n", &[("A", "b c")]),
        (
            "A: b \t\r\n\t  c \r\n d\r\nE: f\r\n",
            &[("A", "b c d"), ("E", "f")],
        ),
        ("A:\r\n b\r\n", &[("A", "b")]),
        ("A: b\r\n \r\n", &[("A", "b")]),
        ("A: b\r\n \t\r\n c\r\n", &[("A", "b c")]),
        ("A: b\r\n c: d\r\n", &[("A", "b c: d")]),
    ];
    for (lines, fields) in rows {
        let input = format!("HTTP/1.1 403 no\r\n{lines}\r\n");
        let (head, consumed) = feed_all_ways::<ResponseHead>(lines, input.as_bytes())
            .unwrap()
            .unwrap();
        assert_eq!((head.headers, consumed), (headers(fields), input.len()));
    }
    let errors: &[(&str, HeadError)] = &[
        ("HTTP/1.1 403 no\r\n A: b\r\n\r\n", ObsFold),
        ("HTTP/1.1 403 no\r\nA: b\r\n c\0\r\n\r\n", Nul),
        ("HTTP/1.1 403 no\r\nA: b\r\n c\rd\r\n\r\n", BareCr),
    ];
    for (input, error) in errors {
        let outcome = feed_all_ways::<ResponseHead>("folded", input.as_bytes());
        assert_eq!(outcome, Err(*error), "{input:?}");
    }
    let endless = format!("HTTP/1.1 403 no\r\nA: b\r\n{}", " c\r\n".repeat(9000));
    assert_eq!(
        feed_all_ways::<ResponseHead>("endless", endless.as_bytes()),
        Err(HeadTooLong {
            limit: MAX_HEAD_BYTES
        })
    );
}

/// A head of `count` lines, the last one padded so that the whole has `bytes`.
fn padded_head(count: usize, bytes: usize) -> Vec<u8> {
    let mut head = b"GET / HTTP/1.1\r\n".to_vec();
    for at in 1..count {
        let length = if head.len() + 5000 < bytes { 4000 } else { 0 };
        head.extend_from_slice(format!("h{at}:{}\r\n", "x".repeat(length)).as_bytes());
    }
    let missing = bytes.saturating_sub(head.len() + b"l:\r\n\r\n".len());
    head.extend_from_slice(format!("l:{}\r\n\r\n", "x".repeat(missing)).as_bytes());
    head
}

#[test]
fn limits_hold_and_give_way_at_one_more() {
    let line = |length: usize| {
        let fixed = "GET / HTTP/1.1".len();
        format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(length - fixed)).into_bytes()
    };
    let header = |length: usize| {
        format!("GET / HTTP/1.1\r\nA:{}\r\n\r\n", "b".repeat(length - 2)).into_bytes()
    };
    let (limit, most) = (MAX_LINE_BYTES, MAX_HEAD_BYTES);
    let endless_name = [&b"GET / HTTP/1.1\r\n"[..], &[b'a'; 65536]].concat();
    let rows: [(&str, Vec<u8>, Option<HeadError>); 13] = [
        ("line at its limit", line(limit), None),
        ("line past it", line(limit + 1), Some(LineTooLong { limit })),
        (
            "method without end",
            vec![b'A'; 65536],
            Some(MethodTooLong { limit }),
        ),
        ("64 KiB line", line(65536), Some(LineTooLong { limit })),
        ("header at its limit", header(limit), None),
        (
            "header past it",
            header(limit + 1),
            Some(HeaderLineTooLong { limit }),
        ),
        (
            "64 KiB header",
            header(65536),
            Some(HeaderLineTooLong { limit }),
        ),
        (
            "name without end",
            endless_name,
            Some(HeaderLineTooLong { limit }),
        ),
        ("head at its limit", padded_head(5, MAX_HEAD_BYTES), None),
        (
            "head past it",
            padded_head(5, MAX_HEAD_BYTES + 1),
            Some(HeadTooLong { limit: most }),
        ),
        (
            "head far past it",
            padded_head(9, 65536),
            Some(HeadTooLong { limit: most }),
        ),
        ("headers at their limit", padded_head(MAX_HEADERS, 0), None),
        (
            "one header more",
            padded_head(MAX_HEADERS + 1, 0),
            Some(TooManyHeaders { limit: MAX_HEADERS }),
        ),
    ];
    for (name, input, expected) in rows {
        let outcome = request(name, &input);
        match expected {
            None => assert_eq!(outcome.unwrap().unwrap().1, input.len(), "{name}"),
            Some(error) => assert_eq!(outcome, Err(error), "{name}"),
        }
    }
    assert_eq!(padded_head(5, MAX_HEAD_BYTES).len(), MAX_HEAD_BYTES);
}

#[test]
fn limits_can_be_set() {
    let cookie = |length: usize| {
        let head = format!("GET / HTTP/1.1\r\nCookie: {}\r\n\r\n", "c".repeat(length));
        head.into_bytes()
    };
    let around = cookie(0).len();
    let most = 32 << 10;
    let wide = HeadLimits::of_bytes(most);
    let rows = [
        (
            HeadLimits::default(),
            20_000,
            Some(HeaderLineTooLong {
                limit: MAX_LINE_BYTES,
            }),
        ),
        (wide, 20_000, None),
        (wide, most - around, None),
        (wide, most - around + 1, Some(HeadTooLong { limit: most })),
        (
            HeadLimits {
                max_headers: 0,
                ..wide
            },
            1,
            Some(TooManyHeaders { limit: 0 }),
        ),
        (HeadLimits::of_bytes(10), 1, Some(LineTooLong { limit: 10 })),
    ];
    for (limits, length, expected) in rows {
        let outcome = feed_all_ways_within::<RequestHead>(limits, "cookie", &cookie(length));
        match expected {
            None => assert_eq!(outcome.unwrap().unwrap().0.headers.len(), 1, "{limits:?}"),
            Some(error) => assert_eq!(outcome, Err(error), "{limits:?}"),
        }
    }
}

#[test]
fn responses() {
    type Row = (
        &'static str,
        &'static [u8],
        Result<(u16, &'static str), HeadError>,
    );
    let rows: &[Row] = &[
        (
            "101",
            b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
            Ok((101, "Switching Protocols")),
        ),
        ("no reason", b"HTTP/1.1 101 \r\n\r\n", Ok((101, ""))),
        ("no space either", b"HTTP/1.1 101\r\n\r\n", Ok((101, ""))),
        (
            "Latin-1 reason",
            b"HTTP/1.1 404 \xe9\r\n\r\n",
            Ok((404, "\u{e9}")),
        ),
        (
            "1.0, not 101",
            b"HTTP/1.0 404 Not Found\r\n\r\n",
            Ok((404, "Not Found")),
        ),
        ("999", b"HTTP/1.1 999 x\r\n\r\n", Ok((999, "x"))),
        (
            "1.0 and 101",
            b"HTTP/1.0 101 x\r\n\r\n",
            Err(UnsupportedVersion),
        ),
        ("HTTP/2", b"HTTP/2 200\r\n\r\n", Err(UnsupportedVersion)),
        ("two digits", b"HTTP/1.1 10\r\n\r\n", Err(InvalidStatusLine)),
        (
            "four digits",
            b"HTTP/1.1 1011\r\n\r\n",
            Err(InvalidStatusLine),
        ),
        (
            "begins with 0",
            b"HTTP/1.1 001\r\n\r\n",
            Err(InvalidStatusLine),
        ),
        ("letters", b"HTTP/1.1 abc\r\n\r\n", Err(InvalidStatusLine)),
        (
            "two spaces",
            b"HTTP/1.1  101\r\n\r\n",
            Err(InvalidStatusLine),
        ),
        ("version alone", b"HTTP/1.1\r\n\r\n", Err(InvalidStatusLine)),
        ("ssh", b"SSH-2.0-OpenSSH\r\n", Err(NotHttp)),
        ("TLS alert", b"\x15\x03\x01\x00\x02", Err(TlsAnswer)),
        ("NUL in the reason", b"HTTP/1.1 101 a\0\r\n\r\n", Err(Nul)),
        (
            "bare CR in the reason",
            b"HTTP/1.1 101 a\rb\r\n\r\n",
            Err(BareCr),
        ),
    ];
    for (name, input, expected) in rows {
        let outcome = feed_all_ways::<ResponseHead>(name, input);
        let outcome = outcome.map(|done| done.unwrap().0);
        let outcome = outcome
            .as_ref()
            .map(|head| (head.status, head.reason.as_str()));
        assert_eq!(outcome, expected.as_ref().copied(), "{name}");
    }
    let mut parser = ResponseParser::new();
    let input = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 101\r\nA: b\r\n\r\n\x81";
    let Ok(Fed::Done { head, consumed }) = parser.feed(input) else {
        panic!("interim")
    };
    assert!(head.is_interim());
    let Ok(Fed::Done {
        head,
        consumed: more,
    }) = parser.feed(&input[consumed..])
    else {
        panic!("final")
    };
    assert_eq!((head.status, head.headers), (101, headers(&[("A", "b")])));
    assert_eq!(consumed + more, input.len() - 1);
}

#[test]
fn mutated_heads_come_to_the_same_in_any_pieces() {
    let good = b"GET /chat?a=b HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n";
    for at in 0..good.len() {
        for byte in [
            0, b'\t', b'\n', b'\r', b' ', b'#', b':', b'/', b'A', 0x7f, 0x80, 0xff,
        ] {
            let mut input = good.to_vec();
            input[at] = byte;
            let _ = request("mutated", &input);
            let _ = feed_all_ways::<ResponseHead>("mutated", &input);
        }
    }
}
