//! Rows of bodies, whole and in pieces.

use super::*;

fn preview(status: u16, headers: &[(&str, &str)], body: &[u8], piece: usize) -> BodyPreview {
    let head = ResponseHead {
        status,
        headers: headers.iter().copied().collect(),
        ..ResponseHead::default()
    };
    let mut preview = BodyPreview::new(&head);
    for piece in body.chunks(piece) {
        preview.feed(piece);
    }
    preview
}

#[test]
fn a_body_is_told_in_one_line() {
    let html = ("Content-Type", "text/html; charset=utf-8");
    let json = ("Content-Type", "application/problem+json");
    let chunked = ("Transfer-Encoding", "chunked");
    type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [u8], &'a str);
    let rows: [Row<'_>; 20] = [
        ("nothing", &[], b"", ""),
        ("a sentence", &[], b"Not for you.\nReally.", "Not for you."),
        (
            "blank lines first",
            &[],
            b"\r\n \n  why \t so\r\n",
            "why so",
        ),
        (
            "a page",
            &[html],
            b"<html><title>No\n way</title>x",
            "No way",
        ),
        (
            "a page without its type",
            &[],
            b"\n<h1>No way</h1>",
            "No way",
        ),
        (
            "JSON",
            &[json],
            b"{\n  \"error\": \"no\"\n}\n",
            "{ \"error\": \"no\" }",
        ),
        ("a length", &[("Content-Length", "3")], b"abcdef", "abc"),
        (
            "a length of nothing",
            &[("Content-Length", "0")],
            b"abc",
            "",
        ),
        (
            "a malformed length",
            &[("Content-Length", "x")],
            b"abc",
            "abc",
        ),
        (
            "chunks",
            &[chunked],
            b"3;x=y\r\nabc\r\nA \r\ndefghijklm\r\n0\r\n\r\nHTTP/1.1",
            "abcdefghijklm",
        ),
        ("chunks without an end", &[chunked], b"ff\r\nabc", "abc"),
        ("no chunks", &[chunked], b"xyz", ""),
        (
            "a chunk too large to count",
            &[chunked],
            b"11111111111111111\r\nabc",
            "",
        ),
        (
            "chunks win over a length",
            &[("Content-Length", "1"), chunked],
            b"3\r\nabc\r\n0\r\n\r\n",
            "abc",
        ),
        (
            "compressed",
            &[("Content-Encoding", "gzip")],
            b"\x1f\x8b\x08",
            "",
        ),
        (
            "not compressed",
            &[("Content-Encoding", "identity")],
            b"a",
            "a",
        ),
        (
            "Latin-1",
            &[("Content-Type", "text/plain; charset=ISO-8859-1")],
            b"caf\xe9",
            "caf\u{e9}",
        ),
        ("not UTF-8", &[], b"a\xffb", "a\u{fffd}b"),
        ("controls", &[], b"a\x1b[2J\0b", "a [2J b"),
        (
            "an Indian sentence",
            &[],
            "\u{feff}\u{939}\u{93f}\u{928}\u{94d}\u{926}\u{940}\u{202e}x".as_bytes(),
            "\u{939}\u{93f}\u{928}\u{94d}\u{926}\u{940} x",
        ),
    ];
    for (name, headers, body, line) in rows {
        for piece in [1, 2, 7, 1 << 20] {
            let preview = preview(403, headers, body, piece);
            assert_eq!(preview.line(), line, "{name} in pieces of {piece}");
        }
    }
}

#[test]
fn a_status_without_a_body_says_nothing() {
    for status in [101, 204, 304] {
        let preview = preview(status, &[], b"abc", 9);
        assert_eq!((preview.line().as_str(), preview.is_enough()), ("", true));
    }
}

#[test]
fn a_long_line_is_cut_at_200_characters() {
    for length in [199, 200, 201, 6000, 1 << 20] {
        let body = "\u{e9}".repeat(length);
        let line = preview(403, &[], body.as_bytes(), 1000).line();
        let expected = match length {
            ..=200 => body,
            _ => format!("{}...", "\u{e9}".repeat(197)),
        };
        assert_eq!(line, expected, "{length}");
    }
}

#[test]
fn reading_ends_where_more_would_change_nothing() {
    let html = ("Content-Type", "text/html");
    type Row<'a> = (&'a [(&'a str, &'a str)], &'a [u8], bool);
    let rows: [Row<'_>; 12] = [
        (&[], b"", false),
        (&[], b"\n no end", false),
        (&[], b"a line\n", true),
        (&[("Content-Length", "3")], b"ab", false),
        (&[("Content-Length", "3")], b"abc", true),
        (&[("Content-Length", "0")], b"", true),
        (&[html], b"<p>\n</p>", false),
        (&[html], b"<TITLE>a</TITLE>", true),
        (&[("Content-Type", "application/json")], b"{\n", false),
        (&[("Content-Encoding", "br")], b"", true),
        (&[("Transfer-Encoding", "chunked")], b"1\r\na\r\n", false),
        (
            &[("Transfer-Encoding", "chunked")],
            b"1\r\na\r\n0\r\n",
            true,
        ),
    ];
    for (headers, body, enough) in rows {
        let preview = preview(500, headers, body, 1);
        assert_eq!(preview.is_enough(), enough, "{headers:?} {body:?}");
    }
    let endless = preview(500, &[html], &vec![b'<'; 1 << 20], 4096);
    assert!(endless.is_enough());
    assert!(endless.bytes.len() <= MOST_BYTES);
}
