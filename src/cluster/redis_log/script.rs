//! Lua scripts that Redis runs. They are called by their hash, since Redis caches the scripts that
//! it has seen.

use std::fmt::Write as _;
use std::sync::OnceLock;
use std::time::Duration;

use sha1::{Digest, Sha1};

use super::link::{Failure, Link};
use super::resp::Reply;

pub(super) struct Script {
    text: &'static str,
    hash: OnceLock<String>,
}

impl Script {
    pub(super) const fn new(text: &'static str) -> Self {
        Self {
            text,
            hash: OnceLock::new(),
        }
    }

    fn hash(&self) -> &str {
        self.hash.get_or_init(|| {
            let mut hash = String::with_capacity(40);
            for byte in Sha1::digest(self.text) {
                let _ = write!(hash, "{byte:02x}"); // a String takes everything
            }
            hash
        })
    }

    /// Runs the script. If Redis does not have it (a new server, SCRIPT FLUSH), its text is sent.
    pub(super) fn call(
        &self,
        link: &mut Link,
        keys: &[&str],
        arguments: &[&[u8]],
        most_bytes: usize,
    ) -> Result<Reply, Failure> {
        let count = keys.len().to_string();
        let keys = keys.iter().map(|key| key.as_bytes());
        let rest = keys.chain(arguments.iter().copied());
        let words = |command: &'static str, script| -> Vec<&[u8]> {
            let head: [&[u8]; 3] = [command.as_bytes(), script, count.as_bytes()];
            head.into_iter().chain(rest.clone()).collect()
        };
        let by_hash = words("EVALSHA", self.hash().as_bytes());
        match link.call(&by_hash, Duration::ZERO, most_bytes) {
            Err(Failure::Refused(refusal)) if refusal.code == "NOSCRIPT" => {
                let whole = words("EVAL", self.text.as_bytes());
                link.call(&whole, Duration::ZERO, most_bytes)
            }
            answer => answer,
        }
    }
}
