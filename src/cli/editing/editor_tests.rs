use super::unicode::text_width;
use super::{Edited, Editor, Key, Parser};

/// A line of 100 different letters.
fn long() -> String {
    (0..100).map(|i| char::from(b'0' + i % 10)).collect()
}

/// Feeds `bytes`; the last thing that came of them.
fn feed(editor: &mut Editor, bytes: &[u8], history: &[String]) -> Edited {
    let (mut parser, mut keys) = (Parser::default(), Vec::new());
    parser.feed(bytes, &mut keys);
    parser.silence(&mut keys);
    let pressed = keys.into_iter().map(|key| editor.press(key, history));
    pressed.last().unwrap_or(Edited::Nothing)
}

/// Types `bytes`: the text, and what stands before the cursor.
fn typed(bytes: &[u8]) -> (String, String) {
    let history = ["ab one".to_owned(), "two".to_owned(), "ab three".to_owned()];
    let mut editor = Editor::default();
    feed(&mut editor, bytes, &history);
    (editor.text(), editor.before())
}

#[test]
fn keys_edit_the_line() {
    // The cursor stands at the bar.
    let rows: &[(&[u8], &str)] = &[
        (b"abc", "abc|"),
        (b"abc\x7f", "ab|"),
        (b"\x7f\x08", "|"),
        (b"abc\x1b[D\x1b[DX", "aX|bc"),
        (b"abc\x02\x02\x02\x02\x06", "a|bc"),
        (b"ab\x01X\x05Y", "XabY|"),
        (b"ab\x1b[HX\x1bOFY", "XabY|"),
        (b"abc\x01\x1b[3~", "|bc"),
        (b"abc\x01\x04", "|bc"),
        (b"abc\x02\x0b", "ab|"),
        (b"abc\x02\x15", "|c"),
        (b"abc\x02\x15\x05\x19", "cab|"),
        (b"one two  \x17", "one |"),
        (b"one two\x17\x17x\x19", "xone two|"),
        (b"one two\x01\x1bd\x1bd\x19\x19", "one twoone two|"),
        (b"one two-three\x1b\x7f", "one two-|"),
        (b"one two-three\x17", "one |"),
        (b"one two\x1bb\x1bb", "|one two"),
        (b"one two\x1b[1;5D\x1b[1;3D\x1bf", "one| two"),
        (b"one two\x01\x1bd", "| two"),
        (b"one two\x01\x1b[3;5~", "| two"),
        (b"abc\x14", "acb|"),
        (b"abc\x02\x02\x14", "ba|c"),
        (b"a\x14", "a|"),
        (b"\x14", "|"),
        (b"\x1b[A", "ab three|"),
        (b"\x1b[A\x1b[A\x1b[A\x1b[A", "ab one|"),
        (b"new\x1b[A\x1b[B", "new|"),
        (b"\x10\x10\x0e", "ab three|"),
        // Search: newest first, older again, given up, ended by a key
        (b"\x12ab\x1b", "|ab three"),
        (b"\x12ab\x12\x1b", "|ab one"),
        (b"\x12ab\x12\x12\x1b", "|ab one"),
        (b"\x12abx\x7f\x1b", "|ab three"),
        (b"new\x12ab\x07", "new|"),
        (b"new\x12zz\x1b", "new|"),
        (b"new\x12ab\x05", "ab three|"),
        (b"\x12tw\x1b[A", "ab one|"),
        // Clusters
        ("a\u{1f1e9}\u{1f1ea}\x7f".as_bytes(), "a|"),
        ("e\u{301}\x7f".as_bytes(), "|"),
        ("xe\u{301}y\x02\x02".as_bytes(), "x|e\u{301}y"),
        (
            "\u{1f469}\u{200d}\u{1f467}z\x01\x06".as_bytes(),
            "\u{1f469}\u{200d}\u{1f467}|z",
        ),
        ("\u{1f469}\u{200d}\u{1f467}z\x01\x04".as_bytes(), "|z"),
        (
            "1\u{fe0f}\u{20e3}\u{1f44d}\u{1f3fd}\x7f".as_bytes(),
            "1\u{fe0f}\u{20e3}|",
        ),
        ("a\u{1f1e9}\u{1f1ea}\x14".as_bytes(), "\u{1f1e9}\u{1f1ea}a|"),
        // No control character is typed
        (b"a\x00\x07\x1e\x1bxb", "ab|"),
    ];
    for (bytes, expected) in rows {
        let (text, before) = typed(bytes);
        let shown = format!("{before}|{}", &text[before.len()..]);
        assert_eq!(shown, *expected, "{:?}", bytes.escape_ascii().to_string());
    }
}

