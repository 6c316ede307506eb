//! The bytes that wait for a slow stream, and the thread that writes them.
//!
//! A stream may block for ever: a pipe whose reader has stopped reading, a terminal that is held
//! with Ctrl-S. A thread that logs never waits for that: it appends to a buffer of bounded size. A
//! line for which there is no room is dropped and counted, and the count is written as soon as the
//! stream accepts bytes again.

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::cli::lock::lock;

/// The most bytes that may wait, beside those that are being written.
const MOST_WAITING: usize = 1 << 20;

/// A buffer that has grown beyond this is given back to the system once it is written.
const KEPT_CAPACITY: usize = 64 << 10;

/// Writes the count of the dropped lines as a line of the stream's own format.
type Note = fn(u64) -> Vec<u8>;

/// A stream with a thread of its own. Clones write to the same stream.
#[derive(Clone)]
pub(super) struct Queue(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// Something waits to be written.
    filled: Condvar,
    /// All that had waited is written.
    emptied: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Waiting,
    /// The thread is writing what had waited.
    is_writing: bool,
}

impl Queue {
    /// Starts the thread that writes to `out`.
    pub(super) fn start(out: impl Write + Send + 'static, note: Note) -> io::Result<Self> {
        let queue = Self(Arc::new(Shared {
            state: Mutex::default(),
            filled: Condvar::new(),
            emptied: Condvar::new(),
        }));
        let owned = queue.clone();
        let thread = thread::Builder::new().name("log".into());
        thread.spawn(move || owned.0.write_all(out, note))?;
        Ok(queue)
    }

    /// Has a line, or several, written as soon as the stream takes them. Never waits.
    pub(super) fn push(&self, lines: &[u8]) {
        lock(&self.0.state).waiting.push(lines);
        self.0.filled.notify_one();
    }

    /// Waits until everything is written, but no longer than `timeout`.
    pub(super) fn flush(&self, timeout: Duration) {
        let busy = |state: &mut State| state.is_writing || !state.waiting.is_empty();
        let state = lock(&self.0.state);
        drop(self.0.emptied.wait_timeout_while(state, timeout, busy));
    }
}

impl Shared {
    /// Writes whatever comes, for as long as the program runs.
    fn write_all(&self, mut out: impl Write, note: Note) {
        let mut batch = Vec::new();
        loop {
            let state = lock(&self.state);
            let nothing = |state: &mut State| state.waiting.is_empty();
            let waited = self.filled.wait_while(state, nothing);
            let mut state = waited.unwrap_or_else(PoisonError::into_inner);
            state.waiting.take(&mut batch, note);
            state.is_writing = true;
            drop(state);
            let written = out.write_all(&batch).and_then(|()| out.flush());
            let mut state = lock(&self.state);
            state.is_writing = false;
            if written.is_err() {
                state.waiting.lost += count_lines(&batch);
            }
            if state.waiting.is_empty() {
                self.emptied.notify_all();
            }
            drop(state);
            batch.clear();
            batch.shrink_to(KEPT_CAPACITY);
        }
    }
}

/// What waits to be written, and how many lines were dropped behind it.
#[derive(Debug, Default, PartialEq)]
struct Waiting {
    bytes: Vec<u8>,
    /// Lines for which there was no room. After one was dropped, all further lines are dropped
    /// until the bytes before it have been taken: so the count is written exactly where lines are
    /// missing.
    dropped: u64,
    /// Lines that were taken, and that the stream refused (a full disk).
    lost: u64,
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.dropped == 0
    }

    fn push(&mut self, lines: &[u8]) {
        if self.dropped > 0 || self.bytes.len() + lines.len() > MOST_WAITING {
            self.dropped += count_lines(lines);
        } else {
            self.bytes.extend_from_slice(lines);
        }
    }

    /// Moves what waits into the empty `batch`, with the counts of what is missing around it.
    fn take(&mut self, batch: &mut Vec<u8>, note: Note) {
        let lost = mem::take(&mut self.lost);
        if lost > 0 {
            batch.extend(note(lost));
            batch.append(&mut self.bytes);
        } else {
            mem::swap(batch, &mut self.bytes);
        }
        let dropped = mem::take(&mut self.dropped);
        if dropped > 0 {
            batch.extend(note(dropped));
        }
    }
}

fn count_lines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{self, Receiver, Sender};

    fn note(count: u64) -> Vec<u8> {
        format!("({count})\n").into_bytes()
    }

    fn taken(waiting: &mut Waiting) -> String {
        let mut batch = Vec::new();
        waiting.take(&mut batch, note);
        String::from_utf8(batch).unwrap()
    }

    #[test]
    fn what_finds_no_room_is_dropped_and_its_count_stands_in_its_place() {
        let mut waiting = Waiting::default();
        let long = format!("{}\n", "x".repeat(MOST_WAITING - 5));
        waiting.push(long.as_bytes());
        waiting.push(b"abc\n");
        assert_eq!(waiting.dropped, 0);
        waiting.push(b"d\n");
        waiting.push(b"\n"); // it would fit, but it came behind one that did not
        assert_eq!(taken(&mut waiting), format!("{long}abc\n(2)\n"));
        assert_eq!(waiting, Waiting::default());
        waiting.push(b"e\n");
        assert_eq!(taken(&mut waiting), "e\n");
    }

    #[test]
    fn lines_that_the_stream_refused_are_counted_before_the_next_ones() {
        let mut waiting = Waiting {
            lost: 3,
            ..Waiting::default()
        };
        assert!(waiting.is_empty(), "a count alone is not worth a write");
        waiting.push(b"a\n");
        assert_eq!(taken(&mut waiting), "(3)\na\n");
    }

    /// A stream that accepts what is written only when the test permits it, and refuses it if the
    /// test says so.
    struct Gate(Receiver<bool>, Sender<Vec<u8>>);

    impl Write for Gate {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if !self.0.recv().unwrap_or(true) {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.1.send(bytes.to_vec()).unwrap();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_stream_that_blocks_holds_up_nobody_and_takes_the_rest_later() {
        let bound = Duration::from_secs(20);
        let (open, gate) = mpsc::channel();
        let (tell, told) = mpsc::channel();
        let queue = Queue::start(Gate(gate, tell), note).unwrap();
        queue.push(b"first\n");
        while !lock(&queue.0.state).is_writing {
            thread::yield_now();
        }
        queue.flush(Duration::from_millis(1)); // it comes back though nothing is written
        let line = [b'x'; 1023];
        for _ in 0..4096 {
            queue.push(&[&line[..], b"\n"].concat());
        }
        open.send(true).unwrap();
        open.send(true).unwrap();
        let mut all = Vec::new();
        while !all.ends_with(b")\n") {
            all.extend(told.recv_timeout(bound).unwrap());
        }
        let all = String::from_utf8(all).unwrap();
        let written = all.lines().filter(|line| line.len() == 1023).count();
        let dropped = 4096 - written;
        assert!(written >= MOST_WAITING >> 10, "{written}");
        assert!(all.ends_with(&format!("x\n({dropped})\n")), "{dropped}");
        open.send(false).unwrap();
        queue.push(b"refused\n");
        queue.flush(bound);
        drop(open);
        queue.push(b"after\n");
        queue.flush(bound);
        assert_eq!(told.recv_timeout(bound).unwrap(), b"(1)\nafter\n");
    }
}
