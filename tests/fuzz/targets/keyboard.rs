//! Reads any bytes from a keyboard, in pieces. It must not panic; the result does not depend on the
//! pieces; no control character gets into a line; everything that is drawn fits into its row.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code, unused_imports)]
#[path = "."]
mod cli {
    #[path = "../../../src/cli/editing/mod.rs"]
    pub mod editing;
    #[path = "../../../src/cli/term.rs"]
    pub mod term;
}

use cli::editing::{Edited, Editor, Key, Parser};

fn keys(pieces: &[&[u8]]) -> Vec<Key> {
    let (mut parser, mut keys) = (Parser::default(), Vec::new());
    for piece in pieces {
        parser.feed(piece, &mut keys);
    }
    keys
}

fuzz_target!(|input: (u8, u8, &[u8])| {
    let (columns, cut, bytes) = input;
    let (front, back) = bytes.split_at(usize::from(cut).min(bytes.len()));
    let whole = keys(&[bytes]);
    assert_eq!(whole, keys(&[front, back]));

    let columns = usize::from(columns);
    let history = ["one".to_owned(), "two \u{1f1e9}\u{1f1ea}".to_owned()];
    let mut editor = Editor::new(false);
    for key in whole {
        if let Edited::Line(line) = editor.press(key, &history) {
            let bad = |c: char| c.is_control() && !matches!(c, '\t' | '\n');
            assert!(!line.contains(bad), "{line:?}");
        }
        let drawn = editor.draw("#room", columns, false);
        let room = columns.max(2);
        assert!(drawn.cursor < room && drawn.columns < room, "{drawn:?}");
    }
});
