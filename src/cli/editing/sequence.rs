//! What a whole sequence of the keyboard means.

use super::key::Key;

/// The most bytes of parameters that are kept; a sequence with more is not a key.
const MOST: usize = 32;

/// The bytes between the introducer of a sequence and its last byte.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parameters {
    bytes: [u8; MOST],
    /// More than [`MOST`] have come if it is larger.
    length: usize,
}

impl Parameters {
    pub(super) fn push(&mut self, byte: u8) {
        if let Some(free) = self.bytes.get_mut(self.length) {
            *free = byte;
        }
        self.length = self.length.saturating_add(1).min(MOST + 1);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Whether they are one number.
    pub(super) fn is_number(&self) -> bool {
        !self.is_empty() && self.known().iter().all(u8::is_ascii_digit)
    }

    fn known(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// The numbers between the semicolons, each with what is behind a colon in it; none for
    /// private parameters (answers to queries, mouse reports) and other bytes.
    fn numbers(&self) -> Option<Vec<(u32, u32)>> {
        if self.length > MOST {
            return None;
        }
        let number = |text: Option<&str>| match text.unwrap_or("") {
            "" => Some(0),
            text => text.parse().ok(),
        };
        let text = std::str::from_utf8(self.known()).ok()?;
        let fields = text.split(';').map(|field| {
            let mut parts = field.split(':');
            Some((number(parts.next())?, number(parts.next())?))
        });
        fields.collect()
    }
}

/// The meaning of a CSI sequence.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Key(Key),
    Nothing,
    /// A mouse report begins, of so many characters.
    Mouse(u8),
    /// A paste begins.
    Paste,
}

/// Of `ESC [ parameters last`. `alt`: another ESC stood before it.
pub(super) fn csi(parameters: &Parameters, alt: bool, last: u8) -> Meaning {
    if parameters.is_empty() {
        match last {
            b'M' => return Meaning::Mouse(3),
            b't' => return Meaning::Mouse(2),
            b'T' => return Meaning::Mouse(6),
            b'a' => return Meaning::Key(Key::Up), // rxvt, with Shift
            b'b' => return Meaning::Key(Key::Down),
            b'c' => return Meaning::Key(Key::Right),
            b'd' => return Meaning::Key(Key::Left),
            _ => {}
        }
    }
    let Some(numbers) = parameters.numbers() else {
        return Meaning::Nothing;
    };
    let at = |at: usize| numbers.get(at).map_or(0, |(number, _)| *number);
    let (modifiers, event) = match (numbers.as_slice(), last) {
        ([_], b'~' | b'u') => (0, 0),
        ([(number, _)], _) => (*number, 0),
        ([_, second, ..], _) => *second,
        ([], _) => (0, 0),
    };
    if event == 3 {
        return Meaning::Nothing; // a key that is let go
    }
    let by_word = alt || has(modifiers, ALT | CTRL);
    let key = match (last, at(0)) {
        (b'~', 200) => return Meaning::Paste,
        (b'~', 27) => coded(at(2), modifiers),
        (b'u', code) => coded(code, modifiers),
        (b'~', 3) if by_word => Some(Key::DeleteWord),
        (b'~', number) => numbered(number),
        (b'^' | b'@', _) => rxvt(parameters, last),
        _ => lettered(last, by_word),
    };
    key.map_or(Meaning::Nothing, Meaning::Key)
}

/// Of `ESC O parameters last`: keys in application mode, the keypad among them.
pub(super) fn ss3(parameters: &Parameters, alt: bool, last: u8) -> Option<Key> {
    let numbers = parameters.numbers()?;
    let modifiers = numbers.last().map_or(0, |(number, _)| *number);
    match last {
        b'a' => Some(Key::Up), // rxvt, with Ctrl
        b'b' => Some(Key::Down),
        b'c' => Some(Key::WordRight),
        b'd' => Some(Key::WordLeft),
        b'M' => Some(Key::Enter),
        b'I' => Some(Key::Tab),
        b'X' => Some(Key::Char('=')),
        b' ' => Some(Key::Char(' ')),
        b'j'..=b'y' => Some(Key::Char(char::from(last - 0x40))),
        _ => lettered(last, alt || has(modifiers, ALT | CTRL)),
    }
}

/// Of rxvt's keys with Shift (`$`), Ctrl (`^`), or both (`@`).
pub(super) fn rxvt(parameters: &Parameters, last: u8) -> Option<Key> {
    let [(number, _)] = parameters.numbers()?[..] else {
        return None;
    };
    match number {
        3 if last != b'$' => Some(Key::DeleteWord),
        number => numbered(number),
    }
}

fn lettered(letter: u8, by_word: bool) -> Option<Key> {
    match letter {
        b'A' => Some(Key::Up),
        b'B' => Some(Key::Down),
        b'C' if by_word => Some(Key::WordRight),
        b'C' => Some(Key::Right),
        b'D' if by_word => Some(Key::WordLeft),
        b'D' => Some(Key::Left),
        b'H' => Some(Key::Home),
        b'F' => Some(Key::End),
        _ => None,
    }
}

fn numbered(number: u32) -> Option<Key> {
    match number {
        1 | 7 => Some(Key::Home),
        3 => Some(Key::Delete),
        4 | 8 => Some(Key::End),
        _ => None,
    }
}

/// The bits of a modifier parameter, less one.
const ALT: u32 = 2;
const CTRL: u32 = 4;

fn has(modifiers: u32, bits: u32) -> bool {
    modifiers.saturating_sub(1) & bits != 0
}

/// A key by its code point: xterm's `modifyOtherKeys`, and the protocol of kitty.
fn coded(code: u32, modifiers: u32) -> Option<Key> {
    let c = char::from_u32(code).filter(|_| !matches!(code, 0xe000..=0xf8ff))?;
    match c {
        '\r' => Some(Key::Enter),
        '\t' => Some(Key::Tab),
        '\x1b' => Some(Key::Escape),
        '\x7f' | '\x08' if has(modifiers, ALT | CTRL) => Some(Key::AltBackspace),
        '\x7f' | '\x08' => Some(Key::Backspace),
        _ if c.is_control() => None,
        _ if has(modifiers, CTRL) => {
            let letter = c.to_ascii_lowercase();
            letter.is_ascii_lowercase().then_some(Key::Ctrl(letter))
        }
        _ if has(modifiers, ALT) => Some(Key::Alt(c)),
        _ => Some(Key::Char(c)),
    }
}
