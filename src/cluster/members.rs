//! Which nodes are alive: derived from the log alone, so that every node reaches the same result.

use std::collections::BTreeMap;
use std::time::Duration;

use super::fields::{FieldReader, FieldWriter, Malformed};
use super::input::Terms;
use super::log::{Entry, NodeId, Sequence};

/// The most nodes of a cluster.
pub const MAX_NODES: usize = 64;

/// A node that appends nothing for this long, by the log's clock, counts as dead.
pub const DEAD_AFTER: Duration = Duration::from_secs(6);

/// A snapshot is due after this many entries, this many bytes of entries, or this time. The log
/// keeps ten times the entries and four times the bytes, so a node that joins finds all entries
/// after the snapshot.
const SNAPSHOT_ENTRIES: Sequence = 10_000;
const SNAPSHOT_BYTES: u64 = 16 << 20;
const SNAPSHOT_TIME: Duration = Duration::from_secs(60);

/// Why a node is not admitted to the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotLetIn {
    /// There are already [`MAX_NODES`] nodes.
    Full,
    /// Its terms differ from those of the cluster's nodes.
    OtherTerms,
    /// Its entry did not begin with Hello: the node does not know yet that it was declared dead.
    NoHello,
}

/// How one entry changes the membership.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    /// Nodes that are dead as of this entry, in the order of their IDs.
    pub dead: Vec<NodeId>,
    /// Whether the entry counts; if not, no node applies it.
    pub let_in: Result<(), NotLetIn>,
    /// Whether the state after this entry is to be stored.
    pub is_snapshot_due: bool,
}

/// The nodes that are alive, and when each last appended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Members {
    alive: BTreeMap<NodeId, Duration>,
    /// The room limits in the terms of the first node.
    limits: (u64, u64),
    /// The time of the last entry. It never goes back.
    time: Duration,
    /// When a snapshot was last due.
    snapshot: (Sequence, Duration),
    /// Bytes of bundles since that snapshot.
    bytes: u64,
}

impl Members {
    /// Accounts for an entry. `hello` holds the terms if the entry begins with Hello.
    pub fn see(&mut self, entry: &Entry, hello: Option<&Terms>) -> Seen {
        let (node, sequence) = (entry.node, entry.sequence);
        self.time = self.time.max(entry.time);
        self.bytes = self.bytes.saturating_add(entry.bundle.len() as u64);
        let now = self.time;
        // A node that appends is alive, however long it was silent, unless an entry of another node
        // came first and declared it dead.
        if let Some(last) = self.alive.get_mut(&node) {
            *last = now;
        }
        let mut dead = Vec::new();
        self.alive.retain(|node, last| {
            let lives = now.saturating_sub(*last) <= DEAD_AFTER;
            if !lives {
                dead.push(*node);
            }
            lives
        });
        let is_snapshot_due = sequence.saturating_sub(self.snapshot.0) >= SNAPSHOT_ENTRIES
            || self.bytes >= SNAPSHOT_BYTES
            || now.saturating_sub(self.snapshot.1) >= SNAPSHOT_TIME;
        if is_snapshot_due {
            self.snapshot = (sequence, now);
            self.bytes = 0;
        }
        Seen {
            dead,
            let_in: self.let_in(node, hello),
            is_snapshot_due,
        }
    }

    fn let_in(&mut self, node: NodeId, hello: Option<&Terms>) -> Result<(), NotLetIn> {
        if self.alive.contains_key(&node) {
            return Ok(());
        }
        let terms = hello.ok_or(NotLetIn::NoHello)?;
        let limits = (terms.max_rooms, terms.max_rooms_per_client);
        if self.alive.is_empty() {
            self.limits = limits;
        } else if self.limits != limits {
            return Err(NotLetIn::OtherTerms);
        }
        if self.alive.len() >= MAX_NODES {
            return Err(NotLetIn::Full);
        }
        self.alive.insert(node, self.time);
        Ok(())
    }

    /// Removes a node that has announced its leaving.
    pub fn leave(&mut self, node: NodeId) {
        self.alive.remove(&node);
    }

    pub fn contains(&self, node: NodeId) -> bool {
        self.alive.contains_key(&node)
    }

    pub fn len(&self) -> usize {
        self.alive.len()
    }

    /// The time of the last entry.
    pub fn time(&self) -> Duration {
        self.time
    }

    /// The node with the lowest ID, which writes the snapshots.
    pub fn lowest(&self) -> Option<NodeId> {
        self.alive.keys().next().copied()
    }

    pub fn write(&self, fields: &mut FieldWriter) {
        fields.number(nanos(self.time));
        fields.number(self.snapshot.0);
        fields.number(nanos(self.snapshot.1));
        fields.number(self.bytes);
        fields.number(self.limits.0);
        fields.number(self.limits.1);
        fields.number(self.alive.len() as u64);
        for (node, last) in &self.alive {
            fields.number(node.0);
            fields.number(nanos(*last));
        }
    }

