//! The write side of one connection: the one place where frames reach the stream, and the one
//! place that knows how far the closing handshake has come (RFC 6455 section 7).
//!
//! The reader, the writer and every sending thread lock the write side's mutex for one write call,
//! which the write timeout bounds. The thread that holds the lock writes everything that waits, in
//! the order in which it was sent, and then its own frames: so what one thread sends arrives in the
//! order of its calls, whichever way it sent it.
//!
//! In addition to the mutex there is one atomic copy of the state. It is set before the bytes that
//! change the state are sent: a peer may answer before this thread's next step.

mod closing;

use std::io::{self, IoSlice};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU8, Ordering::Relaxed};
use std::sync::{Arc, Condvar, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::cause::AbortCause;
use super::compression::Deflate;
use super::deadlines;
use super::encoder::{Encoder, Start};
use super::error::SendError;
use super::id::ConnectionId;
use super::queue::{Frames, Queue, QueueLimits, Taken};
use super::tally::{Meter, Tally};
use super::watch::Watch;
use crate::lock::Lock;
use crate::protocol::{
    ByteBuffer, CloseFrame, Input, Lifecycle, Opcode, Role, State, Step, Timeouts,
};
use crate::transport::{ShutdownHandle, TlsFault, WriteHalf};

/// What all handles to one connection share.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) id: ConnectionId,
    pub(super) role: Role,
    pub(super) limits: QueueLimits,
    /// What was agreed on for compressed messages.
    pub(super) deflate: Option<Deflate>,
    pub(super) queue: Queue,
    pub(super) watch: OnceLock<Watch>,
    /// Written by the thread that holds `side`.
    pub(super) sent: Meter,
    /// Written by the session's thread.
    pub(super) received: Meter,
    close_timeout: Duration,
    write_timeout: Duration,
    side: Lock<WriteSide>,
    /// The state of `side`, for threads that do not wait for it.
    state: AtomicU8,
    /// The connection's own thread is closing, and waits for `side`: what others send now comes too
    /// late.
    is_closing: AtomicBool,
    /// Signalled when the fragmented message in progress ends.
    fragments_end: Condvar,
    /// Removed once the session is over, so that no kept handle holds a descriptor.
    shutdown: Lock<Option<ShutdownHandle>>,
    abort_cause: OnceLock<AbortCause>,
    /// The system's number of the first failed write; 0 for none.
    errno: AtomicI32,
}

#[derive(Debug)]
pub(super) struct WriteSide {
    /// Removed once the session is over.
    half: Option<WriteHalf>,
    life: Lifecycle,
    /// Bytes that are sent before the first frame, by whichever thread writes first: the server's
    /// 101, so that a client can be a room's member before it knows that it is connected; or the
    /// rest of a Close for which there was no room at once.
    first: Vec<u8>,
    pub(super) encoder: Encoder,
    /// Our Close, and the deadline for the peer's answer.
    close: Option<Box<(CloseFrame, Instant)>>,
    /// The fragmented message in progress.
    fragmented: Option<Fragmented>,
    /// An encoded frame; kept for its memory.
    scratch: ByteBuffer,
    /// The list of what is taken out of the queue; empty, kept for its memory.
    list: Vec<Frames>,
}

/// A message that is being sent in fragments (section 5.4).
#[derive(Debug, Clone, Copy)]
struct Fragmented {
    /// When its last fragment was sent.
    since: Instant,
}

/// The most memory of an encoded frame that is kept for the next one, in bytes.
const KEPT_BYTES: usize = 64 << 10;

/// Up to this many slices are written without allocating memory.
const FEW_SLICES: usize = 8;

impl Wire {
    /// `response_head` is sent before everything else; a client has none, and is open at once.
    ///
    /// It is a separate function for the compiler too, so that the stack it uses is free again when
    /// a session is built.
    #[inline(never)]
    pub(super) fn new(
        id: ConnectionId,
        role: Role,
        (half, shutdown): (WriteHalf, ShutdownHandle),
        response_head: Vec<u8>,
        (limits, deflate): (QueueLimits, Option<Deflate>),
        timeouts: Timeouts,
    ) -> Arc<Self> {
        let mut life = Lifecycle::default();
        if response_head.is_empty() {
            life.feed(Input::Upgraded);
        }
        Arc::new(Self {
            id,
            role,
            limits,
            deflate,
            queue: Queue::default(),
            watch: OnceLock::new(),
            sent: Meter::default(),
            received: Meter::default(),
            close_timeout: timeouts.close,
            write_timeout: timeouts.write,
            state: AtomicU8::new(life.state() as u8),
            is_closing: AtomicBool::new(false),
            side: Lock::new(WriteSide {
                half: Some(half),
                life,
                first: response_head,
                encoder: Encoder::new(role),
                close: None,
                fragmented: None,
                scratch: ByteBuffer::default(),
                list: Vec::new(),
            }),
            fragments_end: Condvar::new(),
            shutdown: Lock::new(Some(shutdown)),
            abort_cause: OnceLock::new(),
            errno: AtomicI32::new(0),
        })
    }

