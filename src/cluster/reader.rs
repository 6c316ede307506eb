//! Follows the log: reads its entries in order, and checks on every new connection whether the log
//! still continues what was read before.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::log::{Entry, Epoch, Log, LogError, LogSource, NodeId, Position, Sequence};
use crate::connection::Entropy;

/// How long a node waits for a snapshot if the log's first entries were removed. The nodes that are
/// alive write one each minute.
const SNAPSHOT_WAIT: Duration = Duration::from_secs(75);

/// The most epochs that are begun in one attempt to connect.
const MAX_ATTEMPTS: usize = 4;

/// Why entries may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gap {
    /// The log has no epoch: it was emptied, or restarted without its data.
    Emptied,
    /// Another node has begun a new epoch.
    OtherEpoch,
    /// The log ends before the last entry that was read.
    Rewound,
    /// The log's first entries were removed, and with them entries that were not read yet.
    Trimmed,
    /// The log has a different entry in the place of the last one that was read.
    Diverged,
    /// The log's first entries were removed, and there is no snapshot.
    NoSnapshot,
}

impl Gap {
    /// All reasons.
    pub const ALL: [Self; 6] = [
        Self::Emptied,
        Self::OtherEpoch,
        Self::Rewound,
        Self::Trimmed,
        Self::Diverged,
        Self::NoSnapshot,
    ];

    /// The reason's name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Emptied => "emptied",
            Self::OtherEpoch => "other_epoch",
            Self::Rewound => "rewound",
            Self::Trimmed => "trimmed",
            Self::Diverged => "diverged",
            Self::NoSnapshot => "no_snapshot",
        }
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Emptied => {
                "the shared log is empty: it was emptied, or restarted without its data; a Redis that \
                 keeps an append-only file (appendonly yes) does not lose it"
            }
            Self::OtherEpoch => "another server began the shared log anew; its own log says why",
            Self::Rewound => {
                "the shared log ends before what was read of it: an older copy was restored, or a \
                 replica that lagged behind has taken over"
            }
            Self::Trimmed => {
                "this server was away for longer than the shared log reaches back"
            }
            Self::Diverged => {
                "the shared log has other entries than those that were read: two of its copies took \
                 writes at the same time"
            }
            Self::NoSnapshot => {
                "the shared log has lost its beginning, and no server has stored a snapshot"
            }
        })
    }
}

/// The reader's news of the log.
#[derive(Debug, PartialEq, Eq)]
pub enum News {
    /// From here on, this state and the entries that follow count. `gap` says why entries may be
    /// missing between the earlier state and this one; `None` if there was no earlier state.
    Restored {
        epoch: Epoch,
        sequence: Sequence,
        /// `None` if the log has no entries yet.
        state: Option<Vec<u8>>,
        gap: Option<Gap>,
    },
    /// The next entry.
    Entry(Entry),
    /// All entries that were in the log when it was reached have been delivered.
    CaughtUp,
}

/// The position up to which the log was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cursor {
    epoch: Epoch,
    sequence: Sequence,
    /// The identity of the last entry that was read; `None` after a snapshot.
    last: Option<Identity>,
}

/// An entry's node, its counter, and the time of its append. The time is needed since the same node
/// may append the same bundle again, to another copy of the log.
type Identity = (NodeId, u64, Duration);

fn identity(entry: &Entry) -> Identity {
    (entry.node, entry.counter, entry.time)
}

/// How the log relates to what was read of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// The log continues it; nothing was lost.
    Continues,
    /// The reader starts over from a snapshot, in the same epoch or another.
    StartsOver(Gap),
    /// The log cannot be continued: a new epoch has to begin.
    NeedsEpoch(Gap),
}

/// The count of epochs, which is an epoch's upper half.
fn life(epoch: Epoch) -> u64 {
    (epoch.0 >> 64) as u64
}

