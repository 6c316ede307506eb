//! A connection without a network: two pipes in memory, for tests of sessions and handlers.

use std::collections::VecDeque;
use std::io::{self, IoSlice, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::stream::Stream;

/// Two ends of one connection. Each direction holds `capacity` bytes, then its writer waits,
/// for `write_timeout` at most, as on a socket.
pub fn memory_pair(capacity: usize, write_timeout: Duration) -> (Stream, Stream) {
    let there = Arc::new(Pipe::new(capacity, write_timeout));
    let back = Arc::new(Pipe::new(capacity, write_timeout));
    (
        Stream::memory(there.clone(), back.clone()),
        Stream::memory(back, there),
    )
}

/// One direction.
#[derive(Debug)]
pub(super) struct Pipe {
    capacity: usize,
    write_timeout: Duration,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    bytes: VecDeque<u8>,
    finished: bool,
    cut: bool,
}

impl Pipe {
    fn new(capacity: usize, write_timeout: Duration) -> Self {
        Self {
            capacity,
            write_timeout,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    pub(super) fn read(&self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        let mut state = self.wait(timeout, |s| !s.bytes.is_empty() || s.finished || s.cut)?;
        let read = state.bytes.read(buffer)?;
        self.changed.notify_all();
        Ok(read)
    }

    /// Writes what there is room for, without waiting.
    pub(super) fn write_now(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.lock();
        if state.cut || state.finished {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let taken = bytes.len().min(self.capacity - state.bytes.len());
        state.bytes.extend(&bytes[..taken]);
        self.changed.notify_all();
        Ok(taken)
    }

    pub(super) fn write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut state = self.wait(self.write_timeout, |s| {
            s.bytes.len() < self.capacity || s.cut
        })?;
        if state.cut || state.finished {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let mut free = self.capacity - state.bytes.len();
        let before = state.bytes.len();
        for slice in slices {
            let taken = slice.len().min(free);
            state.bytes.extend(&slice[..taken]);
            free -= taken;
        }
        self.changed.notify_all();
        Ok(state.bytes.len() - before)
    }

    pub(super) fn finish(&self) {
        self.lock().finished = true;
        self.changed.notify_all();
    }

    pub(super) fn cut(&self) {
        self.lock().cut = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(
        &self,
        timeout: Duration,
        ready: impl Fn(&State) -> bool,
    ) -> io::Result<MutexGuard<'_, State>> {
        let deadline = Instant::now().checked_add(timeout);
        let mut state = self.lock();
        while !ready(&state) {
            let left = deadline.map(|d| d.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Err(io::ErrorKind::TimedOut.into());
            }
            let left = left.unwrap_or(Duration::from_secs(3600));
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(state)
    }
}
