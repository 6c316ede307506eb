//! The sending side of one connection, shared by its reader and by everyone else.
//!
//! Two ways lead to the wire, and both end at one mutex that is held for one write:
//!
//! - the connection's own thread and a client's user write **directly**, and wait;
//! - others (the hub, a server that stops) **offer** batches to a queue and never wait; a
//!   writer thread, started by the first offer, takes all that is queued and writes it in
//!   one call.
//!
//! After a Close nothing more is written (RFC 6455 section 5.5.1), whoever tries.

use std::io::{self, IoSlice};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use super::cause::{Cut, Traffic};
use super::encoder::{Batch, Encoder};
use super::queue::{Offer, Queue, QueueLimits, Work};
use crate::protocol::{CloseFrame, Message, Opcode, Role};
use crate::transport::{Cutter, Lock, TlsFault, WriteHalf};

/// A writer thread needs little: it encrypts, perhaps, and calls write.
const WRITER_STACK_BYTES: usize = 128 << 10;

/// Sends on one connection; clones send on the same one.
#[derive(Debug, Clone)]
pub struct Sender(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    wire: Lock<Wire>,
    cutter: Cutter,
    limits: QueueLimits,
    close_timeout: Duration,
    queue: Queue,
    /// The writer was started, or must not be any more.
    writer: OnceLock<()>,
    /// `wire.close` is set; read by the session after each read, hence beside the lock.
    close_sent: AtomicBool,
    cut: OnceLock<Cut>,
}

#[derive(Debug)]
struct Wire {
    half: WriteHalf,
    /// The answer to the opening handshake: it goes out with the first write, whose ever that
    /// is, so that a client may be a room's member before it knows that it is connected.
    preface: Vec<u8>,
    encoder: Encoder,
    scratch: Vec<u8>,
    close: Option<CloseFrame>,
    sent: Traffic,
}

impl Sender {
    /// A sender of what `role` sends. `close_timeout` bounds the wait for the peer's answer to
    /// a Close that was asked for from another thread. `preface` goes out before all else.
    pub(super) fn new(
        role: Role,
        half: WriteHalf,
        cutter: Cutter,
        preface: Vec<u8>,
        limits: QueueLimits,
        close_timeout: Duration,
    ) -> Self {
        let wire = Wire {
            half,
            preface,
            encoder: Encoder::new(role),
            scratch: Vec::new(),
            close: None,
            sent: Traffic::default(),
        };
        Self(Arc::new(Shared {
            wire: Lock::new(wire),
            cutter,
            limits,
            close_timeout,
            queue: Queue::default(),
            writer: OnceLock::new(),
            close_sent: AtomicBool::new(false),
            cut: OnceLock::new(),
        }))
    }

    /// Sends a message now; waits while the peer does not take it, for the write timeout at
    /// most. For a client's threads; a handler uses its [`Outbox`](super::Outbox).
    ///
    /// Errors: `NotConnected` after a Close; what the write said otherwise, and the
    /// connection is cut then.
    pub fn send(&self, message: Message<'_>) -> io::Result<()> {
        self.0.write(
            Traffic {
                messages: 1,
                bytes: 0,
            },
            |encoder, out| encoder.message(message, out),
        )
    }

    /// Sends a ping now. A payload of over 125 bytes is cut to that.
    pub fn ping(&self, payload: &[u8]) -> io::Result<()> {
        self.control(Opcode::Ping, payload)
    }

    /// Sends a pong that nobody asked for, now. A payload of over 125 bytes is cut to that.
    pub fn pong(&self, payload: &[u8]) -> io::Result<()> {
        self.control(Opcode::Pong, payload)
    }

    /// Sends one frame as it is told to: for fragments, and for those who test peers. The
    /// caller keeps the order of fragments right (RFC 6455 section 5.4).
    pub fn frame(&self, fin: bool, opcode: Opcode, payload: &[u8]) -> io::Result<()> {
        self.0.write(
            Traffic {
                messages: u64::from(fin),
                bytes: 0,
            },
            |encoder, out| {
                encoder.frame(fin, opcode, payload, out);
            },
        )
    }

