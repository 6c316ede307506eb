//! The writer thread: takes all that is queued for a client and writes it in one call.

use std::io::{self, IoSlice};
use std::sync::Arc;
use std::thread;

use super::{Sender, Shared};
use crate::connection::cause::Cut;
use crate::connection::encoder::Batch;
use crate::connection::idle::Idle;
use crate::connection::queue::Work;
use crate::connection::tally::Tally;
use crate::protocol::CloseFrame;

/// A writer thread needs little: it encrypts, perhaps, and calls write.
const WRITER_STACK_BYTES: usize = if cfg!(windows) { 512 << 10 } else { 128 << 10 };

impl Sender {
    /// Starts a writer. Where the system has no thread left, the connection is cut.
    pub(super) fn start_writer(&self) {
        let shared = self.0.clone();
        let writer = thread::Builder::new()
            .name("writer".into())
            .stack_size(WRITER_STACK_BYTES)
            .spawn(move || shared.write_queued());
        if writer.is_err() {
            self.0.cut(Cut::NoThread);
        }
    }
}

impl Shared {
    /// The writer thread.
    fn write_queued(&self) {
        let mut batches = Vec::new();
        loop {
            let work = self.queue.next(&mut batches, Idle::begin);
            if work == Work::Leave || self.write_batches(&batches).is_err() {
                return;
            }
            if let Work::WriteAndClose(frame) = work {
                return self.close_and_wait(&frame);
            }
        }
    }

    fn write_batches(&self, batches: &[Arc<Batch>]) -> io::Result<()> {
        let mut tally = Tally::default();
        batches.iter().for_each(|batch| tally.add(batch.tally()));
        match batches {
            [] => Ok(()),
            [batch] => {
                let mut slice = [IoSlice::new(batch.bytes())];
                self.write_slices(&mut self.wire.lock(), &mut slice, &tally)
            }
            _ => {
                let mut slices: Vec<_> = batches.iter().map(|b| IoSlice::new(b.bytes())).collect();
                self.write_slices(&mut self.wire.lock(), &mut slices, &tally)
            }
        }
    }

    /// Nobody else watches the clock for this Close: the reader may be deep in a read.
    fn close_and_wait(&self, frame: &CloseFrame) {
        if self.write_close(frame).is_ok() && !self.queue.wait_for_end(self.close_timeout) {
            self.cut(Cut::CloseTimeout);
        }
    }
}
