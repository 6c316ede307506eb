//! A connection without a network: two pipes in memory, for tests of sessions and handlers.

use std::collections::VecDeque;
use std::io::{self, IoSlice, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::stream::{Abort, ReadOutcome, ReadStream, Stream, WriteStream, write_all_to};

/// Two ends of one connection. Each direction holds `capacity` bytes; a writer past that waits,
/// for `write_timeout` at most, as on a socket.
pub fn memory_pair(capacity: usize, write_timeout: Duration) -> (Stream, Stream) {
    let there = Arc::new(Pipe::new(capacity, write_timeout));
    let back = Arc::new(Pipe::new(capacity, write_timeout));
    let end = |from: &Arc<Pipe>, to: &Arc<Pipe>| {
        let both = Both(from.clone(), to.clone());
        Stream::from_parts(Source(from.clone()), Sink(to.clone()), both)
    };
    (end(&there, &back), end(&back, &there))
}

struct Source(Arc<Pipe>);

impl ReadStream for Source {
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<ReadOutcome> {
        match self.0.read(buffer, timeout) {
            Ok(0) => Ok(ReadOutcome::Eof),
            Ok(bytes) => Ok(ReadOutcome::Data(bytes)),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => Ok(ReadOutcome::TimedOut),
            Err(error) => Err(error),
        }
    }
}

struct Sink(Arc<Pipe>);

impl WriteStream for Sink {
    fn write_all(&mut self, slices: &mut [IoSlice<'_>]) -> io::Result<()> {
        write_all_to(slices, |slices| self.0.write(slices, self.0.write_timeout))
    }

    fn write_all_by(&mut self, slices: &mut [IoSlice<'_>], deadline: Instant) -> io::Result<()> {
        write_all_to(slices, |slices| {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.0.write(slices, left.min(self.0.write_timeout))
        })
    }

    fn finish(&mut self) {
        self.0.finish();
    }
}

/// Incoming and outgoing.
struct Both(Arc<Pipe>, Arc<Pipe>);

impl Abort for Both {
    fn abort(&self) {
        self.0.abort();
        self.1.abort();
    }

    fn write_now(&self, bytes: &[u8]) -> io::Result<usize> {
        self.1.write_now(bytes)
    }
}

/// One direction.
#[derive(Debug)]
struct Pipe {
    capacity: usize,
    write_timeout: Duration,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    bytes: VecDeque<u8>,
    finished: bool,
    aborted: bool,
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

    fn read(&self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        let mut state = self.wait(timeout, |s| !s.bytes.is_empty() || s.finished || s.aborted)?;
        let read = state.bytes.read(buffer)?;
        self.changed.notify_all();
        Ok(read)
    }

    /// Writes what there is room for, without waiting.
    fn write_now(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.lock();
        if state.aborted || state.finished {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let taken = bytes.len().min(self.capacity - state.bytes.len());
        state.bytes.extend(&bytes[..taken]);
        self.changed.notify_all();
        Ok(taken)
    }

    fn write(&self, slices: &[IoSlice<'_>], timeout: Duration) -> io::Result<usize> {
        let mut state = self.wait(timeout, |s| s.bytes.len() < self.capacity || s.aborted)?;
        if state.aborted || state.finished {
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

    fn finish(&self) {
        self.lock().finished = true;
        self.changed.notify_all();
    }

    fn abort(&self) {
        self.lock().aborted = true;
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
