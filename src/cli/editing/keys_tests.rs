use super::key::Key::{self, *};
use super::keys::Parser;

/// The keys of these bytes, fed at once; then a silence.
fn keys(bytes: &[u8]) -> Vec<Key> {
    let (mut parser, mut keys) = (Parser::default(), Vec::new());
    parser.feed(bytes, &mut keys);
    parser.silence(&mut keys);
    keys
}

const PASTED: [Key; 3] = [Pasted('a'), Pasted('\n'), PasteEnd];

#[test]
fn keys_are_known_by_the_bytes_of_every_terminal() {
    let rows: &[(&[u8], &[Key])] = &[
        (b"a ~", &[Char('a'), Char(' '), Char('~')]),
        (
            "\u{e9}\u{4e2d}\u{1f600}".as_bytes(),
            &[Char('\u{e9}'), Char('\u{4e2d}'), Char('\u{1f600}')],
        ),
        (
            b"\r\n\t\x7f\x08",
            &[Enter, Enter, Tab, Backspace, Backspace],
        ),
        (b"\x01\x1a\x00\x1c\x1f", &[Ctrl('a'), Ctrl('z')]),
        // xterm and most others, in both modes
        (b"\x1b[A\x1b[B\x1b[C\x1b[D", &[Up, Down, Right, Left]),
        (b"\x1bOA\x1bOB\x1bOC\x1bOD", &[Up, Down, Right, Left]),
        (b"\x1b[H\x1b[F\x1bOH\x1bOF", &[Home, End, Home, End]),
        (
            b"\x1b[1~\x1b[4~\x1b[7~\x1b[8~\x1b[3~",
            &[Home, End, Home, End, Delete],
        ),
        (
            b"\x1b[1;5C\x1b[1;5D\x1b[1;3C\x1b[1;3D",
            &[WordRight, WordLeft, WordRight, WordLeft],
        ),
        (
            b"\x1b[1;2C\x1b[5C\x1b[1;6D\x1bO5D",
            &[Right, WordRight, WordLeft, WordLeft],
        ),
        (b"\x1b[3;5~\x1b[3;2~\x1b[1;5H", &[DeleteWord, Delete, Home]),
        // rxvt: Shift, Ctrl, Alt
        (
            b"\x1b[a\x1b[c\x1b[d\x1bOa\x1bOc\x1bOd",
            &[Up, Right, Left, Up, WordRight, WordLeft],
        ),
        (
            b"\x1b[7$\x1b[8^\x1b[3$\x1b[3^\x1b[3@",
            &[Home, End, Delete, DeleteWord, DeleteWord],
        ),
        (
            b"\x1b[5$x\x1b[23^\x1b\x1b[C\x1b\x1b[D",
            &[Char('x'), WordRight, WordLeft],
        ),
        (b"\x1b\x1bOC\x1b\x1b[3~", &[WordRight, DeleteWord]),
        // The keypad in application mode
        (
            b"\x1bOM\x1bOp\x1bOy\x1bOk\x1bOX",
            &[Enter, Char('0'), Char('9'), Char('+'), Char('=')],
        ),
        // By code: modifyOtherKeys, and kitty's protocol with a key let go
        (
            b"\x1b[27;5;97~\x1b[97;5u\x1b[98;3u\x1b[233u",
            &[Ctrl('a'), Ctrl('a'), Alt('b'), Char('\u{e9}')],
        ),
        (
            b"\x1b[13u\x1b[9u\x1b[27u\x1b[127u\x1b[127;3u",
            &[Enter, Tab, Escape, Backspace, AltBackspace],
        ),
        (b"\x1b[1;1:3C\x1b[97;1:3u\x1b[1;5:1C", &[WordRight]),
        // Alt
        (
            b"\x1bb\x1bf\x1bd\x1b\x7f\x1b\x08",
            &[Alt('b'), Alt('f'), Alt('d'), AltBackspace, AltBackspace],
        ),
        ("\x1b\u{e9}x".as_bytes(), &[Alt('\u{e9}'), Char('x')]),
        (b"\x1b", &[Escape]),
        (b"\x1b\x1b", &[Escape]),
        (b"\x1b\x1b\x1b[A", &[Escape, Up]),
        (b"\x1b\x1bb", &[Escape, Alt('b')]),
        (b"\x1b\r", &[Escape, Enter]),
        // A paste
        (b"\x1b[200~a\r\n\x1b[201~", &PASTED),
        (b"\x1b[200~a\r\x1b[201~", &PASTED),
        (b"\x1b[200~a\n\x1b[201~", &PASTED),
        (
            b"\x1b[200~\ta\x1b[A\x04\x1b[20\x1b[201~",
            &[
                Pasted('\t'),
                Pasted('a'),
                Pasted('['),
                Pasted('A'),
                Pasted('['),
                Pasted('2'),
                Pasted('0'),
                PasteEnd,
            ],
        ),
        (
            "\x1b[200~\u{4e2d}\u{9b}\x1b[201~b".as_bytes(),
            &[Pasted('\u{4e2d}'), PasteEnd, Char('b')],
        ),
        // Bytes that are no UTF-8 take nothing else with them
        (
            b"a\xff\xc3(b\xe4\xb8c",
            &[Char('a'), Char('('), Char('b'), Char('c')],
        ),
    ];
    for (bytes, expected) in rows {
        assert_eq!(
            keys(bytes),
            *expected,
            "{:?}",
            bytes.escape_ascii().to_string()
        );
    }
}

