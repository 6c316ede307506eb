//! What the keyboard sends, as keys: a state machine that takes bytes in pieces of any size.
//!
//! Every sequence that a terminal can send is taken whole (ECMA-48, and the habits of xterm,
//! rxvt and the Linux console): CSI with any parameters, SS3, the strings of OSC, DCS, APC, PM and
//! SOS, mouse reports, answers to queries. Those that are no key of an editor come to nothing; no
//! byte of them is typed into the line. ESC alone and ESC as the beginning of a sequence differ
//! only in time, so the caller waits for [`Parser::timeout`] and then tells of the silence.

use std::time::Duration;

use super::decoder::{Decoded, Decoder};
use super::key::Key;
use super::sequence::{self, Meaning, Parameters};

/// How long ESC alone may be the beginning of a sequence.
const ESCAPE_TIMEOUT: Duration = Duration::from_millis(100);

/// How long a sequence that has begun may take to go on. It is dropped then.
const SEQUENCE_TIMEOUT: Duration = Duration::from_millis(500);

/// The sequence that ends a paste (bracketed paste, as in xterm).
const PASTE_END: &[u8] = b"\x1b[201~";

const CAN: u8 = 0x18;
const SUB: u8 = 0x1a;
const ESC: u8 = 0x1b;

/// How far the bytes have come.
#[derive(Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Ground,
    /// Behind ESC, or `twice` ESC: the way of rxvt to say Alt.
    Escape { twice: bool },
    /// Behind ESC and the first bytes of a character.
    AltChar,
    /// Behind `ESC [`.
    Csi { parameters: Parameters, alt: bool },
    /// Behind `ESC O`.
    Ss3 { parameters: Parameters, alt: bool },
    /// Behind `ESC [ [`: a function key of the Linux console.
    LinuxKey,
    /// In a string that ends with ST or BEL. `before` is the byte before the next one.
    Text { before: u8 },
    /// In a mouse report of so many characters, each of which may take two bytes.
    Mouse { left: u8, is_lead: bool },
    /// In a paste; this many bytes of [`PASTE_END`] have come.
    Paste { matched: usize, is_behind_cr: bool },
}

/// Bytes in, keys out.
#[derive(Debug, Default)]
pub struct Parser {
    state: State,
    decoder: Decoder,
}

impl Parser {
    /// Takes what the keyboard sent, and appends the keys that came of it.
    pub fn feed(&mut self, bytes: &[u8], keys: &mut Vec<Key>) {
        for byte in bytes {
            self.step(*byte, keys);
        }
    }

    /// How long to wait for the next byte before [`Parser::silence`]; none: for ever.
    pub fn timeout(&self) -> Option<Duration> {
        match self.state {
            State::Ground | State::Paste { .. } => None,
            State::Escape { .. } => Some(ESCAPE_TIMEOUT),
            _ => Some(SEQUENCE_TIMEOUT),
        }
    }

    /// Nothing came for that long: ESC was a key of its own, any other sequence is dropped.
    pub fn silence(&mut self, keys: &mut Vec<Key>) {
        if self.timeout().is_some() {
            self.decoder = Decoder::default();
            if let State::Escape { .. } = std::mem::take(&mut self.state) {
                keys.push(Key::Escape);
            }
        }
    }

    fn step(&mut self, byte: u8, keys: &mut Vec<Key>) {
        match std::mem::take(&mut self.state) {
            State::Ground => self.ground(byte, keys),
            State::Escape { twice } => self.escape(byte, twice, keys),
            State::AltChar => self.alt_char(byte, keys),
            State::Csi { parameters, alt } => self.csi(parameters, alt, byte, keys),
            State::Ss3 { parameters, alt } => self.ss3(parameters, alt, byte, keys),
            State::LinuxKey if !(0x20..0x7f).contains(&byte) => self.ground(byte, keys),
            State::LinuxKey => {}
            State::Text { before } => self.text(before, byte, keys),
            State::Mouse { left, is_lead } => self.mouse(left, is_lead, byte, keys),
            State::Paste {
                matched,
                is_behind_cr,
            } => self.paste(matched, is_behind_cr, byte, keys),
        }
    }

    fn ground(&mut self, byte: u8, keys: &mut Vec<Key>) {
        match self.decoder.feed(byte) {
            Decoded::More => {}
            Decoded::Char(c) => self.char(c, keys),
            Decoded::Invalid(byte @ 0x80..=0x9f) => self.c1(byte),
            Decoded::Invalid(_) => {}
            Decoded::Interrupted(byte) => self.ground(byte, keys),
        }
    }

    fn char(&mut self, c: char, keys: &mut Vec<Key>) {
        match c {
            '\x1b' => self.state = State::Escape { twice: false },
            '\r' | '\n' => keys.push(Key::Enter),
            '\t' => keys.push(Key::Tab),
            '\x7f' | '\x08' => keys.push(Key::Backspace),
            '\x01'..='\x1a' => keys.push(Key::Ctrl(char::from(c as u8 + 0x60))),
            '\u{80}'..='\u{9f}' => self.c1(c as u8),
            _ if c.is_control() => {}
            _ => keys.push(Key::Char(c)),
        }
    }

    /// The control characters that stand for ESC and a letter.
    fn c1(&mut self, byte: u8) {
        if let Some(state) = introduced_by(byte - 0x40, false) {
            self.state = state;
        }
    }

    fn escape(&mut self, byte: u8, twice: bool, keys: &mut Vec<Key>) {
        if byte == ESC {
            if twice {
                keys.push(Key::Escape);
            }
            self.state = State::Escape { twice: true };
            return;
        }
        if let Some(state) = introduced_by(byte, twice) {
            self.state = state;
            return;
        }
        if twice || byte < 0x20 && byte != 0x08 {
            keys.push(Key::Escape);
        }
        match byte {
            0x08 | 0x7f => keys.push(Key::AltBackspace),
            0x20..=0x7e => keys.push(Key::Alt(char::from(byte))),
            0x80.. => self.alt_char(byte, keys),
            _ => self.ground(byte, keys),
        }
    }

