//! What the server says in chat, line by line.
//!
//! ```text
//! #lobby ana: hello            a message
//! #lobby * ana joined (3 here) a notice of the room
//! * you are guest-7 in #lobby  a notice to you
//! ! no such command: /foo; /help lists them
//! ```

use std::fmt::Write as _;

/// The most names, and rooms, that one answer lists.
const MOST_LISTED: usize = 100;

/// What `/help` answers, a line each.
pub(super) const HELP: &[&str] = &[
    "* a line goes to your current room; #ROOM TEXT goes to another one that you are in",
    "* /join ROOM enters a room or makes it the current one; /leave [ROOM] leaves it",
    "* /nick NAME changes your name; /who [ROOM] says who is there; /rooms lists the rooms",
    "* a line that is to begin with / or # begins with a space",
];

/// Text that somebody said.
pub(super) fn said(room: &str, name: &str, text: &str) -> String {
    format!("#{room} {name}: {text}")
}

/// A notice of a room.
pub(super) fn notice(room: &str, text: &str) -> String {
    format!("#{room} * {text}")
}

/// A notice to one client.
pub(super) fn to_you(text: &str) -> String {
    format!("* {text}")
}

/// Something that was not done, and why.
pub(super) fn refused(why: impl std::fmt::Display) -> String {
    format!("! {why}")
}

/// What a client is told that was too slow.
pub(in crate::server) fn missed(count: usize) -> String {
    format!(
        "* you missed {}: your connection is slow",
        counted(count, "message")
    )
}

/// What stands before and behind a room's last lines, for one who comes late.
pub(super) fn history_begins(room: &str, lines: usize) -> String {
    notice(
        room,
        &format!("before you came, the last {}:", counted(lines, "line")),
    )
}

/// See [`history_begins`].
pub(super) fn history_ends(room: &str) -> String {
    notice(room, "from here on it is live")
}

fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

/// Who came and went, where it was too much to tell one by one.
pub(super) fn many(joined: usize, left: usize, here: usize) -> String {
    let mut text = String::new();
    if joined > 0 {
        let _ = write!(text, "{joined} more joined"); // a String takes all
    }
    if left > 0 {
        let comma = if joined > 0 { ", " } else { "" };
        let more = if joined > 0 { "" } else { " more" };
        let _ = write!(text, "{comma}{left}{more} left");
    }
    format!("{text} ({here} here)")
}

/// A list that ends in time.
pub(super) fn list(items: impl ExactSizeIterator<Item = String>) -> String {
    let more = items.len().saturating_sub(MOST_LISTED);
    let mut text = items.take(MOST_LISTED).collect::<Vec<_>>().join(", ");
    if more > 0 {
        let _ = write!(text, " and {more} more"); // a String takes all
    }
    text
}