    /// The present state, without waiting for a write.
    pub(super) fn state(&self) -> State {
        State::ALL[usize::from(self.state.load(Relaxed))]
    }

    /// How the connection's life went; waits for the present write.
    pub(super) fn life(&self) -> Lifecycle {
        self.side.lock().life.clone()
    }

    /// Our Close, if it has been sent, and the peer's time to answer it.
    pub(super) fn sent_close(&self) -> Option<(CloseFrame, Instant)> {
        self.side.lock().close.as_deref().cloned()
    }

    /// Writes what waits: the response head, what others sent, the collected answers.
    pub(super) fn flush(self: &Arc<Self>) -> Result<(), SendError> {
        self.send(&[], &Tally::default())
    }

    /// Writes what waits, and then `own`: whole frames, in at most two slices.
    pub(super) fn send(self: &Arc<Self>, own: &[&[u8]], tally: &Tally) -> Result<(), SendError> {
        let mut side = self.ready_for_data()?;
        self.write_all(&mut side, own, tally)
    }

    /// Writes what waits, and then one frame. A control frame overtakes a fragmented message that
    /// another thread is sending.
    pub(super) fn send_frame(
        self: &Arc<Self>,
        opcode: Opcode,
        payload: &[u8],
    ) -> Result<(), SendError> {
        let mut tally = Tally::default();
        tally.count(opcode, payload.len(), true);
        if opcode.is_control() {
            let mut side = self.side.lock();
            return self.write_frame(&mut side, (true, opcode).into(), payload, &tally);
        }
        let mut packed = Vec::new();
        let shrinks = (self.deflate).is_some_and(|deflate| deflate.compress(payload, &mut packed));
        if shrinks {
            tally.count_compressed(payload.len() as u64, packed.len() as u64);
        }
        let payload = match shrinks {
            true => &packed,
            false => payload,
        };
        let mut side = self.ready_for_data()?;
        let start = Start::of_message(opcode, shrinks);
        self.write_frame(&mut side, start, payload, &tally)
    }

    /// Whether a fragmented message is in progress; false if finding out would require waiting.
    pub(super) fn is_fragmenting(&self) -> bool {
        let side = self.side.try_lock();
        side.is_some_and(|side| side.fragmented.is_some())
    }

    /// Begins a fragmented message: what waits is sent before it, other data waits from here on.
    pub(super) fn begin_fragments(self: &Arc<Self>) -> Result<(), SendError> {
        let mut side = self.ready_for_data()?;
        self.write_all(&mut side, &[], &Tally::default())?;
        let since = Instant::now();
        side.fragmented = Some(Fragmented { since });
        Ok(())
    }

    /// Writes the next fragment of the message in progress; after the last one (`fin`) other data
    /// continues.
    pub(super) fn fragment(
        self: &Arc<Self>,
        (fin, opcode): (bool, Opcode),
        payload: &[u8],
        tally: &Tally,
    ) -> Result<(), SendError> {
        let mut side = self.side.lock();
        let written = self.write_frame(&mut side, (fin, opcode).into(), payload, tally);
        let since = Instant::now();
        side.fragmented = (!fin && written.is_ok()).then_some(Fragmented { since });
        if side.fragmented.is_none() {
            self.fragments_end.notify_all();
        }
        written
    }

    /// The message in progress will not be finished: only a Close can follow.
    pub(super) fn abandon_fragments(self: &Arc<Self>, frame: &CloseFrame) {
        self.close(Input::LocalClose, frame, (&[], Tally::default()));
        let mut side = self.side.lock();
        side.fragmented = None;
        self.keep_close_time(&side);
        drop(side);
        self.fragments_end.notify_all();
    }

    /// TCP ended, or this end has waited long enough.
    pub(super) fn transport_ended(&self, input: Input) {
        self.shut_down(); // first: a writer may be blocked in a write that a peer accepts very slowly
        let mut side = self.side.lock();
        self.feed(&mut side, input);
    }

