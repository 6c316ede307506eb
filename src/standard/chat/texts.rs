//! The lines that the server sends in chat.
//!
//! ```text
//! #lobby ana: hello            a message
//! #lobby * ana joined (3 here) a notice of the room
//! * you are guest-7 in #lobby  a notice to you
//! ! no such command: /foo; /help lists them
//! ```

use std::fmt::Write as _;

use super::names::NotFree;

/// The most names, and rooms, that one answer lists.
const MOST_LISTED: usize = 100;

/// What `/help` answers, a line each.
pub(super) const HELP: &[&str] = &[
    "* a line goes to your current room; #ROOM TEXT goes to another one that you are in",
    "* /join ROOM enters a room or makes it the current one; /leave [ROOM] leaves it",
    "* /nick NAME changes your name; /who [ROOM] says who is there; /rooms lists the rooms",
    "* to send a line that begins with / or #, put a space before it",
];

/// A message of a client to its room.
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

/// The answer to a line that is refused: the reason.
pub(super) fn refused(why: impl std::fmt::Display) -> String {
    format!("! {why}")
}

/// The notice for a client that was too slow and missed messages.
pub(super) fn missed(count: usize) -> String {
    format!(
        "* you missed {}: your connection is slow",
        counted(count, "message")
    )
}

/// The answer to a client that does not get, or does not keep, a name.
pub(super) fn name_not_free(name: &str, why: NotFree) -> String {
    let fact = match why {
        NotFree::Taken => "is taken",
        NotFree::Owned => "belongs to an account",
    };
    refused(format_args!(
        "the name {name} {fact}; /nick NAME takes another"
    ))
}

/// The lines before and after a room's last lines, for a client that joins.
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

/// The notice of joins and leaves that were too many for a notice each.
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

/// A list of bounded length.
pub(super) fn list(items: impl ExactSizeIterator<Item = String>) -> String {
    let more = items.len().saturating_sub(MOST_LISTED);
    let mut text = items.take(MOST_LISTED).collect::<Vec<_>>().join(", ");
    if more > 0 {
        let _ = write!(text, " and {more} more"); // a String takes all
    }
    text
}