    pub fn read(fields: &mut FieldReader<'_>) -> Result<Self, Malformed> {
        let time = time(fields)?;
        let snapshot = (fields.number()?, self::time(fields)?);
        let bytes = fields.number()?;
        let limits = (fields.number()?, fields.number()?);
        let mut alive = BTreeMap::new();
        for _ in 0..fields.count(MAX_NODES)? {
            alive.insert(NodeId(fields.number()?), self::time(fields)?);
        }
        Ok(Self {
            alive,
            limits,
            time,
            snapshot,
            bytes,
        })
    }
}

/// Nanoseconds in a `u64`; times after the year 2554 are capped.
fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn time(fields: &mut FieldReader<'_>) -> Result<Duration, Malformed> {
    fields.number().map(Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::log::Epoch;

    const ONE: NodeId = NodeId(1);
    const TWO: NodeId = NodeId(2);

    fn terms() -> Terms {
        Terms {
            max_rooms: 8,
            max_rooms_per_client: 4,
            accounts: Vec::new(),
        }
    }

    fn at(millis: u64) -> Duration {
        Duration::from_millis(1_000_000 + millis)
    }

    fn entry(node: NodeId, sequence: Sequence, time: Duration) -> Entry {
        Entry {
            sequence,
            epoch: Epoch(1),
            node,
            counter: sequence,
            time,
            bundle: Vec::new(),
        }
    }

    #[test]
    fn a_node_is_dead_after_6_s_without_an_entry_unless_its_own_is_the_next() {
        let hello = Some(terms());
        let hello = hello.as_ref();
        let mut members = Members::default();
        assert_eq!(members.see(&entry(ONE, 1, at(0)), hello).let_in, Ok(()));
        assert_eq!(members.see(&entry(TWO, 2, at(0)), hello).let_in, Ok(()));
        let mut alone = members.clone();
        assert_eq!(members.see(&entry(TWO, 3, at(6_000)), None).dead, []);
        let seen = members.see(&entry(TWO, 4, at(6_001)), None);
        assert_eq!((seen.dead, seen.let_in), (vec![ONE], Ok(())));
        let late = members.see(&entry(ONE, 5, at(6_002)), None);
        assert_eq!(late.let_in, Err(NotLetIn::NoHello), "it does not know yet");
        assert_eq!(members.see(&entry(ONE, 6, at(6_003)), hello).let_in, Ok(()));

        let seen = alone.see(&entry(ONE, 3, at(60_000)), None);
        assert_eq!((seen.dead, seen.let_in), (vec![TWO], Ok(())));
    }

    #[test]
    fn the_log_s_clock_does_not_go_back() {
        let mut members = Members::default();
        members.see(&entry(ONE, 1, at(5_000)), Some(&terms()));
        members.see(&entry(ONE, 2, at(0)), None);
        assert_eq!(members.time(), at(5_000));
        assert!(
            members
                .see(&entry(ONE, 3, Duration::MAX), None)
                .dead
                .is_empty()
        );
    }

    #[test]
    fn there_are_64_nodes_at_most_and_all_have_the_same_terms() {
        let hello = terms();
        let mut members = Members::default();
        for node in 1..=64 {
            let seen = members.see(&entry(NodeId(node), node, at(0)), Some(&hello));
            assert_eq!(seen.let_in, Ok(()));
        }
        let full = members.see(&entry(NodeId(65), 65, at(0)), Some(&hello));
        assert_eq!(full.let_in, Err(NotLetIn::Full));
        let other = Terms {
            max_rooms: 9,
            ..terms()
        };
        let seen = members.see(&entry(NodeId(66), 66, at(0)), Some(&other));
        assert_eq!(seen.let_in, Err(NotLetIn::OtherTerms));
        for node in 1..=64 {
            members.leave(NodeId(node));
        }
        let first = members.see(&entry(NodeId(66), 67, at(0)), Some(&other));
        assert_eq!(first.let_in, Ok(()), "its terms are the cluster's then");
    }

    #[test]
    fn a_snapshot_is_due_after_so_many_entries_and_after_a_minute() {
        let mut members = Members::default();
        let mut due = |sequence, millis| {
            let seen = members.see(&entry(ONE, sequence, at(millis)), Some(&terms()));
            seen.is_snapshot_due
        };
        assert!(due(1, 0), "the first entry's clock is far from 0");
        assert!(!due(10_000, 59_999));
        assert!(due(10_001, 59_999));
        assert!(!due(10_002, 119_998));
        assert!(due(10_003, 119_999));
        let mut long = entry(ONE, 10_004, at(119_999));
        long.bundle = vec![0; 8 << 20];
        assert!(!members.see(&long, None).is_snapshot_due);
        assert!(members.see(&long, None).is_snapshot_due, "16 MiB");
    }

    #[test]
    fn it_comes_back_from_its_bytes() {
        let mut members = Members::default();
        members.see(&entry(ONE, 1, at(0)), Some(&terms()));
        members.see(&entry(TWO, 2, at(1)), Some(&terms()));
        let mut fields = FieldWriter::default();
        members.write(&mut fields);
        let bytes = fields.into_bytes();
        let mut fields = FieldReader::new(&bytes);
        assert_eq!(Members::read(&mut fields), Ok(members));
        assert!(fields.is_at_end());
    }
}
