//! The names of a cluster's keys in Redis.

use std::fmt;

/// The default prefix of the keys.
pub(super) const DEFAULT_PREFIX: &str = "wshub";

/// The longest prefix, in bytes.
const MAX_PREFIX_BYTES: usize = 64;

/// The three keys. The braces around the prefix are a hash tag: Redis Cluster keeps all keys with
/// the same tag in one slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Keys {
    /// A stream of the entries, with the IDs `SEQUENCE-0`.
    pub(super) log: String,
    /// A hash of the epoch, the last sequence number, byte counts, times, and the last append of
    /// each node.
    pub(super) meta: String,
    /// A hash of epoch, sequence number and state.
    pub(super) snapshot: String,
}

/// The prefix is not valid in a key's name. The text says what to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BadPrefix;

impl fmt::Display for BadPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the prefix of a cluster's keys has 1 to {MAX_PREFIX_BYTES} letters, digits, dots, \
             dashes or underscores, all of ASCII, such as wshub-test"
        )
    }
}

impl std::error::Error for BadPrefix {}

impl Keys {
    pub(super) fn new(prefix: &str) -> Result<Self, BadPrefix> {
        let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'-' | b'_');
        if !(1..=MAX_PREFIX_BYTES).contains(&prefix.len()) || !prefix.bytes().all(allowed) {
            return Err(BadPrefix);
        }
        let key = |name| format!("{{{prefix}}}:{name}");
        Ok(Self {
            log: key("log"),
            meta: key("meta"),
            snapshot: key("snapshot"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_prefix_as_their_hash_tag() {
        let keys = Keys::new(DEFAULT_PREFIX).unwrap();
        let all = [&*keys.log, &*keys.meta, &*keys.snapshot];
        assert_eq!(all, ["{wshub}:log", "{wshub}:meta", "{wshub}:snapshot"]);
        let longest = "a".repeat(64);
        for (prefix, is_good) in [
            ("a.B-9_", true),
            (&*longest, true),
            (&*format!("{longest}a"), false),
            ("", false),
            ("a}b", false),
            ("a b", false),
            ("\u{e9}", false),
        ] {
            assert_eq!(Keys::new(prefix).is_ok(), is_good, "{prefix}");
        }
    }
}