    /// Aborts the connection at once; the first cause given is the one that is kept.
    pub(super) fn abort(&self, cause: AbortCause) {
        // An error means that another cause was first, and that one is kept.
        let _ = self.abort_cause.set(cause);
        self.queue.stop_intake();
        self.shut_down();
    }

    /// Why this end aborted the connection, if it did.
    pub(super) fn abort_cause(&self) -> Option<AbortCause> {
        self.abort_cause.get().copied()
    }

    /// The system's number of the first write that failed.
    pub(super) fn errno(&self) -> Option<i32> {
        Some(self.errno.load(Relaxed)).filter(|number| *number != 0)
    }

    /// Ends this direction of TCP.
    pub(super) fn finish(&self) {
        if let Some(half) = &mut self.side.lock().half {
            half.finish();
        }
    }

    /// Gives memory back while nothing is being answered.
    pub(super) fn rest(&self) {
        if let Some(mut side) = self.side.try_lock() {
            (side.scratch, side.list) = (ByteBuffer::default(), Vec::new());
        }
    }

    /// The session is over: TCP ends, the writer exits, the descriptor is released.
    pub(super) fn end(&self) {
        self.shut_down();
        self.queue.end();
        *self.shutdown.lock() = None;
        let mut side = self.side.lock();
        self.feed(&mut side, Input::TransportEnd);
        if let Some((_, deadline)) = side.close.as_deref() {
            deadlines::forget((*deadline, self.id.number()));
        }
        (side.half, side.fragmented) = (None, None);
        (side.scratch, side.list) = (ByteBuffer::default(), Vec::new());
        self.fragments_end.notify_all();
    }

    fn shut_down(&self) {
        if let Some(shutdown) = &*self.shutdown.lock() {
            shutdown.abort();
        }
    }

    fn feed(&self, side: &mut WriteSide, input: Input) -> Step {
        let step = side.life.feed(input);
        self.state.store(side.life.state() as u8, Relaxed);
        step
    }

    /// The write side, once no other thread is in the middle of a fragmented message. The wait
    /// ends when no fragment has been sent for the write timeout: then the connection is
    /// aborted.
    fn ready_for_data(&self) -> Result<MutexGuard<'_, WriteSide>, SendError> {
        let mut side = self.side.lock();
        while let Some(Fragmented { since }) = side.fragmented {
            let left = self.write_timeout.saturating_sub(since.elapsed());
            if left.is_zero() {
                drop(side);
                self.abort(AbortCause::UnfinishedMessage);
                return Err(SendError::Unfinished);
            }
            let waited = self.fragments_end.wait_timeout(side, left);
            side = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(side)
    }

    /// Encodes and writes one frame: after what waits, or by itself while a fragmented message is
    /// in progress.
    fn write_frame(
        self: &Arc<Self>,
        side: &mut WriteSide,
        start: Start,
        payload: &[u8],
        tally: &Tally,
    ) -> Result<(), SendError> {
        let mut bytes = std::mem::take(&mut side.scratch);
        bytes.clear();
        side.encoder.frame(start, payload, &mut bytes);
        let written = match side.fragmented {
            None => self.write_all(side, &[&bytes], tally),
            Some(_) => self.write_taken(side, &mut Taken::default(), &[&bytes], tally), // alone
        };
        if bytes.capacity() <= KEPT_BYTES {
            side.scratch = bytes;
        }
        written
    }

    /// Writes what waits, and then `own`.
    fn write_all(
        self: &Arc<Self>,
        side: &mut WriteSide,
        own: &[&[u8]],
        tally: &Tally,
    ) -> Result<(), SendError> {
        let mut taken = self.queue.take(std::mem::take(&mut side.list));
        match taken.close.take() {
            None => self.write_taken(side, &mut taken, own, tally),
            Some(frame) => {
                self.close_behind(side, &mut taken, &frame);
                match own {
                    [] => Ok(()),
                    _ => Err(SendError::Closed), // sent after the Close
                }
            }
        }
    }

    /// Writes what was taken and `own`, if the state allows.
    fn write_taken(
        &self,
        side: &mut WriteSide,
        taken: &mut Taken,
        own: &[&[u8]],
        tally: &Tally,
    ) -> Result<(), SendError> {
        if !side.life.state().may_send() {
            side.list = self.queue.written(taken);
            self.write_rest(side, Instant::now() + self.close_timeout)?;
            return Err(SendError::Closed);
        }
        if side.life.state() == State::Handshaking {
            self.feed(side, Input::Upgraded);
        }
        self.put(side, taken, own, (tally, None))
    }