/// Compares, in this order: the epoch, the sequence number, whether the last entry is there, its
/// identity.
fn standing(
    cursor: Cursor,
    position: Option<Position>,
    entry: impl FnOnce(Sequence) -> Result<Option<Entry>, LogError>,
) -> Result<Standing, LogError> {
    let Some(position) = position else {
        return Ok(Standing::NeedsEpoch(Gap::Emptied));
    };
    if position.epoch != cursor.epoch {
        // The entries of an older epoch were delivered already, or are out of date.
        return Ok(match life(position.epoch) > life(cursor.epoch) {
            true => Standing::StartsOver(Gap::OtherEpoch),
            false => Standing::NeedsEpoch(Gap::Rewound),
        });
    }
    if position.last < cursor.sequence {
        return Ok(Standing::NeedsEpoch(Gap::Rewound));
    }
    let Some(last) = cursor.last else {
        // A snapshot replaces all entries up to its own sequence number.
        return Ok(match position.first > cursor.sequence + 1 {
            true => Standing::StartsOver(Gap::Trimmed),
            false => Standing::Continues,
        });
    };
    Ok(match entry(cursor.sequence)? {
        None if position.first > cursor.sequence => Standing::StartsOver(Gap::Trimmed),
        None => Standing::NeedsEpoch(Gap::Diverged), // the entry is missing
        Some(entry) if identity(&entry) != last => Standing::NeedsEpoch(Gap::Diverged),
        Some(_) => Standing::Continues,
    })
}

/// The entry after which a node begins to read, and the state after that entry; `None` if there are
/// no entries yet.
type Beginning = (Sequence, Option<Vec<u8>>);

/// Reads the log for one node.
pub struct Reader {
    source: Arc<dyn LogSource>,
    log: Option<Box<dyn Log>>,
    cursor: Option<Cursor>,
    /// The reader has caught up once it has read this entry.
    target: Option<Sequence>,
    waits_for_snapshot_since: Option<Instant>,
    entropy: Entropy,
}

impl Reader {
    pub fn new(source: Arc<dyn LogSource>) -> Self {
        Self {
            source,
            log: None,
            cursor: None,
            target: None,
            waits_for_snapshot_since: None,
            entropy: Entropy::new(),
        }
    }

    /// Closes the connection; the next step opens a new one.
    pub fn disconnect(&mut self) {
        self.log = None;
    }

    /// Whether the reader has a connection.
    pub fn is_connected(&self) -> bool {
        self.log.is_some()
    }

    /// Connects if necessary and returns what is new; waits for entries up to `wait`. After an
    /// error the next step opens a new connection.
    pub fn step(&mut self, wait: Duration, now: Instant) -> Result<Vec<News>, LogError> {
        let result = match self.log.take() {
            None => self
                .source
                .connect()
                .and_then(|log| self.synchronise(log, false, now)),
            Some(log) => self.read(log, wait, now),
        };
        let (log, news) = result?;
        self.log = Some(log);
        Ok(news)
    }

    fn read(
        &mut self,
        mut log: Box<dyn Log>,
        wait: Duration,
        now: Instant,
    ) -> Result<(Box<dyn Log>, Vec<News>), LogError> {
        let Some(mut cursor) = self.cursor else {
            return self.synchronise(log, false, now);
        };
        let mut news = Vec::new();
        for entry in log.read(cursor.sequence, wait)? {
            if entry.epoch != cursor.epoch || entry.sequence != cursor.sequence + 1 {
                // The entries that came in order are returned first; the next step looks into the
                // rest.
                return match news.is_empty() {
                    true => self.synchronise(log, true, now),
                    false => Ok((log, news)),
                };
            }
            cursor.sequence = entry.sequence;
            cursor.last = Some(identity(&entry));
            self.cursor = Some(cursor);
            news.push(News::Entry(entry));
        }
        news.extend(self.caught_up(cursor.sequence));
        Ok((log, news))
    }

    fn caught_up(&mut self, sequence: Sequence) -> Option<News> {
        let target = self.target.filter(|target| sequence >= *target)?;
        self.target = self.target.filter(|other| *other != target);
        Some(News::CaughtUp)
    }