    fn control(&self, opcode: Opcode, payload: &[u8]) -> io::Result<()> {
        let payload = &payload[..payload
            .len()
            .min(crate::protocol::MAX_CONTROL_PAYLOAD_BYTES)];
        self.0.write(Traffic::default(), |encoder, out| {
            encoder.frame(true, opcode, payload, out)
        })
    }

    /// Queues a batch of a server's frames for the writer thread. Never waits. `now` is when
    /// this happens.
    pub fn offer(&self, batch: &Arc<Batch>, now: Instant) -> Offer {
        self.start_writer();
        self.0.queue.offer(batch, self.0.limits, now)
    }

    /// Closes from another thread: what is queued goes out first, then the Close, then the
    /// peer has the close timeout to answer. Only the first call counts.
    pub fn close(&self, frame: CloseFrame) {
        self.start_writer(); // without one the connection has been cut already
        self.0.queue.close(frame);
    }

    /// Notes that messages for this client were dropped.
    pub fn count_dropped(&self, messages: usize) {
        self.0.queue.count_dropped(messages);
    }

    /// Messages for this client that were dropped.
    pub fn dropped(&self) -> u64 {
        self.0.queue.dropped()
    }

    /// Whether all that was offered has been written.
    pub fn is_caught_up(&self) -> bool {
        self.0.queue.is_empty()
    }

    /// Whether a Close was asked for or the connection is over: offers are refused.
    pub fn is_closed(&self) -> bool {
        self.0.queue.is_closed()
    }

    /// The most messages that ever waited at once.
    pub fn high_water(&self) -> usize {
        self.0.queue.high_water()
    }

    /// Lets go of TCP at once; the first cause given is the one that is kept.
    pub fn cut(&self, cause: Cut) {
        self.0.cut(cause);
    }

    /// Why TCP was let go of, if it was.
    pub fn cut_cause(&self) -> Option<Cut> {
        self.0.cut.get().copied()
    }

    /// Whether a Close has been written.
    pub(crate) fn is_close_sent(&self) -> bool {
        self.0.close_sent.load(Relaxed)
    }

    /// The Close that has been written.
    pub(super) fn sent_close(&self) -> Option<CloseFrame> {
        self.0.wire.lock().close.clone()
    }

    /// Messages and bytes written so far.
    pub(super) fn sent(&self) -> Traffic {
        self.0.wire.lock().sent
    }

    /// Writes frames that are encoded already, in one call.
    pub(super) fn write(&self, slices: &mut [IoSlice<'_>], messages: u64) -> io::Result<()> {
        self.0
            .write_slices(&mut self.0.wire.lock(), slices, messages)
    }

    /// Writes a Close, unless one has been written.
    pub(super) fn write_close(&self, frame: &CloseFrame) -> io::Result<()> {
        self.0.write_close(frame)
    }

    /// Ends this direction of TCP.
    pub(super) fn finish(&self) {
        self.0.wire.lock().half.finish();
    }

    /// The session is over: TCP ends, the writer leaves.
    pub(super) fn end(&self) {
        self.0.cutter.cut();
        self.0.writer.get_or_init(|| ()); // where none was started, none will be
        self.0.queue.end();
    }

    fn start_writer(&self) {
        self.0.writer.get_or_init(|| {
            let shared = self.0.clone();
            let writer = thread::Builder::new()
                .name("writer".into())
                .stack_size(WRITER_STACK_BYTES)
                .spawn(move || shared.write_queued());
            if writer.is_err() {
                self.0.cut(Cut::NoThread);
            }
        });
    }
}

impl Shared {
    fn cut(&self, cause: Cut) {
        // An error: somebody was first, and that cause is the true one.
        let _ = self.cut.set(cause);
        self.queue.refuse();
        self.cutter.cut();
    }

