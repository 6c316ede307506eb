//! One connection to the log in Redis.

use std::time::Duration;

use super::answers::{self, MAX_STATE_BYTES, Wrong, epoch_text, node_text};
use super::keys::Keys;
use super::link::{Failure, Link, MOST_SMALL_BYTES};
use super::refusals::failed;
use super::resp::Reply;
use super::script::Script;
use crate::cluster::log::{
    Append, Appended, Entry, Epoch, Log, LogError, MAX_BUNDLE_BYTES, Position, Sequence, Snapshot,
};

static APPEND: Script = Script::new(include_str!("append.lua"));
static EPOCH: Script = Script::new(include_str!("epoch.lua"));
static SNAPSHOT: Script = Script::new(include_str!("snapshot.lua"));
static POSITION: Script = Script::new(include_str!("position.lua"));
static READ: Script = Script::new(include_str!("read.lua"));

/// The most that one read returns, unless its first entry alone is longer.
const MOST_ENTRIES: usize = 1000;
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// The most bytes that the names, numbers and lengths around one bundle take in an answer.
const ENTRY_BYTES: usize = 512;

/// The longest answers.
const MOST_ENTRY_BYTES: usize = MAX_BUNDLE_BYTES + ENTRY_BYTES;
const MOST_READ_BYTES: usize = MOST_BYTES + MAX_BUNDLE_BYTES + MOST_ENTRIES * ENTRY_BYTES;
const MOST_SNAPSHOT_BYTES: usize = MAX_STATE_BYTES + ENTRY_BYTES;

/// How much the log in Redis keeps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// The most entries.
    pub(super) entries: u64,
    /// The most bytes of bundles; the last entry stays, whatever its length.
    pub(super) bytes: u64,
    /// With more nodes than this, nodes that appended nothing for `forgotten_after` are removed.
    pub(super) nodes: u64,
    pub(super) forgotten_after: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entries: 100_000,
            bytes: 64 * 1024 * 1024,
            nodes: 4096,
            forgotten_after: Duration::from_secs(24 * 60 * 60),
        }
    }
}

/// One connection. Once it is lost, every call fails with that error.
pub(super) struct RedisLog {
    link: Option<Link>,
    keys: Keys,
    /// The server as errors name it, such as `Redis at localhost:6379`.
    place: String,
    limits: Limits,
}

impl RedisLog {
    pub(super) fn new(link: Link, keys: Keys, place: String, limits: Limits) -> Self {
        Self {
            link: Some(link),
            keys,
            place,
            limits,
        }
    }

    /// Makes a call and decodes its answer.
    fn call<T>(
        &mut self,
        call: impl FnOnce(&mut Link, &Keys) -> Result<Reply, Failure>,
        decode: impl FnOnce(Reply) -> Result<T, Wrong>,
    ) -> Result<T, LogError> {
        let Some(link) = &mut self.link else {
            let place = &self.place;
            let why = format!("the connection to {place} was lost before");
            return Err(LogError::Unreachable(why));
        };
        let answer = call(link, &self.keys);
        let error = match answer {
            Ok(answer) => match decode(answer) {
                Ok(decoded) => return Ok(decoded),
                Err(wrong) => LogError::Corrupt(format!(
                    "{}: {wrong}. To begin anew, delete the keys {}, {} and {} there",
                    self.place, self.keys.log, self.keys.meta, self.keys.snapshot
                )),
            },
            Err(failure) => {
                if !matches!(failure, Failure::Refused(_)) {
                    self.link = None;
                }
                failed(failure, &self.place, &self.keys)
            }
        };
        if matches!(error, LogError::Unreachable(_)) {
            self.link = None; // unusable, for example because the server is a replica now
        }
        Err(error)
    }
}

impl Log for RedisLog {
    fn append(&mut self, append: Append<'_>) -> Result<Appended, LogError> {
        if append.bundle.len() > MAX_BUNDLE_BYTES {
            return Err(LogError::Refused(format!(
                "a bundle of {} bytes is longer than the {MAX_BUNDLE_BYTES} of a log",
                append.bundle.len()
            )));
        }
        let limits = self.limits;
        let (epoch, node) = (epoch_text(append.epoch), node_text(append.node));
        let [counter, entries, bytes, nodes, milliseconds] = [
            append.counter,
            limits.entries,
            limits.bytes,
            limits.nodes,
            limits.forgotten_after.as_secs() * 1000,
        ]
        .map(|number| number.to_string());
        let arguments: [&[u8]; 8] = [
            epoch.as_bytes(),
            node.as_bytes(),
            counter.as_bytes(),
            append.bundle,
            entries.as_bytes(),
            bytes.as_bytes(),
            nodes.as_bytes(),
            milliseconds.as_bytes(),
        ];
        self.call(
            |link, keys| {
                let keys: [&str; 2] = [&keys.log, &keys.meta];
                APPEND.call(link, &keys, &arguments, MOST_SMALL_BYTES)
            },
            |answer| answers::appended(&answer),
        )
    }

