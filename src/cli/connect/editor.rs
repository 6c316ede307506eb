//! The line that is being typed, as a value: bytes of the keyboard in, a line out.
//!
//! Knows the keys of a plain terminal: arrows, Home, End, Delete, Ctrl-A/E/B/F/P/N/K/U/W, and
//! UTF-8. Whatever else a key sends is ignored; no control character gets into a line.

/// The most characters of a line; more are ignored, as a bound on memory. A file is for more.
const MOST_CHARS: usize = 1 << 20;

/// What a byte came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Edited {
    /// Nothing to show.
    Nothing,
    /// The line or the cursor changed.
    Changed,
    /// Enter: this is the line; a new one begins.
    Line(String),
    /// Ctrl-D on an empty line.
    End,
}

/// How far a key's bytes have come.
#[derive(Debug, Default)]
enum Key {
    #[default]
    None,
    /// The first bytes of a UTF-8 character.
    Utf8(Vec<u8>),
    Escape,
    /// Behind `ESC [` or `ESC O`: the parameters so far.
    Sequence(Vec<u8>),
}

/// A line being typed.
#[derive(Debug, Default)]
pub(super) struct Editor {
    chars: Vec<char>,
    cursor: usize,
    key: Key,
    /// How many lines back in the history this one was taken from; 0: it is new.
    back: usize,
    /// The new line, while an old one is shown.
    kept: Vec<char>,
}

impl Editor {
    /// Takes one byte from the keyboard. `history`: the lines that the up arrow brings back.
    pub(super) fn feed(&mut self, byte: u8, history: &[String]) -> Edited {
        match std::mem::take(&mut self.key) {
            Key::None => self.plain(byte, history),
            Key::Utf8(mut bytes) => {
                bytes.push(byte);
                match std::str::from_utf8(&bytes) {
                    Ok(text) => self.insert(text.chars().next()),
                    Err(error) if error.error_len().is_none() => {
                        self.key = Key::Utf8(bytes);
                        Edited::Nothing
                    }
                    Err(_) => Edited::Nothing,
                }
            }
            Key::Escape if matches!(byte, b'[' | b'O') => {
                self.key = Key::Sequence(Vec::new());
                Edited::Nothing
            }
            Key::Escape => Edited::Nothing,
            Key::Sequence(mut parameters)
                if matches!(byte, b'0'..=b';') && parameters.len() < 16 =>
            {
                parameters.push(byte);
                self.key = Key::Sequence(parameters);
                Edited::Nothing
            }
            Key::Sequence(parameters) => self.sequence(&parameters, byte, history),
        }
    }

    fn plain(&mut self, byte: u8, history: &[String]) -> Edited {
        match byte {
            b'\r' | b'\n' => {
                let line = self.chars.iter().collect();
                *self = Self::default();
                Edited::Line(line)
            }
            0x04 if self.chars.is_empty() => Edited::End,
            0x04 => self.remove(self.cursor, self.cursor + 1),
            0x7f | 0x08 => self.remove(self.cursor.saturating_sub(1), self.cursor),
            0x01 => self.go(0),
            0x05 => self.go(self.chars.len()),
            0x02 => self.go(self.cursor.saturating_sub(1)),
            0x06 => self.go(self.cursor + 1),
            0x0b => self.remove(self.cursor, self.chars.len()),
            0x15 => self.remove(0, self.cursor),
            0x17 => self.remove(self.word_start(), self.cursor),
            0x10 => self.recall(self.back + 1, history),
            0x0e => self.recall(self.back.saturating_sub(1), history),
            0x0c => Edited::Changed,
            0x1b => {
                self.key = Key::Escape;
                Edited::Nothing
            }
            b'\t' | 0x20..=0x7e => self.insert(Some(char::from(byte))),
            0xc2..=0xf4 => {
                self.key = Key::Utf8(vec![byte]);
                Edited::Nothing
            }
            _ => Edited::Nothing,
        }
    }

    fn sequence(&mut self, parameters: &[u8], last: u8, history: &[String]) -> Edited {
        match (parameters, last) {
            (_, b'A') => self.recall(self.back + 1, history),
            (_, b'B') => self.recall(self.back.saturating_sub(1), history),
            (_, b'C') => self.go(self.cursor + 1),
            (_, b'D') => self.go(self.cursor.saturating_sub(1)),
            (_, b'H') | (b"1" | b"7", b'~') => self.go(0),
            (_, b'F') | (b"4" | b"8", b'~') => self.go(self.chars.len()),
            (b"3", b'~') => self.remove(self.cursor, self.cursor + 1),
            _ => Edited::Nothing,
        }
    }

    fn insert(&mut self, char: Option<char>) -> Edited {
        match char {
            Some(char) if (!char.is_control() || char == '\t') && self.chars.len() < MOST_CHARS => {
                self.chars.insert(self.cursor, char);
                self.cursor += 1;
                Edited::Changed
            }
            _ => Edited::Nothing,
        }
    }

    fn remove(&mut self, from: usize, to: usize) -> Edited {
        self.chars.drain(from..to.min(self.chars.len()));
        self.cursor = from;
        Edited::Changed
    }

    fn go(&mut self, to: usize) -> Edited {
        self.cursor = to.min(self.chars.len());
        Edited::Changed
    }