#[test]
fn keys_ask_for_what_is_not_the_editors() {
    let rows: &[(&[u8], Edited)] = &[
        (b"\x04", Edited::End),
        (b"a\x04", Edited::Changed),
        (b"\x1a", Edited::Suspend),
        (b"\x0c", Edited::Clear),
        (b"\t", Edited::Complete),
        (b"\x1b", Edited::Nothing),
        (b"ab\r", Edited::Line("ab".into())),
        (b"\x12tw\r", Edited::Line("two".into())),
        (b"\x1b[200~a\nb\r\nc\n\x1b[201~", Edited::Held(3)),
        (b"\x1b[200~a\nb\x1b[201~\r", Edited::Line("a\nb".into())),
        (b"\x1b[200~a\n\x1b[201~", Edited::Changed),
        (b"\x1b[200~a\tb\x1b[201~\r", Edited::Line("a\tb".into())),
    ];
    for (bytes, expected) in rows {
        let history = ["two".to_owned()];
        let edited = feed(&mut Editor::default(), bytes, &history);
        assert_eq!(edited, *expected, "{:?}", bytes.escape_ascii().to_string());
    }
    let mut editor = Editor::new(true);
    let edited = feed(&mut editor, b"\x1b[200~a\nb", &[]);
    assert_eq!((edited, editor.text()), (Edited::Changed, "b".into()));
}

#[test]
fn a_line_that_could_not_be_sent_comes_back_before_what_was_typed_since() {
    let mut editor = Editor::default();
    assert_eq!(feed(&mut editor, b"one\r", &[]), Edited::Line("one".into()));
    feed(&mut editor, b" two", &[]);
    editor.put_back("one");
    assert_eq!(editor.text(), "one two");
    assert_eq!(
        feed(&mut editor, b"\r", &[]),
        Edited::Line("one two".into())
    );
}

/// The text of a drawing up to where the cursor goes back, without what steers the terminal.
fn seen(text: &str) -> String {
    let text = text.replace("\x1b[?7l", "").replace("\x1b[?7h", "");
    text.split('\r').next().unwrap_or_default().to_owned()
}

#[test]
fn rows_are_drawn_with_text_on_both_sides_of_the_cursor() {
    let long = long();
    // Keys behind the long line, columns, what is seen, the cursor's column.
    let rows: &[(&[u8], usize, &str, usize)] = &[
        (b"", 20, "> <3456789", 10),
        (b"\x01", 20, "> 0123456789012345>", 2),
        (b"\x01\x1b[C\x1b[C", 20, "> 0123456789012345>", 4),
    ];
    for (keys, columns, expected, cursor) in rows {
        let mut editor = Editor::default();
        feed(&mut editor, long.as_bytes(), &[]);
        feed(&mut editor, keys, &[]);
        let drawn = editor.draw("", *columns, false);
        assert_eq!(
            (seen(&drawn.text).as_str(), drawn.cursor),
            (*expected, *cursor)
        );
    }
    for columns in [20, 80, 99] {
        let mut editor = Editor::default();
        feed(&mut editor, long.as_bytes(), &[]);
        // From the end to the beginning, and to the end again: two columns at least are seen on
        // each side of the cursor, where there is text.
        for at in (0..=100_usize).rev().chain(0..=100) {
            while editor.before().len() > at {
                feed(&mut editor, b"\x02", &[]);
            }
            while editor.before().len() < at {
                feed(&mut editor, b"\x06", &[]);
            }
            let drawn = editor.draw("", columns, false);
            let seen = seen(&drawn.text);
            assert!(text_width(&seen) < columns, "{seen}");
            assert!(drawn.cursor >= 2 + at.min(3), "{at} of {columns}: {seen}");
            assert!(
                drawn.columns >= drawn.cursor + (100 - at).min(3),
                "{at} of {columns}: {seen}"
            );
        }
    }
}