    /// Reads stored entries by a script, which counts their bytes; waits with XREAD for one entry.
    fn read(&mut self, after: Sequence, wait: Duration) -> Result<Vec<Entry>, LogError> {
        let (entries, bytes) = (MOST_ENTRIES.to_string(), MOST_BYTES.to_string());
        let sequence = after.to_string();
        let arguments: [&[u8]; 3] = [sequence.as_bytes(), entries.as_bytes(), bytes.as_bytes()];
        let found = self.call(
            |link, keys| READ.call(link, &[&keys.log], &arguments, MOST_READ_BYTES),
            |answer| answers::entries(answer, after, MOST_ENTRIES),
        )?;
        // For XREAD a timeout of 0 means none.
        let milliseconds = wait.as_millis().min(u128::from(u32::MAX));
        if !found.is_empty() || milliseconds == 0 {
            return Ok(found);
        }
        let (id, milliseconds) = (format!("{after}-0"), milliseconds.to_string());
        self.call(
            |link, keys| {
                let words: [&[u8]; 8] = [
                    b"XREAD",
                    b"COUNT",
                    b"1",
                    b"BLOCK",
                    milliseconds.as_bytes(),
                    b"STREAMS",
                    keys.log.as_bytes(),
                    id.as_bytes(),
                ];
                link.call(&words, wait, MOST_ENTRY_BYTES)
            },
            |answer| answers::awaited(answer, after, 1),
        )
    }

    fn entry(&mut self, sequence: Sequence) -> Result<Option<Entry>, LogError> {
        let id = format!("{sequence}-0");
        let Some(before) = sequence.checked_sub(1) else {
            return Ok(None); // the first entry has number 1
        };
        self.call(
            |link, keys| {
                let words: [&[u8]; 4] =
                    [b"XRANGE", keys.log.as_bytes(), id.as_bytes(), id.as_bytes()];
                link.call(&words, Duration::ZERO, MOST_ENTRY_BYTES)
            },
            |answer| answers::entries(answer, before, 1).map(|mut found| found.pop()),
        )
    }

    fn position(&mut self) -> Result<Option<Position>, LogError> {
        self.call(
            |link, keys| {
                let keys: [&str; 2] = [&keys.log, &keys.meta];
                POSITION.call(link, &keys, &[], MOST_SMALL_BYTES)
            },
            |answer| answers::position(&answer),
        )
    }

    fn change_epoch(&mut self, from: Option<Epoch>, to: Epoch) -> Result<Epoch, LogError> {
        let (from, to) = (from.map_or_else(String::new, epoch_text), epoch_text(to));
        let arguments: [&[u8]; 2] = [from.as_bytes(), to.as_bytes()];
        self.call(
            |link, keys| {
                let keys: [&str; 3] = [&keys.log, &keys.meta, &keys.snapshot];
                EPOCH.call(link, &keys, &arguments, MOST_SMALL_BYTES)
            },
            |answer| answers::epoch(&answer),
        )
    }

    fn snapshot(&mut self) -> Result<Option<Snapshot>, LogError> {
        self.call(
            |link, keys| {
                let words: [&[u8]; 5] = [
                    b"HMGET",
                    keys.snapshot.as_bytes(),
                    b"epoch",
                    b"sequence",
                    b"state",
                ];
                link.call(&words, Duration::ZERO, MOST_SNAPSHOT_BYTES)
            },
            answers::snapshot,
        )
    }

    fn store_snapshot(&mut self, snapshot: &Snapshot) -> Result<(), LogError> {
        if snapshot.state.len() > MAX_STATE_BYTES {
            return Err(LogError::Refused(format!(
                "a snapshot of {} bytes is longer than the {MAX_STATE_BYTES} that are stored",
                snapshot.state.len()
            )));
        }
        let (epoch, sequence) = (epoch_text(snapshot.epoch), snapshot.sequence.to_string());
        let arguments: [&[u8]; 3] = [epoch.as_bytes(), sequence.as_bytes(), &snapshot.state];
        self.call(
            |link, keys| {
                let keys: [&str; 2] = [&keys.meta, &keys.snapshot];
                SNAPSHOT.call(link, &keys, &arguments, MOST_SMALL_BYTES)
            },
            |answer| match answer {
                Reply::Number(0 | 1) => Ok(()),
                _ => Err("the answer to a snapshot is not known"),
            },
        )
    }
}