    /// The writer thread.
    fn write_queued(&self) {
        let mut batches = Vec::new();
        loop {
            let work = self.queue.next(&mut batches);
            if work == Work::Leave || self.write_batches(&batches).is_err() {
                return;
            }
            if let Work::WriteAndClose(frame) = work {
                return self.close_and_wait(&frame);
            }
        }
    }

    fn write_batches(&self, batches: &[Arc<Batch>]) -> io::Result<()> {
        let messages = batches.iter().map(|batch| batch.messages() as u64).sum();
        match batches {
            [] => Ok(()),
            [batch] => {
                let mut slice = [IoSlice::new(batch.bytes())];
                self.write_slices(&mut self.wire.lock(), &mut slice, messages)
            }
            _ => {
                let mut slices: Vec<_> = batches.iter().map(|b| IoSlice::new(b.bytes())).collect();
                self.write_slices(&mut self.wire.lock(), &mut slices, messages)
            }
        }
    }

    /// Nobody else watches the clock for this Close: the reader may be deep in a read.
    fn close_and_wait(&self, frame: &CloseFrame) {
        if self.write_close(frame).is_ok() && !self.queue.wait_for_end(self.close_timeout) {
            self.cut(Cut::CloseTimeout);
        }
    }

    fn write_close(&self, frame: &CloseFrame) -> io::Result<()> {
        self.queue.refuse();
        let mut wire = self.wire.lock();
        let Wire {
            encoder,
            scratch,
            close: None,
            ..
        } = &mut *wire
        else {
            return Ok(());
        };
        let mut bytes = std::mem::take(scratch);
        bytes.clear();
        encoder.frame(true, Opcode::Close, &frame.encode(), &mut bytes);
        let written = self.write_slices(&mut wire, &mut [IoSlice::new(&bytes)], 0);
        wire.close = Some(frame.clone());
        self.close_sent.store(true, Relaxed);
        written
    }

    /// Encodes and writes; keeps the buffer for the next time unless it grew large.
    fn write(
        &self,
        traffic: Traffic,
        encode: impl FnOnce(&mut Encoder, &mut Vec<u8>),
    ) -> io::Result<()> {
        let mut wire = self.wire.lock();
        let mut bytes = std::mem::take(&mut wire.scratch);
        bytes.clear();
        encode(&mut wire.encoder, &mut bytes);
        let written = self.write_slices(&mut wire, &mut [IoSlice::new(&bytes)], traffic.messages);
        if bytes.capacity() <= 64 << 10 {
            wire.scratch = bytes;
        }
        written
    }

    /// The one place where frames reach the stream.
    fn write_slices(
        &self,
        wire: &mut Wire,
        slices: &mut [IoSlice<'_>],
        messages: u64,
    ) -> io::Result<()> {
        if wire.close.is_some() {
            return Err(io::ErrorKind::NotConnected.into());
        }
        let bytes: usize = slices.iter().map(|slice| slice.len()).sum();
        let written = if wire.preface.is_empty() {
            wire.half.write_all(slices)
        } else {
            let preface = std::mem::take(&mut wire.preface);
            let mut all = vec![IoSlice::new(&preface)];
            all.extend(slices.iter().map(|slice| IoSlice::new(slice)));
            wire.half.write_all(&mut all)
        };
        match written {
            Ok(()) => {
                wire.sent.messages += messages;
                wire.sent.bytes += bytes as u64;
                Ok(())
            }
            Err(error) => {
                self.cut(match error.kind() {
                    _ if TlsFault::within(&error).is_some() => Cut::TlsFailed,
                    io::ErrorKind::TimedOut => Cut::WriteTimeout,
                    kind => Cut::WriteFailed(kind),
                });
                Err(error)
            }
        }
    }
}