/// What a terminal may send that is not a key of ours.
const SWALLOWED: &[&[u8]] = &[
    b"\x1b[2~",
    b"\x1b[5~",
    b"\x1b[6~",
    b"\x1b[15~",
    b"\x1b[24;2~",
    b"\x1b[Z",
    b"\x1b[E",
    b"\x1b[G",
    b"\x1b[P",
    b"\x1b[1;2P",
    b"\x1b[1;5Q",
    b"\x1bOP",
    b"\x1bOS",
    b"\x1bO2P",
    b"\x1b[11~",
    b"\x1b[11^",
    // The Linux console
    b"\x1b[[A",
    b"\x1b[[E",
    b"\x1b[25~",
    // Focus, mouse reports of all kinds
    b"\x1b[I",
    b"\x1b[O",
    b"\x1b[M !!",
    b"\x1b[M#\xff\xfe",
    "\x1b[M \u{100}\u{200}".as_bytes(),
    b"\x1b[<0;10;20M",
    b"\x1b[<35;300;1m",
    b"\x1b[32;10;20M",
    b"\x1b[t!!",
    b"\x1b[T!!!!!!",
    // Answers to queries
    b"\x1b[24;80R",
    b"\x1b[?24;80R",
    b"\x1b[0n",
    b"\x1b[?1;2c",
    b"\x1b[>41;354;0c",
    b"\x1b[=1;2c",
    b"\x1b[8;24;80t",
    b"\x1b[?2004;1$y",
    b"\x1b[4;1$y",
    b"\x1b[?1u",
    b"\x1b[1 q",
    b"\x1b[?64;1;2\"p",
    b"\x1b[>0q",
    b"\x1b[1;2;3;4*y",
    b"\x1b]11;rgb:0000/0000/0000\x1b\\",
    b"\x1b]11;rgb:0/0/0\x07",
    b"\x1b]52;c;aGk=\x1b\\",
    "\x1b]2;\u{2705}\u{201c}title\u{9c}".as_bytes(),
    b"\x1b]0;\xe2\x80\x9cquoted\x07",
    b"\x1b]2;x\x9c",
    b"\x1bP1+r544e=787465726d\x1b\\",
    b"\x1bP!|00000000\x1b\\",
    b"\x1bP>|xterm(380)\x1b\\",
    b"\x1b_Gi=31;OK\x1b\\",
    b"\x1b^private\x1b\\",
    b"\x1bXstart of string\x1b\\",
    // The same with C1 controls, as bytes and as characters
    b"\x9b24;80R",
    "\u{9b}24;80R".as_bytes(),
    "\u{9d}0;x\u{9c}".as_bytes(),
    "\u{90}x\u{9c}".as_bytes(),
    b"\x8fP",
    "\u{8f}P".as_bytes(),
    b"\x85",
    "\u{85}".as_bytes(),
    // With more parameters than anybody reads
    b"\x1b[1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17;18;19;20;21;22;23;24;25;26;27;28m",
    b"\x1b[99999999999999999999999A",
    b"\x1b[1;99999999999C",
    b"\x1b[:;:;~",
    b"\x1b[;;;;;;m",
    b"\x1b[1\x7f2~",
];

#[test]
fn every_other_sequence_is_swallowed_whole_in_pieces_of_any_size() {
    for bytes in SWALLOWED {
        let shown = bytes.escape_ascii().to_string();
        let whole = [b"a", *bytes, b"b"].concat();
        assert_eq!(keys(&whole), [Char('a'), Char('b')], "{shown}");
        for cut in 1..whole.len() {
            let (mut parser, mut keys) = (Parser::default(), Vec::new());
            parser.feed(&whole[..cut], &mut keys);
            parser.feed(&whole[cut..], &mut keys);
            assert_eq!(keys, [Char('a'), Char('b')], "{shown} cut at {cut}");
        }
    }
}

#[test]
fn silence_ends_a_sequence_and_tells_of_a_lone_escape() {
    let rows: &[(&[u8], &[Key])] = &[
        (b"\x1b", &[Escape]),
        (b"\x1b[", &[]),
        (b"\x1b[1;", &[]),
        (b"\x1bO", &[]),
        (b"\x1b]0;never ended", &[]),
        (b"\x1b[[", &[]),
        (b"\x1b[M!", &[]),
    ];
    for (bytes, expected) in rows {
        let (mut parser, mut keys) = (Parser::default(), Vec::new());
        parser.feed(bytes, &mut keys);
        assert!(parser.timeout().is_some());
        parser.silence(&mut keys);
        assert_eq!(keys, *expected);
        assert_eq!(parser.timeout(), None);
        keys.clear();
        parser.feed(b"x", &mut keys);
        assert_eq!(keys, [Char('x')]);
    }
    let mut parser = Parser::default();
    parser.feed(b"\x1b[200~slow", &mut Vec::new());
    assert_eq!(parser.timeout(), None, "a paste may take its time");
}

#[test]
fn a_control_key_breaks_off_a_sequence_that_is_not_finished() {
    let rows: &[(&[u8], &[Key])] = &[
        (b"\x1b[1;\x15x", &[Ctrl('u'), Char('x')]),
        (b"\x1b[1\x18x", &[Char('x')]),
        (b"\x1b]0;title\rx", &[Enter, Char('x')]),
        (b"\x1b]0;title\x1b[Ax", &[Up, Char('x')]),
        (b"\x1b[1\x1b[A", &[Up]),
        (b"\x1bO\x1b[A", &[Up]),
        ("\x1b[1\u{e9}".as_bytes(), &[Char('\u{e9}')]),
    ];
    for (bytes, expected) in rows {
        assert_eq!(
            keys(bytes),
            *expected,
            "{:?}",
            bytes.escape_ascii().to_string()
        );
    }
}
