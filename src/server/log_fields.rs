//! The fields that all log lines of one connection share, and how much of a peer's text is logged:
//! the lines of one request have at most 4 KiB together, whatever the request contains.

use std::fmt::{self, Write as _};
use std::net::SocketAddr;

use crate::connection::ConnectionId;
use crate::handshake::RequestHead;

/// The most bytes of a peer's text in one field, as it is written there: escaped.
const MOST_TEXT: usize = 400;

/// The most bytes of a list in one field, such as a request's headers.
const MOST_LIST: usize = 1 << 10;

/// A client's number, its address and, where it is known, its user.
#[derive(Clone, Copy)]
pub(super) struct LogFields<'a>(
    pub(super) ConnectionId,
    pub(super) Option<SocketAddr>,
    pub(super) Option<&'a str>,
);

impl fmt::Display for LogFields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(id, peer, user) = self;
        write!(f, "id={id} peer=")?;
        match peer {
            Some(peer) => write!(f, "{peer}")?,
            None => write!(f, "memory")?,
        }
        match user {
            Some(user) => write!(f, " user={user:?}"),
            None => Ok(()),
        }
    }
}

/// The field `target`. A query may contain a secret, such as a ticket, so it is shown at the level
/// Trace only, at which the payload of every frame is logged as well.
pub(super) struct Target<'a> {
    head: &'a RequestHead,
    with_query: bool,
}

impl<'a> Target<'a> {
    /// Shows what the log's level allows.
    pub(super) fn of(head: &'a RequestHead) -> Self {
        Self {
            head,
            with_query: log::log_enabled!(log::Level::Trace),
        }
    }
}

impl fmt::Display for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = match self.with_query {
            true => &self.head.target,
            false => self.head.path(),
        };
        write!(f, "target={}", ShortText(shown))
    }
}

/// A text as `{:?}` writes it. `...` stands for the left-out end of a long one.
#[derive(Clone, Copy)]
pub(super) struct ShortText<'a>(pub(super) &'a str);

impl fmt::Display for ShortText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(text) = self;
        let mut written = 0;
        let cut = text.char_indices().find(|(_, c)| {
            written += c.escape_debug().map(char::len_utf8).sum::<usize>();
            written > MOST_TEXT
        });
        match cut {
            None => write!(f, "{text:?}"),
            Some((at, _)) => write!(f, "{:?}", format_args!("{}...", &text[..at]).to_string()),
        }
    }
}

/// A list as `{:?}` writes it, in brackets. `...` stands for the left-out end of a long one.
#[derive(Clone, Copy)]
pub(super) struct ShortList<T>(pub(super) T);

impl<T: fmt::Debug> fmt::Display for ShortList<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = Cut(String::new());
        let whole = write!(list, "{:?}", self.0).is_ok();
        let Cut(text) = list;
        let end = if whole { "" } else { "...}" };
        write!(f, "{text}{end}")
    }
}

/// Keeps the first [`MOST_LIST`] bytes of what is written to it.
struct Cut(String);

impl fmt::Write for Cut {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = MOST_LIST - self.0.len();
        if text.len() <= room {
            self.0.push_str(text);
            return Ok(());
        }
        let end = (0..=room).rev().find(|at| text.is_char_boundary(*at));
        self.0.push_str(&text[..end.unwrap_or(0)]);
        Err(fmt::Error) // nothing more is formatted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handshake::Headers;

    #[test]
    fn a_query_is_cut_off_unless_it_is_asked_for() {
        let rows = [
            ("/echo?ticket=golden", false, "target=\"/echo\""),
            (
                "/echo?ticket=golden",
                true,
                "target=\"/echo?ticket=golden\"",
            ),
            ("/a\"b?", false, "target=\"/a\\\"b\""),
            ("/", false, "target=\"/\""),
        ];
        for (target, with_query, expected) in rows {
            let head = &RequestHead::new("GET", target, Headers::new());
            let shown = Target { head, with_query };
            assert_eq!(shown.to_string(), expected);
        }
    }

    #[test]
    fn a_user_is_escaped() {
        let peer = "[::1]:9".parse().ok();
        let id = ConnectionId::next();
        let rows = [
            (LogFields(id, peer, None), format!("id={id} peer=[::1]:9")),
            (
                LogFields(id, None, Some("a\n\"b")),
                format!("id={id} peer=memory user=\"a\\n\\\"b\""),
            ),
        ];
        for (fields, expected) in rows {
            assert_eq!(fields.to_string(), expected);
        }
    }
    #[test]
    fn what_a_peer_wrote_is_cut_where_it_is_long() {
        let most = "x".repeat(MOST_TEXT);
        let rows = [
            (String::new(), "\"\"".to_owned()),
            ("a\n\"b".into(), "\"a\\n\\\"b\"".into()),
            (most.clone(), format!("\"{most}\"")),
            (format!("{most}x"), format!("\"{most}...\"")),
            ("\n".repeat(201), format!("\"{}...\"", "\\n".repeat(200))),
            (
                "\u{1f600}".repeat(101),
                format!("\"{}...\"", "\u{1f600}".repeat(100)),
            ),
        ];
        for (text, shown) in rows {
            assert_eq!(ShortText(&text).to_string(), shown);
        }
        let mut headers = Headers::new();
        headers.push("Host", "h");
        assert_eq!(ShortList(&headers).to_string(), format!("{headers:?}"));
        for letter in ["x", "\u{e9}", "\u{1}"] {
            headers.push("User-Agent", &letter.repeat(8000));
            let shown = ShortList(&headers).to_string();
            assert!(shown.len() <= MOST_LIST + 4, "{}", shown.len());
            assert!(
                shown.starts_with("{\"Host\": \"h\", \"User-Agent\": ") && shown.ends_with("...}")
            );
        }
    }
}