    /// Finds out whether the log continues what was read, and begins a new epoch if it does not.
    /// `has_hole`: the entry that follows is not the next in sequence.
    fn synchronise(
        &mut self,
        mut log: Box<dyn Log>,
        has_hole: bool,
        now: Instant,
    ) -> Result<(Box<dyn Log>, Vec<News>), LogError> {
        let mut first_gap = None;
        for _ in 0..MAX_ATTEMPTS {
            let position = log.position()?;
            let gap = match self.cursor {
                None if position.is_none() => {
                    self.begin_epoch(&mut *log, None)?;
                    continue;
                }
                None => None,
                Some(cursor) => match standing(cursor, position, |at| log.entry(at))? {
                    Standing::Continues if has_hole => {
                        first_gap = first_gap.or(Some(Gap::Diverged));
                        self.begin_epoch(&mut *log, position.map(|position| position.epoch))?;
                        continue;
                    }
                    Standing::Continues => {
                        self.target = position.map(|position| position.last);
                        let news = self.caught_up(cursor.sequence).into_iter().collect();
                        return Ok((log, news));
                    }
                    Standing::NeedsEpoch(gap) => {
                        first_gap = first_gap.or(Some(gap));
                        self.begin_epoch(&mut *log, position.map(|position| position.epoch))?;
                        continue;
                    }
                    Standing::StartsOver(gap) => first_gap.or(Some(gap)),
                },
            };
            let Some(position) = position else { continue };
            let Some((sequence, state)) = self.beginning(&mut *log, position)? else {
                let since = *self.waits_for_snapshot_since.get_or_insert(now);
                if now.saturating_duration_since(since) < SNAPSHOT_WAIT {
                    let why = "the shared log has lost its beginning, and has no snapshot behind which \
                               to go on; a server that is in the cluster writes one within a minute";
                    return Err(LogError::Refused(why.to_owned()));
                }
                first_gap = first_gap.or(Some(Gap::NoSnapshot));
                self.begin_epoch(&mut *log, Some(position.epoch))?;
                continue;
            };
            self.waits_for_snapshot_since = None;
            self.cursor = Some(Cursor {
                epoch: position.epoch,
                sequence,
                last: None,
            });
            self.target = Some(position.last);
            let mut news = vec![News::Restored {
                epoch: position.epoch,
                sequence,
                state,
                gap,
            }];
            news.extend(self.caught_up(sequence));
            return Ok((log, news));
        }
        let why = "other servers begin the shared log anew all the time";
        Err(LogError::Refused(why.to_owned()))
    }

    /// Where a node without any state begins to read: after the snapshot, or at the log's
    /// beginning.
    fn beginning(
        &self,
        log: &mut dyn Log,
        position: Position,
    ) -> Result<Option<Beginning>, LogError> {
        let fits = |at: Sequence| at <= position.last && position.first <= at + 1;
        let snapshot = log.snapshot()?;
        if let Some(found) = snapshot.filter(|s| s.epoch == position.epoch && fits(s.sequence)) {
            return Ok(Some((found.sequence, Some(found.state))));
        }
        Ok((position.first <= 1).then_some((0, None)))
    }

