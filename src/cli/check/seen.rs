//! What was seen of a peer, as values, and in a few words.

use super::vectors::Event;
use wshub::protocol::CloseCode;

/// What the peer did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// It sent this.
    Event(Event),
    /// It broke the protocol itself.
    Fault(String),
    /// It ended TCP.
    End,
    /// It reset TCP.
    Reset,
    /// The time was over.
    Silence,
}

/// The payload of the ping behind a vector; its pong says that the connection stays open.
pub(super) const MARKER: &[u8] = b"wshub check";

impl Seen {
    /// What the peer sent, if this is something that it sent.
    pub(super) fn event(&self) -> Option<&Event> {
        match self {
            Self::Event(event) => Some(event),
            _ => None,
        }
    }
}

/// Whether the peer sent this pong.
pub(super) fn has_pong(seen: &[Seen], payload: &[u8]) -> bool {
    let is_it = |event: &Event| matches!(event, Event::Pong(found) if found == payload);
    seen.iter().filter_map(Seen::event).any(is_it)
}

/// The payload of the last ping among events.
pub(super) fn last_ping(events: &[Event]) -> Option<&[u8]> {
    events.iter().rev().find_map(|event| match event {
        Event::Ping(payload) => Some(&payload[..]),
        _ => None,
    })
}

/// The text and binary messages among events.
pub(super) fn messages<'a>(events: impl Iterator<Item = &'a Event>) -> Vec<&'a Event> {
    events
        .filter(|event| matches!(event, Event::Text(_) | Event::Binary(_)))
        .collect()
}

/// What was seen, in a few words.
pub(super) fn in_words(seen: &[Seen]) -> String {
    const MOST: usize = 6;
    let words: Vec<_> = seen.iter().take(MOST).map(word).collect();
    words.join(", ")
}

fn word(one: &Seen) -> String {
    match one {
        Seen::Event(Event::Text(text)) => format!("text {}", short(text.as_bytes())),
        Seen::Event(Event::Binary(bytes)) => format!("binary {}", short(bytes)),
        Seen::Event(Event::Ping(_)) => "a ping".to_owned(),
        Seen::Event(Event::Pong(payload)) if payload == MARKER => "it goes on".to_owned(),
        Seen::Event(Event::Pong(payload)) => format!("pong {}", short(payload)),
        Seen::Event(Event::Close(None, _)) => "Close without a code".to_owned(),
        Seen::Event(Event::Close(Some(code), reason)) if reason.is_empty() => {
            format!("Close {code} {}", CloseCode::meaning(*code))
        }
        Seen::Event(Event::Close(Some(code), reason)) => {
            format!("Close {code} {}", short(reason.as_bytes()))
        }
        Seen::Fault(rule) => format!("a fault: {rule}"),
        Seen::End => "the end of TCP".to_owned(),
        Seen::Reset => "a TCP reset".to_owned(),
        Seen::Silence => "then nothing in time".to_owned(),
    }
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
            Seen::Event(Event::Text("\x1b[2J".into())),
            Seen::Event(Event::Close(Some(1002), "r".repeat(100))),
            Seen::End,
        ];
        let words = in_words(&seen);
        assert_eq!(
            words,
            "text \"\\u{1b}[2J\", Close 1002 \"rrrrrrrrrrrrrrrr\"... (100 bytes), the end of TCP"
        );
    }
}