#[test]
fn the_cursor_stands_where_the_columns_say() {
    let rows: &[(&str, usize)] = &[
        ("\u{2705}\u{2705}\u{2705}abc\x02\x02\x02", 8),
        ("\u{4e2d}\u{6587}\x02", 4),
        ("e\u{301}x", 4),
        ("\u{1f1e9}\u{1f1ea}x", 5),
        ("\u{1f469}\u{200d}\u{1f467}", 4),
        ("\u{1f44d}\u{1f3fd}", 4),
        ("1\u{fe0f}\u{20e3}", 4),
        ("\u{2764}\u{fe0f}", 4),
        ("\u{2764}", 3),
    ];
    for (keys, cursor) in rows {
        let mut editor = Editor::default();
        feed(&mut editor, keys.as_bytes(), &[]);
        assert_eq!(editor.draw("", 80, false).cursor, *cursor, "{keys:?}");
    }
}

#[test]
fn a_row_shows_the_room_the_search_and_what_cannot_be_seen() {
    let history = ["a secret".to_owned()];
    let rows: &[(&[u8], &str, usize, &str)] = &[
        (b"hi", "#lobby", 80, "#lobby> hi"),
        (b"hi", "#a-very-long-room-name", 20, "-room-name> hi"),
        (b"hi", "#lobby", 6, "hi"),
        (b"\x12sec", "#lobby", 80, "search: sec> a secret"),
        (b"\x12secx", "#lobby", 80, "no more: secx> a secret"),
        (b"\x1b[200~a\nb\tc\x1b[201~", "", 80, "> a\\nb c"),
        ("a\u{202e}b".as_bytes(), "", 80, "> a\\u{202e}b"),
    ];
    for (bytes, prompt, columns, expected) in rows {
        let mut editor = Editor::default();
        feed(&mut editor, bytes, &history);
        assert_eq!(seen(&editor.draw(prompt, *columns, false).text), *expected);
    }
    let mut editor = Editor::default();
    let drawn = editor.draw("#lobby", 80, true);
    assert_eq!(seen(&drawn.text), "#lobby\x1b[32m>\x1b[0m ");
}

#[test]
fn any_bytes_leave_a_line_without_control_characters_in_one_row() {
    let history = ["a".to_owned(), "b\u{4e2d}".to_owned()];
    let mut state = 1_u64;
    let (mut parser, mut keys, mut editor) = (Parser::default(), Vec::new(), Editor::default());
    for round in 0..60_000_usize {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        parser.feed(&[(state >> 56) as u8], &mut keys);
        if state >> 40 & 0xff == 0 {
            parser.feed(b"\x1b[201~", &mut keys);
        }
        for key in keys.drain(..) {
            if let Edited::Line(line) = editor.press(key, &history) {
                let bad = |c: char| c.is_control() && c != '\t' && c != '\n';
                assert!(!line.contains(bad), "{line:?}");
            }
        }
        let columns = [1, 2, 5, 20, 80][round % 5];
        let drawn = editor.draw("#room", columns, false);
        assert!(
            drawn.cursor < columns.max(2) && drawn.columns < columns.max(2),
            "{drawn:?}"
        );
    }
}

#[test]
fn a_long_paste_is_linear() {
    // Many characters at the beginning of a line, in the reads of a terminal, each drawn.
    for what in ["x", "\u{1f1e9}", "\u{301}", "\u{200b}", "\n"] {
        let mut editor = Editor::default();
        feed(&mut editor, b"end\x01", &[]);
        let piece = what.repeat(1000);
        let began = std::time::Instant::now();
        let (mut parser, mut keys) = (Parser::default(), Vec::new());
        parser.feed(b"\x1b[200~", &mut keys);
        for _ in 0..100 {
            parser.feed(piece.as_bytes(), &mut keys);
            for key in keys.drain(..) {
                editor.press(key, &[]);
            }
            let drawn = editor.draw("", 80, false);
            assert!(drawn.text.len() < 50_000);
        }
        assert_eq!(editor.before().chars().count(), 100_000);
        assert!(
            began.elapsed().as_secs() < 20,
            "{what:?}: {:?}",
            began.elapsed()
        );
    }
}

#[test]
fn completions_type_what_they_found() {
    let mut editor = Editor::default();
    feed(&mut editor, b"/pi", &[]);
    assert_eq!(editor.press(Key::Tab, &[]), Edited::Complete);
    editor.insert("ng ");
    assert_eq!(editor.text(), "/ping ");
}