    fn begin_epoch(&mut self, log: &mut dyn Log, from: Option<Epoch>) -> Result<(), LogError> {
        let known = [from, self.cursor.map(|cursor| cursor.epoch)];
        let last = known.into_iter().flatten().map(life).max().unwrap_or(0);
        let next = u128::from(last.saturating_add(1));
        let fresh = Epoch(next << 64 | u128::from(self.entropy.next_u64()));
        log.change_epoch(from, fresh).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::log::{Append, Snapshot};
    use crate::cluster::memory::MemoryLog;

    const ME: NodeId = NodeId(1);

    fn append(log: &MemoryLog, counter: u64) {
        let epoch = log.epoch();
        let bundle = [1, counter as u8];
        let append = Append {
            epoch,
            node: ME,
            counter,
            bundle: &bundle,
        };
        log.connect().unwrap().append(append).unwrap();
    }

    /// A log with so many entries, and a reader that has read all of them.
    fn after(entries: u64) -> (MemoryLog, Reader) {
        let log = MemoryLog::new();
        let mut reader = Reader::new(Arc::new(log.clone()));
        let first = step(&mut reader);
        assert!(
            matches!(
                first[..],
                [
                    News::Restored {
                        sequence: 0,
                        state: None,
                        gap: None,
                        ..
                    },
                    News::CaughtUp
                ]
            ),
            "{first:?}"
        );
        for counter in 1..=entries {
            append(&log, counter);
        }
        assert_eq!(step(&mut reader).len() as u64, entries);
        (log, reader)
    }

    fn step(reader: &mut Reader) -> Vec<News> {
        reader.step(Duration::ZERO, Instant::now()).unwrap()
    }

    fn gap(news: &[News]) -> Option<Gap> {
        news.iter().find_map(|news| match news {
            News::Restored { gap, .. } => *gap,
            _ => None,
        })
    }

    #[test]
    fn a_log_that_goes_on_has_no_gap_however_often_the_connection_breaks() {
        let (log, mut reader) = after(3);
        reader.disconnect();
        append(&log, 4);
        assert_eq!(step(&mut reader), []);
        let news = step(&mut reader);
        let [News::Entry(entry), News::CaughtUp] = &news[..] else {
            panic!("{news:?}")
        };
        assert_eq!(entry.sequence, 4);
        reader.disconnect();
        assert_eq!(step(&mut reader), [News::CaughtUp]);
    }

    #[test]
    fn what_happened_to_the_log_is_told_in_a_fixed_order() {
        type Fault = fn(&MemoryLog);
        let rows: [(Fault, Gap); 7] = [
            (MemoryLog::empty, Gap::Emptied),
            (
                |log| {
                    log.empty();
                    log.begin(Epoch(99 << 64));
                },
                Gap::OtherEpoch,
            ),
            (
                |log| {
                    log.empty();
                    log.begin(Epoch(99));
                },
                Gap::Rewound,
            ),
            (|log| log.rewind(1), Gap::Rewound),
            (|log| log.rewind(3), Gap::Rewound),
            (
                |log| {
                    append(log, 4);
                    log.trim(1);
                    let mut connection = log.connect().unwrap();
                    let snapshot = Snapshot {
                        epoch: log.epoch(),
                        sequence: 3,
                        state: b"state".to_vec(),
                    };
                    connection.store_snapshot(&snapshot).unwrap();
                },
                Gap::Trimmed,
            ),
            (
                |log| {
                    log.rewind(1);
                    append(log, 9);
                },
                Gap::Diverged,
            ),
        ];
        for (fault, expected) in rows {
            let (log, mut reader) = after(3);
            fault(&log);
            reader.disconnect();
            let news = step(&mut reader);
            assert_eq!(gap(&news), Some(expected), "{news:?}");
            reader.disconnect();
            assert_eq!(gap(&step(&mut reader)), None, "{expected:?} is told once");
        }
    }

    #[test]
    fn a_reader_that_stays_connected_sees_what_does_not_follow() {
        let (log, mut reader) = after(3);
        append(&log, 4);
        append(&log, 5);
        log.trim(1);
        let error = reader.step(Duration::ZERO, Instant::now());
        assert!(
            matches!(error, Err(LogError::Refused(_))),
            "there is no snapshot"
        );
        let (log, mut reader) = after(3);
        log.empty();
        log.begin(Epoch(7 << 64));
        for counter in 1..=4 {
            append(&log, counter);
        }
        assert_eq!(gap(&step(&mut reader)), Some(Gap::OtherEpoch));
    }

    #[test]
    fn what_came_before_a_hole_counts_and_a_hole_begins_a_new_epoch() {
        let (log, mut reader) = after(3);
        for counter in 4..=6 {
            append(&log, counter);
        }
        log.remove(5);
        let news = step(&mut reader);
        assert!(
            matches!(&news[..], [News::Entry(entry)] if entry.sequence == 4),
            "{news:?}"
        );
        assert_eq!(gap(&step(&mut reader)), Some(Gap::Diverged));
    }

    #[test]
    fn without_a_snapshot_a_new_epoch_begins_after_a_while() {
        let (log, mut reader) = after(3);
        append(&log, 4);
        log.trim(1);
        reader.disconnect();
        let start = Instant::now();
        let mut at = |seconds| reader.step(Duration::ZERO, start + Duration::from_secs(seconds));
        assert!(at(0).is_err());
        assert!(at(74).is_err());
        assert_eq!(gap(&at(75).unwrap()), Some(Gap::NoSnapshot));
        assert_eq!(log.last(), 0);
    }

    #[test]
    fn a_node_begins_behind_the_snapshot() {
        let (log, _) = after(5);
        let snapshot = Snapshot {
            epoch: log.epoch(),
            sequence: 3,
            state: b"state".to_vec(),
        };
        log.connect().unwrap().store_snapshot(&snapshot).unwrap();
        log.trim(2);
        let mut reader = Reader::new(Arc::new(log.clone()));
        let news = step(&mut reader);
        let [
            News::Restored {
                sequence,
                state,
                gap: None,
                ..
            },
        ] = &news[..]
        else {
            panic!("{news:?}")
        };
        assert_eq!((*sequence, state.as_deref()), (3, Some(&b"state"[..])));
        assert_eq!(
            step(&mut reader).len(),
            3,
            "two entries, and that it has caught up"
        );
    }
}
