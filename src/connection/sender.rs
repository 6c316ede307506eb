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

mod writer;

use std::io::{self, IoSlice};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use super::cause::{Cut, Traffic};
use super::encoder::{Batch, Encoder, opcode_of};
use super::queue::{Offer, Queue, QueueLimits};
use super::tally::{Meter, Tally};
use super::watch::Watch;
use crate::protocol::{CloseFrame, Message, Opcode, Role};
use crate::transport::{Cutter, Lock, TlsFault, WriteHalf};

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
    /// A Close is on its way out; read by the session after each read, hence beside the lock.
    close_sent: AtomicBool,
    cut: OnceLock<Cut>,
    /// The system's number of the first failed write; 0 for none.
    errno: AtomicI32,
    /// Written by whoever holds `wire`.
    sent: Meter,
    /// Written by the session's thread.
    received: Meter,
    watch: OnceLock<Watch>,
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
    /// The kind of the message whose fragments are being sent.
    fragmented: Opcode,
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
            fragmented: Opcode::Binary,
        };
        Self(Arc::new(Shared {
            wire: Lock::new(wire),
            cutter,
            limits,
            close_timeout,
            queue: Queue::default(),
            close_sent: AtomicBool::new(false),
            cut: OnceLock::new(),
            errno: AtomicI32::new(0),
            sent: Meter::default(),
            received: Meter::default(),
            watch: OnceLock::new(),
        }))
    }

    /// Sends a message now; waits while the peer does not take it, for the write timeout at
    /// most. For a client's threads; a handler uses its [`Outbox`](super::Outbox).
    ///
    /// Errors: `NotConnected` after a Close; what the write said otherwise, and the
    /// connection is cut then.
    pub fn send(&self, message: Message<'_>) -> io::Result<()> {
        self.0.write(opcode_of(message), true, message.as_bytes())
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
        self.0.write(opcode, fin, payload)
    }

    fn control(&self, opcode: Opcode, payload: &[u8]) -> io::Result<()> {
        let payload = &payload[..payload
            .len()
            .min(crate::protocol::MAX_CONTROL_PAYLOAD_BYTES)];
        self.0.write(opcode, true, payload)
    }

    /// Queues a batch of a server's frames for the writer thread. Never waits.
    pub fn offer(&self, batch: &Arc<Batch>) -> Offer {
        self.offer_at(batch, Instant::now())
    }

    /// As [`Sender::offer`], for who makes many offers at one time and asks the clock once.
    pub fn offer_at(&self, batch: &Arc<Batch>, now: Instant) -> Offer {
        let start = || self.start_writer();
        self.0.queue.offer(batch, self.0.limits, now, start)
    }

    /// Closes from another thread: what is queued goes out first, then the Close, then the
    /// peer has the close timeout to answer. Only the first call counts.
    pub fn close(&self, frame: CloseFrame) {
        self.0.queue.close(frame, || self.start_writer());
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

    /// Whether a Close has been written, or is being written.
    pub(crate) fn is_close_sent(&self) -> bool {
        self.0.close_sent.load(Relaxed)
    }

    /// The Close that has been written.
    pub(super) fn sent_close(&self) -> Option<CloseFrame> {
        self.0.wire.lock().close.clone()
    }

    /// Messages and bytes that wait in the queue now.
    pub fn queued(&self) -> (usize, usize) {
        self.0.queue.depth()
    }

    /// What has been received and sent so far, by kind, without waiting: up to the present
    /// read and the present write.
    pub fn tallies(&self) -> (Tally, Tally) {
        (self.0.received.read(), self.0.sent.read())
    }

    /// Whether a thread of its own writes what others send.
    pub fn has_writer(&self) -> bool {
        self.0.queue.has_writer()
    }

    /// What has been written, the write under way included.
    pub(super) fn sent(&self) -> Traffic {
        let _written = self.0.wire.lock();
        self.0.sent.read().data()
    }

    /// Adds to what has been received. For the session's thread alone.
    pub(super) fn count_received(&self, more: &Tally) {
        self.0.received.add(more);
    }

    /// The system's number of the first write that failed.
    pub(super) fn errno(&self) -> Option<i32> {
        Some(self.0.errno.load(Relaxed)).filter(|number| *number != 0)
    }

    /// Shows every frame that is written from here on.
    pub(super) fn watch(&self, watch: Watch) {
        let _ = self.0.watch.set(watch); // an error: watched already
    }

    /// Writes frames that are encoded already, in one call.
    pub(super) fn write(&self, slices: &mut [IoSlice<'_>], tally: &Tally) -> io::Result<()> {
        self.0.write_slices(&mut self.0.wire.lock(), slices, tally)
    }

    /// Writes a Close, unless one has been written.
    pub(super) fn write_close(&self, frame: &CloseFrame) -> io::Result<()> {
        self.0.write_close(frame)
    }

    /// Ends this direction of TCP.
    pub(super) fn finish(&self) {
        self.0.wire.lock().half.finish();
    }

    /// Lets go of TCP, whose end has its cause already.
    pub(super) fn let_go(&self) {
        self.0.cutter.cut();
    }

    /// The session is over: TCP ends, the writer leaves.
    pub(super) fn end(&self) {
        self.let_go();
        self.dismiss_writer();
    }

    /// Nothing more is to be said: the writer leaves, and none is started any more.
    pub(super) fn dismiss_writer(&self) {
        self.0.queue.end();
    }
}

impl Shared {
    fn cut(&self, cause: Cut) {
        // An error: somebody was first, and that cause is the true one.
        let _ = self.cut.set(cause);
        self.queue.refuse();
        self.cutter.cut();
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
        // Before the bytes are out: the peer may answer before this thread's next step, and
        // whoever reads that answer has to know whose Close came first.
        self.close_sent.store(true, Relaxed);
        let written = self.write_slices(&mut wire, &mut [IoSlice::new(&bytes)], &Tally::default());
        wire.close = Some(frame.clone());
        written
    }

    /// Encodes and writes; keeps the buffer for the next time unless it grew large.
    fn write(&self, opcode: Opcode, fin: bool, payload: &[u8]) -> io::Result<()> {
        let mut wire = self.wire.lock();
        let mut bytes = std::mem::take(&mut wire.scratch);
        bytes.clear();
        wire.encoder.frame(fin, opcode, payload, &mut bytes);
        if matches!(opcode, Opcode::Text | Opcode::Binary) {
            wire.fragmented = opcode;
        }
        let kind = match opcode {
            Opcode::Continuation => wire.fragmented,
            opcode => opcode,
        };
        let mut tally = Tally::default();
        tally.count(kind, payload.len(), fin);
        let written = self.write_slices(&mut wire, &mut [IoSlice::new(&bytes)], &tally);
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
        tally: &Tally,
    ) -> io::Result<()> {
        if wire.close.is_some() {
            return Err(io::ErrorKind::NotConnected.into());
        }
        if let Some(watch) = self.watch.get() {
            watch.show_written(slices);
        }
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
                self.sent.add(tally);
                Ok(())
            }
            Err(error) => {
                if let Some(number) = error.raw_os_error() {
                    self.errno.store(number, Relaxed);
                }
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
