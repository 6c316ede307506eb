//! The answer to HELLO, in which a server describes itself.

use super::resp::Reply;

/// The oldest version with the features that the log needs: exclusive ranges, and trimming by ID.
const OLDEST: (u32, u32) = (6, 2);

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Greeting {
    pub(super) version: String,
    pub(super) mode: Mode,
    pub(super) is_replica: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Sentinel,
    /// A single server, or one of a Redis Cluster.
    Server,
}

impl Greeting {
    /// Reads field names and values in turn; `None` if this is not an answer to HELLO.
    pub(super) fn read(answer: &Reply) -> Option<Self> {
        let Reply::List(words) = answer else {
            return None;
        };
        let text = |reply: &Reply| match reply {
            Reply::Bytes(bytes) => String::from_utf8(bytes.clone()).ok(),
            _ => None,
        };
        let value = |name: &str| {
            let pairs = words.as_chunks::<2>().0;
            let pair = pairs
                .iter()
                .find(|pair| text(&pair[0]).as_deref() == Some(name));
            pair.and_then(|pair| text(&pair[1]))
        };
        Some(Self {
            version: value("version")?,
            mode: match value("mode")?.as_str() {
                "sentinel" => Mode::Sentinel,
                _ => Mode::Server,
            },
            is_replica: value("role").is_some_and(|role| role != "master"),
        })
    }

    pub(super) fn is_new_enough(&self) -> bool {
        let mut parts = self.version.split('.').map(|part| part.parse().ok());
        match (parts.next().flatten(), parts.next().flatten()) {
            (Some(major), Some(minor)) => (major, minor) >= OLDEST,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(words: &[(&str, &str)]) -> Reply {
        let bytes = |text: &str| Reply::Bytes(text.into());
        let words = words
            .iter()
            .flat_map(|(name, value)| [bytes(name), bytes(value)]);
        Reply::List(
            words
                .chain([bytes("modules"), Reply::List(Vec::new())])
                .collect(),
        )
    }

    #[test]
    fn the_version_decides_and_the_role() {
        // version, mode, role; new enough, Sentinel, replica
        let rows = [
            ("6.2.0", "standalone", "master", true, false, false),
            ("6.0.16", "standalone", "master", false, false, false),
            ("5.0.14", "standalone", "master", false, false, false),
            ("7.0.15", "cluster", "replica", true, false, true),
            ("8.1.1", "standalone", "slave", true, false, true),
            ("10.0", "sentinel", "", true, true, true),
            ("255.255.255", "standalone", "master", true, false, false),
            ("unstable", "standalone", "master", false, false, false),
        ];
        for (version, mode, role, new_enough, sentinel, replica) in rows {
            let greeting = Greeting::read(&hello(&[
                ("server", "redis"),
                ("version", version),
                ("mode", mode),
                ("role", role),
            ]));
            let greeting = greeting.unwrap();
            assert_eq!(greeting.is_new_enough(), new_enough, "{version}");
            assert_eq!(greeting.mode == Mode::Sentinel, sentinel, "{version}");
            assert_eq!(greeting.is_replica, replica, "{version}");
        }
        assert_eq!(Greeting::read(&hello(&[("version", "7.0.0")])), None);
        assert_eq!(Greeting::read(&Reply::Nil), None);
    }
}