    /// Writes what was taken, and then `own`, in one call: the only place where frames reach the
    /// stream. `first` is written before them. A write that ends the connection has a deadline.
    fn put(
        &self,
        side: &mut WriteSide,
        taken: &mut Taken,
        own: &[&[u8]],
        (tally, deadline): (&Tally, Option<Instant>),
    ) -> Result<(), SendError> {
        let WriteSide { half, first, .. } = side;
        let Some(half) = half else {
            return Err(SendError::Closed);
        };
        let head = std::mem::take(first);
        let before = usize::from(!head.is_empty());
        if before > 0 {
            self.watch_head(&head, own, deadline);
        }
        let written = if taken.frames.is_empty() && before + own.len() <= 2 {
            // The case of the 101 and of every echo.
            let mut slices = [IoSlice::new(&head), IoSlice::new(&[])];
            let mut used = before;
            for bytes in own.iter().filter(|bytes| !bytes.is_empty()) {
                slices[used] = IoSlice::new(bytes);
                used += 1;
            }
            self.watch_frames(&slices[before..used]);
            write_by(half, &mut slices[..used], deadline)
        } else {
            self.put_many(half, &head, &taken.frames, own, deadline)
        };
        if written.is_ok() {
            self.sent.add(tally);
            self.sent.add(&taken.tally);
            if let Some(deflate) = self.deflate {
                self.count_compressed(&taken.frames, deflate);
            }
        }
        side.list = self.queue.written(taken);
        match written {
            Ok(()) => Ok(()),
            Err(error) => {
                self.write_failed(&error, deadline);
                Err(SendError::Io(error))
            }
        }
    }

    /// Counts the compressed ones among the frames that others sent: their own tally is the same
    /// for all receivers.
    #[inline(never)]
    fn count_compressed(&self, taken: &[Frames], deflate: Deflate) {
        let mut tally = Tally::default();
        for frames in taken {
            frames.count_compressed(deflate, &mut tally);
        }
        self.sent.add(&tally);
    }

    /// A separate function, so that its list of slices is not on the stack of every echo.
    #[inline(never)]
    fn put_many(
        &self,
        half: &mut WriteHalf,
        head: &[u8],
        taken: &[Frames],
        own: &[&[u8]],
        deadline: Option<Instant>,
    ) -> io::Result<()> {
        let taken = taken.iter().map(|frames| frames.bytes(self.deflate));
        let most = 1 + taken.len() + own.len();
        let all = taken.chain(own.iter().copied());
        let all = all.filter(|bytes| !bytes.is_empty()).map(IoSlice::new);
        let (mut few, mut many) = ([IoSlice::new(&[]); FEW_SLICES], Vec::new());
        let slices = match most <= FEW_SLICES {
            true => &mut few[..most],
            false => {
                many.resize(most, IoSlice::new(&[]));
                &mut many[..]
            }
        };
        slices[0] = IoSlice::new(head);
        let first = usize::from(!head.is_empty());
        let mut used = first;
        for bytes in all {
            slices[used] = bytes;
            used += 1;
        }
        self.watch_frames(&slices[first..used]);
        write_by(half, &mut slices[..used], deadline)
    }

    /// Shows what is sent first, unless it is the rest of a Close that was shown already.
    #[inline(never)]
    fn watch_head(&self, head: &[u8], own: &[&[u8]], deadline: Option<Instant>) {
        let is_rest_of_close = own.is_empty() && deadline.is_some();
        if let (Some(watch), false) = (self.watch.get(), is_rest_of_close) {
            watch.show_opening(head);
        }
    }

    fn watch_frames(&self, slices: &[IoSlice<'_>]) {
        if let Some(watch) = self.watch.get() {
            watch.show_written(slices, self.deflate);
        }
    }

    fn write_failed(&self, error: &io::Error, deadline: Option<Instant>) {
        if let Some(number) = error.raw_os_error() {
            self.errno.store(number, Relaxed);
        }
        self.abort(match error.kind() {
            _ if TlsFault::within(error).is_some() => AbortCause::TlsFailed,
            io::ErrorKind::TimedOut if deadline.is_some_and(|end| Instant::now() >= end) => {
                AbortCause::CloseBlocked
            }
            io::ErrorKind::TimedOut => AbortCause::WriteTimeout,
            kind => AbortCause::WriteFailed(kind),
        });
    }
}

fn write_by(
    half: &mut WriteHalf,
    slices: &mut [IoSlice<'_>],
    deadline: Option<Instant>,
) -> io::Result<()> {
    match deadline {
        None => half.write_all(slices),
        Some(deadline) => half.write_all_by(slices, deadline),
    }
}
