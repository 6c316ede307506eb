//! The fields that join all log lines of one connection.

use std::fmt;
use std::net::SocketAddr;

use super::handler::ClientId;

/// A client's number, its address and, where it is known, its user.
#[derive(Clone, Copy)]
pub(super) struct Who<'a>(
    pub(super) ClientId,
    pub(super) Option<SocketAddr>,
    pub(super) Option<&'a str>,
);

impl fmt::Display for Who<'_> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_escaped() {
        let peer = "[::1]:9".parse().ok();
        let rows = [
            (Who(ClientId(7), peer, None), "id=7 peer=[::1]:9"),
            (
                Who(ClientId(7), None, Some("a\n\"b")),
                "id=7 peer=memory user=\"a\\n\\\"b\"",
            ),
        ];
        for (who, expected) in rows {
            assert_eq!(who.to_string(), expected);
        }
    }
}
