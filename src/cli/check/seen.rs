//! What was seen of a peer, as values, and in a few words.

use super::vectors::Back;
use crate::protocol::CloseCode;

/// What the peer did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    Text(String),
    Binary(Vec<u8>),
    Ping,
    Pong(Vec<u8>),
    /// Its code, 1005 without one, and its reason.
    Close(u16, String),
    /// It broke the protocol itself.
    Fault(String),
    /// It ended TCP.
    End,
    /// It reset TCP.
    Reset,
    /// The time was over.
    Silence,
}

/// The ping behind a vector; its pong says that the connection goes on.
pub(super) const MARKER: &[u8] = b"wshub check";

/// The messages among what was seen.
pub(super) fn messages(seen: &[Seen]) -> Vec<Back> {
    let message = |one: &Seen| match one {
        Seen::Text(text) => Some(Back::Text(text.clone())),
        Seen::Binary(bytes) => Some(Back::Binary(bytes.clone())),
        _ => None,
    };
    seen.iter().filter_map(message).collect()
}

/// What was seen, in a few words.
pub(super) fn in_words(seen: &[Seen]) -> String {
    let mut words: Vec<String> = Vec::new();
    for one in seen {
        let word = match one {
            Seen::Text(text) => format!("text {}", short(text.as_bytes())),
            Seen::Binary(bytes) => format!("binary {}", short(bytes)),
            Seen::Ping => "a ping".to_owned(),
            Seen::Pong(payload) if payload == MARKER => "it goes on".to_owned(),
            Seen::Pong(payload) => format!("pong {}", short(payload)),
            Seen::Close(1005, _) => "Close without a code".to_owned(),
            Seen::Close(code, reason) if reason.is_empty() => {
                format!("Close {code} {}", CloseCode::meaning(*code))
            }
            Seen::Close(code, reason) => format!("Close {code} {}", short(reason.as_bytes())),
            Seen::Fault(rule) => format!("a fault: {rule}"),
            Seen::End => "the end of TCP".to_owned(),
            Seen::Reset => "a TCP reset".to_owned(),
            Seen::Silence => "then nothing in time".to_owned(),
        };
        if words.len() < 6 {
            words.push(word);
        }
    }
    words.join(", ")
}

fn short(bytes: &[u8]) -> String {
    const MOST: usize = 40;
    match std::str::from_utf8(bytes) {
        Ok(text) if text.chars().count() <= MOST => format!("{text:?}"),
        Ok(text) => {
            let start: String = text.chars().take(16).collect();
            format!("{start:?}... ({} bytes)", bytes.len())
        }
        Err(_) => format!("of {} bytes", bytes.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_is_told_short_and_harmless() {
        let seen = [
            Seen::Text("\x1b[2J".into()),
            Seen::Close(1002, "r".repeat(100)),
            Seen::End,
        ];
        let words = in_words(&seen);
        assert_eq!(
            words,
            "text \"\\u{1b}[2J\", Close 1002 \"rrrrrrrrrrrrrrrr\"... (100 bytes), the end of TCP"
        );
    }
}
