//! A log in memory, for tests, with the faults that can happen to a log.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use super::log::{
    Append, Appended, Entry, Epoch, Log, LogError, LogSource, NodeId, Position, Sequence, Snapshot,
};
use super::settings::Cluster;

/// The log, as one node sees it; clones and connections share the same view. Its clock advances a
/// little with each entry, and otherwise only when told to.
#[derive(Debug, Clone, Default)]
pub struct MemoryLog {
    shared: Arc<(Mutex<Held>, Condvar)>,
    /// This node cannot reach the log.
    is_cut: Arc<AtomicBool>,
    /// Connections that were opened under an earlier value are broken.
    life: u64,
}

#[derive(Debug, Clone, Default)]
pub struct Held {
    epoch: Option<Epoch>,
    entries: VecDeque<Entry>,
    last: Sequence,
    counters: HashMap<NodeId, (u64, Sequence)>,
    snapshot: Option<Snapshot>,
    time: Duration,
    is_away: bool,
    life: u64,
    /// The next so many appends take effect, but their answers are lost.
    lost_answers: usize,
    /// The next so many appends do not take effect, and their connections break.
    lost_appends: usize,
}

impl MemoryLog {
    pub fn new() -> Self {
        let log = Self::default();
        log.lock().time = Duration::from_secs(1_000_000);
        log
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.shared.0.lock().unwrap()
    }

    /// A cluster on this view of the log.
    pub fn cluster(&self) -> Cluster {
        Cluster::new(self.clone())
    }

    /// Another node's view of the same log.
    pub fn view(&self) -> Self {
        Self {
            is_cut: Arc::default(),
            ..self.clone()
        }
    }

    /// Cuts this node off from the log, or reconnects it.
    pub fn set_cut(&self, is_cut: bool) {
        self.is_cut.store(is_cut, Relaxed);
    }

    pub fn epoch(&self) -> Epoch {
        self.lock().epoch.unwrap()
    }

    pub fn last(&self) -> Sequence {
        self.lock().last
    }

    /// Advances the log's clock.
    pub fn pass(&self, time: Duration) {
        self.lock().time += time;
    }

    /// A copy of the log's contents, for [`Self::restore`].
    pub fn copy(&self) -> Held {
        self.lock().clone()
    }

    /// Replaces the contents with an older copy; every connection breaks.
    pub fn restore(&self, copy: Held) {
        let mut held = self.lock();
        *held = Held {
            time: held.time,
            is_away: held.is_away,
            life: held.life + 1,
            ..copy
        };
    }

    /// Empties the log; connections stay open.
    pub fn empty(&self) {
        let mut held = self.lock();
        *held = Held {
            time: held.time,
            is_away: held.is_away,
            life: held.life,
            ..Held::default()
        };
    }

    /// Begins an epoch, whatever the present one is.
    pub fn begin(&self, epoch: Epoch) {
        self.empty();
        self.lock().epoch = Some(epoch);
    }

    /// Removes the last entries; every connection breaks.
    pub fn rewind(&self, entries: usize) {
        let mut held = self.lock();
        for _ in 0..entries {
            if held.entries.pop_back().is_some() {
                held.last -= 1;
            }
        }
        let last = held.last;
        held.life += 1;
        held.counters.retain(|_, (_, at)| *at <= last);
    }

    /// Replaces the snapshot by one that no server writes.
    pub fn spoil_snapshot(&self) {
        if let Some(snapshot) = &mut self.lock().snapshot {
            snapshot.state.push(0);
        }
    }

    /// Removes one entry.
    pub fn remove(&self, sequence: Sequence) {
        self.lock()
            .entries
            .retain(|entry| entry.sequence != sequence);
    }

    /// Keeps only the last entries.
    pub fn trim(&self, keep: usize) {
        let mut held = self.lock();
        while held.entries.len() > keep {
            held.entries.pop_front();
        }
    }

    /// Makes the log unreachable for all nodes, or reachable again.
    pub fn set_away(&self, is_away: bool) {
        self.lock().is_away = is_away;
    }

    pub fn lose_answers(&self, count: usize) {
        self.lock().lost_answers = count;
    }