    fn word_start(&self) -> usize {
        let before = &self.chars[..self.cursor];
        let word_end = before
            .iter()
            .rposition(|c| !c.is_whitespace())
            .map_or(0, |at| at + 1);
        before[..word_end]
            .iter()
            .rposition(|c| c.is_whitespace())
            .map_or(0, |at| at + 1)
    }

    fn recall(&mut self, back: usize, history: &[String]) -> Edited {
        if back > history.len() || back == self.back {
            return Edited::Nothing;
        }
        if self.back == 0 {
            self.kept = std::mem::take(&mut self.chars);
        }
        self.chars = match history
            .len()
            .checked_sub(back)
            .and_then(|at| history.get(at))
        {
            Some(line) => line.chars().collect(),
            None => std::mem::take(&mut self.kept),
        };
        self.back = back;
        self.cursor = self.chars.len();
        Edited::Changed
    }

    /// What of the line is to be seen in `columns`, and in which of them the cursor stands: the
    /// part around the cursor if the line is longer.
    pub(super) fn view(&self, columns: usize) -> (String, usize) {
        let room = columns.max(2) - 1; // the cursor needs one behind the text
        let mut start = 0;
        let mut before: usize = self.chars[..self.cursor].iter().copied().map(width).sum();
        while before > room {
            before -= width(self.chars[start]);
            start += 1;
        }
        let mut used = 0;
        let shown = self.chars[start..].iter().take_while(|char| {
            used += width(**char);
            used <= room
        });
        (
            shown.map(|c| if *c == '\t' { ' ' } else { *c }).collect(),
            before,
        )
    }
}

/// The columns of a character on a terminal, by the large ranges: East Asian wide ones and
/// pictures take two, combining marks none.
fn width(char: char) -> usize {
    match u32::from(char) {
        0x0300..=0x036f
        | 0x200b..=0x200f
        | 0x202a..=0x202e
        | 0x2060..=0x2069
        | 0x20d0..=0x20ff
        | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1faff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Types `keys`, then gives the text and the cursor.
    fn typed(keys: &[u8]) -> (String, usize) {
        let history = ["one".to_owned(), "two".to_owned()];
        let mut editor = Editor::default();
        for key in keys {
            editor.feed(*key, &history);
        }
        editor.view(80)
    }

    #[test]
    fn keys_edit_the_line() {
        let rows: [(&[u8], &str, usize); 22] = [
            (b"abc", "abc", 3),
            (b"abc\x7f", "ab", 2),
            (b"\x7f\x08", "", 0),
            (b"abc\x1b[D\x1b[DX", "aXbc", 2),
            (b"abc\x1b[D\x1b[D\x1b[D\x1b[D", "abc", 0),
            (b"ab\x01X\x05Y", "XabY", 4),
            (b"ab\x1b[HX\x1b[FY", "XabY", 4),
            (b"ab\x1bOHX\x1b[4~Y", "XabY", 4),
            (b"abc\x01\x1b[3~", "bc", 0),
            (b"abc\x01\x04", "bc", 0),
            (b"abc\x02\x0b", "ab", 2),
            (b"abc\x02\x15", "c", 0),
            (b"one two  \x17", "one ", 4),
            (b"one\x17\x17", "", 0),
            (b"\x1b[A", "two", 3),
            (b"\x1b[A\x1b[A\x1b[A", "one", 3),
            (b"new\x1b[A\x1b[B", "new", 3),
            (b"\x10\x10\x0e", "two", 3),
            ("\u{e9}\u{1f600}".as_bytes(), "\u{e9}\u{1f600}", 3),
            (b"a\xff\xc3(b", "ab", 2),
            (b"a\x1b[5~\x1b[1;5C\x1bxb", "ab", 2),
            (b"\x00\x07\x1e\tz", " z", 2),
        ];
        for (keys, text, cursor) in rows {
            assert_eq!(typed(keys), (text.to_owned(), cursor), "{keys:?}");
        }
    }

    #[test]
    fn enter_gives_the_line_and_ctrl_d_the_end() {
        let mut editor = Editor::default();
        assert_eq!(editor.feed(4, &[]), Edited::End);
        for key in b"a\tb" {
            assert_eq!(editor.feed(*key, &[]), Edited::Changed);
        }
        assert_eq!(editor.feed(b'\n', &[]), Edited::Line("a\tb".into()));
        assert_eq!(editor.view(80), (String::new(), 0));
        assert_eq!(editor.feed(b'\r', &[]), Edited::Line(String::new()));
    }

    #[test]
    fn a_long_line_shows_the_part_around_the_cursor() {
        let mut editor = Editor::default();
        for key in b"0123456789" {
            editor.feed(*key, &[]);
        }
        assert_eq!(editor.view(6), ("56789".into(), 5));
        editor.feed(1, &[]);
        assert_eq!(editor.view(6), ("01234".into(), 0));
        assert_eq!(editor.view(0).1, 0);
    }

    #[test]
    fn any_bytes_leave_a_line_without_control_characters() {
        let mut editor = Editor::default();
        let mut state = 1_u64;
        for _ in 0..100_000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let byte = (state >> 56) as u8;
            if let Edited::Line(line) = editor.feed(byte, &["a".into(), "b\u{4e2d}".into()]) {
                assert!(
                    line.chars().all(|c| c == '\t' || !c.is_control()),
                    "{line:?}"
                );
            }
            let (_, cursor) = editor.view(10);
            assert!(cursor < 10);
        }
    }
}