    fn alt_char(&mut self, byte: u8, keys: &mut Vec<Key>) {
        match self.decoder.feed(byte) {
            Decoded::More => self.state = State::AltChar,
            Decoded::Char(c) if !c.is_control() => keys.push(Key::Alt(c)),
            Decoded::Char(_) | Decoded::Invalid(_) => {}
            Decoded::Interrupted(byte) => self.ground(byte, keys),
        }
    }

    /// A byte that no sequence has: it ends the sequence, and is a key itself. The answer is
    /// whether it was one.
    fn breaks_off(&mut self, byte: u8, keys: &mut Vec<Key>) -> bool {
        match byte {
            CAN | SUB => {}
            ..0x20 | 0x80.. => self.ground(byte, keys),
            _ => return false,
        }
        true
    }

    fn csi(&mut self, mut parameters: Parameters, alt: bool, byte: u8, keys: &mut Vec<Key>) {
        if self.breaks_off(byte, keys) {
            return;
        }
        match byte {
            b'[' if parameters.is_empty() => self.state = State::LinuxKey,
            b'$' if parameters.is_number() => keys.extend(sequence::rxvt(&parameters, byte)),
            0x20..=0x3f => {
                parameters.push(byte);
                self.state = State::Csi { parameters, alt };
            }
            0x7f => self.state = State::Csi { parameters, alt },
            _ => match sequence::csi(&parameters, alt, byte) {
                Meaning::Key(key) => keys.push(key),
                Meaning::Nothing => {}
                Meaning::Mouse(left) => {
                    self.state = State::Mouse {
                        left,
                        is_lead: false,
                    }
                }
                Meaning::Paste => {
                    self.state = State::Paste {
                        matched: 0,
                        is_behind_cr: false,
                    };
                }
            },
        }
    }

    fn ss3(&mut self, mut parameters: Parameters, alt: bool, byte: u8, keys: &mut Vec<Key>) {
        if self.breaks_off(byte, keys) {
            return;
        }
        match byte {
            b'0'..=b';' => {
                parameters.push(byte);
                self.state = State::Ss3 { parameters, alt };
            }
            _ => keys.extend(sequence::ss3(&parameters, alt, byte)),
        }
    }

    fn text(&mut self, before: u8, byte: u8, keys: &mut Vec<Key>) {
        match (before, byte) {
            (ESC, b'\\') => {}
            (ESC, _) => self.escape(byte, false, keys),
            // ST as one byte, or as U+009C. Elsewhere that byte is a part of a character, and it
            // is known to be the last one of some of them.
            (..0x80 | 0xc2, 0x9c) | (_, 0x07 | CAN | SUB) => {}
            (_, 0x01..0x20) if !matches!(byte, b'\t' | ESC) => self.ground(byte, keys),
            _ => self.state = State::Text { before: byte },
        }
    }

    fn mouse(&mut self, left: u8, is_lead: bool, byte: u8, keys: &mut Vec<Key>) {
        let goes_on = is_lead && matches!(byte, 0x80..=0xbf);
        match (left, byte) {
            (_, ESC) => self.ground(byte, keys),
            (0, _) if !goes_on => self.ground(byte, keys),
            (0, _) => {}
            _ => {
                let left = left - u8::from(!goes_on);
                let is_lead = !goes_on && matches!(byte, 0xc2..=0xdf);
                if left > 0 || is_lead {
                    self.state = State::Mouse { left, is_lead };
                }
            }
        }
    }

    fn paste(&mut self, matched: usize, is_behind_cr: bool, byte: u8, keys: &mut Vec<Key>) {
        if PASTE_END.get(matched) == Some(&byte) {
            self.decoder = Decoder::default();
            if matched + 1 == PASTE_END.len() {
                keys.push(Key::PasteEnd);
            } else {
                self.state = State::Paste {
                    matched: matched + 1,
                    is_behind_cr,
                };
            }
            return;
        }
        // It was no end: what has been taken for one is text, but for the ESC.
        for byte in &PASTE_END[1.min(matched)..matched] {
            keys.push(Key::Pasted(char::from(*byte)));
        }
        if byte == ESC {
            self.state = State::Paste {
                matched: 1,
                is_behind_cr: false,
            };
            return;
        }
        self.state = State::Paste {
            matched: 0,
            is_behind_cr: byte == b'\r',
        };
        let c = match self.decoder.feed(byte) {
            Decoded::Char(c) => c,
            Decoded::Interrupted(byte) if byte.is_ascii() => char::from(byte),
            Decoded::Interrupted(byte) => {
                let _ = self.decoder.feed(byte); // it begins a character, or is dropped
                return;
            }
            Decoded::More | Decoded::Invalid(_) => return,
        };
        match c {
            '\n' if is_behind_cr && matched == 0 => {}
            '\r' | '\n' => keys.push(Key::Pasted('\n')),
            '\t' => keys.push(Key::Pasted(c)),
            _ if c.is_control() => {}
            _ => keys.push(Key::Pasted(c)),
        }
    }
}

/// The state behind ESC and this byte, if it introduces more than a key with Alt.
fn introduced_by(byte: u8, alt: bool) -> Option<State> {
    let parameters = Parameters::default();
    match byte {
        b'[' => Some(State::Csi { parameters, alt }),
        b'O' => Some(State::Ss3 { parameters, alt }),
        b']' | b'P' | b'_' | b'^' | b'X' => Some(State::Text { before: 0 }),
        _ => None,
    }
}