    pub fn lose_appends(&self, count: usize) {
        self.lock().lost_appends = count;
    }
}

impl LogSource for MemoryLog {
    fn connect(&self) -> Result<Box<dyn Log>, LogError> {
        let mut connection = self.clone();
        connection.life = self.lock().life;
        drop(connection.reached()?);
        Ok(Box::new(connection))
    }
}

impl MemoryLog {
    fn reached(&self) -> Result<MutexGuard<'_, Held>, LogError> {
        let held = self.lock();
        if held.is_away || self.is_cut.load(Relaxed) {
            return Err(unreachable("it is away"));
        }
        match held.life == self.life {
            false => Err(unreachable("the connection broke")),
            true => Ok(held),
        }
    }
}

fn unreachable(why: &str) -> LogError {
    LogError::Unreachable(why.to_owned())
}

impl Log for MemoryLog {
    fn append(&mut self, append: Append<'_>) -> Result<Appended, LogError> {
        let mut held = self.reached()?;
        if held.lost_appends > 0 {
            held.lost_appends -= 1;
            return Err(unreachable("the append was lost"));
        }
        let Some(epoch) = held.epoch else {
            return Ok(Appended::NoEpoch);
        };
        if epoch != append.epoch {
            return Ok(Appended::OtherEpoch(epoch));
        }
        let known = held.counters.get(&append.node);
        if let Some((_, at)) = known.filter(|(counter, _)| *counter >= append.counter) {
            return Ok(Appended::At(*at));
        }
        held.last += 1;
        held.time += Duration::from_micros(1);
        let sequence = held.last;
        let entry = Entry {
            sequence,
            epoch,
            node: append.node,
            counter: append.counter,
            time: held.time,
            bundle: append.bundle.to_vec(),
        };
        held.entries.push_back(entry);
        held.counters
            .insert(append.node, (append.counter, sequence));
        self.shared.1.notify_all();
        if held.lost_answers > 0 {
            held.lost_answers -= 1;
            return Err(unreachable("the answer was lost"));
        }
        Ok(Appended::At(sequence))
    }

    fn read(&mut self, after: Sequence, wait: Duration) -> Result<Vec<Entry>, LogError> {
        let held = self.reached()?;
        let (held, _) = (self.shared.1)
            .wait_timeout_while(held, wait, |held| held.last <= after)
            .unwrap();
        let new = held.entries.iter().filter(|entry| entry.sequence > after);
        let mut bytes = 0;
        let fitting = new.enumerate().take_while(|(index, entry)| {
            bytes += entry.bundle.len();
            *index == 0 || bytes <= 8 << 20
        });
        Ok(fitting.take(1000).map(|(_, entry)| entry.clone()).collect())
    }

    fn entry(&mut self, sequence: Sequence) -> Result<Option<Entry>, LogError> {
        let held = self.reached()?;
        let mut entries = held.entries.iter();
        Ok(entries.find(|entry| entry.sequence == sequence).cloned())
    }

    fn position(&mut self) -> Result<Option<Position>, LogError> {
        let held = self.reached()?;
        let first = held.entries.front().map(|entry| entry.sequence);
        Ok(held.epoch.map(|epoch| Position {
            epoch,
            last: held.last,
            first: first.unwrap_or(held.last + 1),
        }))
    }

    fn change_epoch(&mut self, from: Option<Epoch>, to: Epoch) -> Result<Epoch, LogError> {
        let is = self.reached()?.epoch;
        if is == from {
            self.begin(to);
        }
        Ok(self.epoch())
    }

    fn snapshot(&mut self) -> Result<Option<Snapshot>, LogError> {
        Ok(self.reached()?.snapshot.clone())
    }

    fn store_snapshot(&mut self, snapshot: &Snapshot) -> Result<(), LogError> {
        let mut held = self.reached()?;
        let stored = held.snapshot.as_ref().map(|s| s.sequence);
        if held.epoch == Some(snapshot.epoch) && stored.is_none_or(|at| at < snapshot.sequence) {
            held.snapshot = Some(snapshot.clone());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_the_contract() {
        crate::cluster::contract::check(&|| Box::new(MemoryLog::new()));
    }
}
