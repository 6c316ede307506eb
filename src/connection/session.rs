//! The reader's loop over one open connection: read, decode, handle each event, write.
//!
//! A session owns what only the reader needs: the receiver and the timers are plain values in it.
//! Only the write side knows the state of the closing handshake; the session asks it. The session
//! reads the clock and passes the time on; a read's timeout is the time to its next deadline.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::cause::{AbortCause, CloseCause};
use super::compression::{Deflate, DeflateOptions};
use super::encoder::opcode_of;
use super::id::ConnectionId;
use super::memory::{FREE_BYTES, MEMORY_WAIT, MemoryBudget, Purpose, Reservation};
use super::outbox::Outbox;
use super::queue::QueueLimits;
use super::sender::Sender;
use super::story::Story;
use super::tally::Tally;
use super::watch::{CompressedSeen, Seen, Watch};
use super::wire::Wire;
use crate::handshake::DeflateAgreed;
use crate::protocol::{
    Action, CloseCode, CloseFrame, CompressedForm, Event, Expired, Fragment, Input, Limits,
    Message, MinRate, Opcode, Pace, ProtocolError, Rate, Receiver, Role, State, Step, Timeouts,
    Timers,
};
use crate::transport::{ReadHalf, ReadOutcome, Stream, TlsFault};

/// How much is read and discarded, at most, before TCP is closed (RFC 6455 section 7.1.1).
const DRAIN_BYTES: usize = 64 << 20;

/// A connection that keeps more memory than this for its next messages gives it back after
/// [`REST_TIME`] of silence. One that keeps less does so with its next ping: waking up for it
/// would cost more than it brings.
const KEPT_BYTES: usize = 16 << 10;
const REST_TIME: Duration = Duration::from_secs(1);

/// A session that waits, for its peer's rate or for memory, checks this often whether its
/// connection still lives.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

/// A message, a fragment or a control frame that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Incoming<'a> {
    /// A whole message.
    Message(Message<'a>),
    /// A piece of a message, where [`Session::stream_fragments`] asks for pieces.
    Fragment(Fragment<'a>),
    /// A ping; it has been answered.
    Ping(&'a [u8]),
    /// A pong.
    Pong {
        /// Its payload.
        payload: &'a [u8],
        /// How long it took, where it answers a ping of the keepalive.
        round_trip: Option<Duration>,
    },
}

/// The settings of one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SessionSettings {
    /// Bounds on what the peer may send.
    pub limits: Limits,
    /// Bounds on what waits for the peer.
    pub queue: QueueLimits,
    /// The clocks.
    pub timeouts: Timeouts,
    /// The least rate at which a message that has begun has to arrive; past it the connection is
    /// closed with 1008. `None`, the default: any rate. It does not hold for messages that are
    /// shown in pieces.
    pub min_rate: Option<MinRate>,
    /// How many messages the peer may send; past it the peer is read no faster, so that TCP slows
    /// it down. `None`, the default: any number.
    pub max_rate: Option<Rate>,
    /// What both ends agreed on for compressed messages; none by default.
    #[cfg(feature = "deflate")]
    pub deflate: Option<Deflate>,
}

impl SessionSettings {
    /// Settings that include what both ends agreed on for compressed messages.
    #[cfg_attr(not(feature = "deflate"), allow(unused_mut, unused_variables))]
    pub(crate) fn with_deflate(mut self, agreed: Option<(DeflateAgreed, DeflateOptions)>) -> Self {
        #[cfg(feature = "deflate")]
        {
            self.deflate = agreed.map(|(agreed, options)| Deflate::new(agreed, options));
        }
        self
    }

    #[cfg(feature = "deflate")]
    fn deflate(&self) -> Option<Deflate> {
        self.deflate
    }

    #[cfg(not(feature = "deflate"))]
    fn deflate(&self) -> Option<Deflate> {
        None
    }
}

/// An open connection whose session has not begun.
///
/// An open connection whose session has not begun.
///
/// It is a step of its own to save stack, whose pages stay in memory once they were used: the stack
/// that [`Opened::over_stream`] needs is free again before the session takes its place.
#[derive(Debug)]
pub(crate) struct Opened {
    wire: Arc<Wire>,
    read: ReadHalf,
}

impl Opened {
    /// See [`Session::new`].
    #[inline(never)]
    pub(crate) fn over_stream(
        id: ConnectionId,
        role: Role,
        stream: Stream,
        response_head: Vec<u8>,
        settings: &SessionSettings,
    ) -> Self {
        let Stream {
            read,
            write,
            shutdown,
        } = stream;
        let wire = Wire::new(
            id,
            role,
            (write, shutdown),
            response_head,
            (settings.queue, settings.deflate()),
            settings.timeouts,
        );
        Self { wire, read }
    }

    /// See [`Session::sender`].
    pub(crate) fn opening_sender(&self) -> Sender {
        Sender(self.wire.clone())
    }

    /// Begins the session, with the settings that it was opened with.
    pub(crate) fn into_session(self, leftover: &[u8], settings: &SessionSettings) -> Session {
        let Self { wire, read } = self;
        let mut receiver = Receiver::new(wire.role, settings.limits);
        if let Some(deflate) = wire.deflate {
            receiver.accept_compressed(deflate.inflater());
        }
        receiver.feed(leftover);
        let now = Instant::now();
        let mut timers = Timers::new(settings.timeouts, now);
        timers.set_min_rate(settings.min_rate);
        Session {
            read,
            receiver,
            timers,
            min_rate: settings.min_rate,
            memory: None,
            pace: settings.max_rate.map(|rate| Pace::new(rate, now)),
            held_back: false,
            outbox: Outbox::new(wire.clone()),
            wire,
            received: Tally::default(),
            fresh: true,
            story: Story::default(),
        }
    }
}

/// One open connection, as the thread that reads it sees it.
#[derive(Debug)]
pub struct Session {
    wire: Arc<Wire>,
    read: ReadHalf,
    receiver: Receiver,
    timers: Timers,
    min_rate: Option<MinRate>,
    /// Its reservation of a budget for arriving messages; `None`: it needs none.
    memory: Option<Reservation>,
    /// The rate limit of the peer's messages, if there is one.
    pace: Option<Pace>,
    /// The peer has sent as much as it may for now, so this end does not read from it.
    held_back: bool,
    outbox: Outbox,
    /// Received in this read.
    received: Tally,
    /// Nothing has been read yet: the 101 has to be sent, and bytes may have arrived with the
    /// handshake.
    fresh: bool,
    story: Story,
}

impl Session {
    /// A session on a stream whose peer has asked for it or agreed to it. `leftover` is what came
    /// after the peer's head: frames already. `response_head` is what this end still has to say
    /// before any frame: a server's 101; empty for a client.
    pub fn new(
        id: ConnectionId,
        role: Role,
        stream: Stream,
        leftover: &[u8],
        response_head: Vec<u8>,
        settings: SessionSettings,
    ) -> Self {
        Opened::over_stream(id, role, stream, response_head, &settings)
            .into_session(leftover, &settings)
    }

    /// Shows every frame, in both directions, from here on.
    pub fn watch(&mut self, watch: Watch) {
        let shown = watch.clone();
        self.receiver
            .watch(move |frame| shown.show(Seen::In(frame)));
        let _ = self.wire.watch.set(watch); // an error: watched already
    }

    /// Shows messages in pieces as they arrive, from the next message on; see
    /// [`Receiver::stream_fragments`].
    pub fn stream_fragments(&mut self, on: bool) {
        self.receiver.stream_fragments(on);
        // A streamed message may arrive at any rate, since its source may be slow.
        self.timers.set_min_rate(self.min_rate.filter(|_| !on));
    }

    /// Takes the memory for long messages from `budget`. Where that has none left for 5 s, the
    /// connection is closed with 1013. A connection that is given no budget takes what it needs,
    /// within its [`Limits`]. To be called before the first message is read.
    pub fn limit_memory(&mut self, budget: &MemoryBudget) {
        self.memory = budget.limit_bytes().map(|_| budget.reservation());
        if let (Some(deflate), true) = (self.wire.deflate, self.memory.is_some()) {
            let inflater = deflate.inflater_within(budget.reservation());
            self.receiver.accept_compressed(inflater);
        }
    }

    /// The answers of this connection's own thread.
    pub fn outbox(&mut self) -> &mut Outbox {
        &mut self.outbox
    }

    /// A sender for other threads. What the session's own thread sends by it, and by the
    /// outbox, does not keep its order: [`Outbox::sender`] gives a sender for that.
    pub fn sender(&self) -> Sender {
        self.outbox.foreign_sender()
    }

    /// Runs the connection until it has ended, and returns how it ended.
    pub fn run(&mut self, mut app: impl FnMut(Incoming<'_>, &mut Outbox)) -> CloseCause {
        loop {
            if let Some(cause) = self.turn(Duration::MAX, &mut app) {
                return cause;
            }
        }
    }

    /// Reads once, waiting for `timeout` at most; shows `app` each event that came of it (a
    /// ping has been answered by then) and writes what `app` and the protocol answer.
    ///
    /// `None`: the connection goes on. Once it has ended, the cause, and nothing else happens.
    pub fn turn(
        &mut self,
        timeout: Duration,
        app: &mut impl FnMut(Incoming<'_>, &mut Outbox),
    ) -> Option<CloseCause> {
        if std::mem::take(&mut self.fresh) {
            if self.wire.state() == State::Handshaking {
                drop(self.wire.flush()); // the 101; a failure shows in the next read
            }
            self.dispatch(0, app); // what came behind the peer's head
        } else {
            self.outbox.flush();
            let now = Instant::now();
            if self.held_back {
                self.timers.heard(now); // more of it may be waiting
            }
            let wait = self.keep_time(now).min(timeout);
            match self.wire.state().reads_frames() {
                true if self.held_back => self.hold_back(wait, now, app),
                true => self.read_once(wait, app),
                false => {}
            }
        }
        self.outbox.flush();
        (self.wire.state() == State::Closed).then(|| self.cause())
    }

    fn cause(&self) -> CloseCause {
        let middle = self.receiver.is_mid_message();
        (self.story).cause(&self.wire, &self.timers, middle, Instant::now())
    }

    fn read_once(&mut self, mut wait: Duration, app: &mut impl FnMut(Incoming<'_>, &mut Outbox)) {
        let reserved = self
            .memory
            .as_ref()
            .map_or(usize::MAX, Reservation::reserved_bytes);
        if self.receiver.buffer_bytes() + self.outbox.kept_bytes() > KEPT_BYTES {
            wait = wait.min(REST_TIME);
        }
        let read = match self
            .receiver
            .space_within(reserved.saturating_add(FREE_BYTES))
        {
            Ok(space) => self.read.read(space, wait),
            Err(needed) => return self.await_memory(needed),
        };
        match read {
            Ok(ReadOutcome::Data(bytes)) => {
                self.receiver.filled(bytes);
                self.timers.heard(Instant::now());
                self.dispatch(bytes, app);
            }
            Ok(ReadOutcome::TimedOut) => {
                self.receiver.rest();
                self.outbox.rest();
                self.return_memory();
                if self.wire.abort_cause().is_some() {
                    self.transport_ended();
                }
            }
            Ok(ReadOutcome::Eof) => self.transport_ended(),
            Err(error) => self.read_failed(&error),
        }
    }

    /// The buffer needs `needed` bytes for what is arriving: reserves them, or gives up.
    #[inline(never)]
    fn await_memory(&mut self, needed: usize) {
        let deadline = Instant::now() + MEMORY_WAIT;
        loop {
            let Some(memory) = &mut self.memory else {
                return;
            };
            let left = deadline.saturating_duration_since(Instant::now());
            let wait = left.min(LOOK_INTERVAL);
            if memory.grow(needed.saturating_sub(FREE_BYTES), Purpose::Unfinished, wait) {
                let now = Instant::now();
                self.timers.heard(now); // this end did not read meanwhile
                return self.timers.arriving(0, true, now);
            }
            if self.wire.abort_cause().is_some() {
                return self.transport_ended();
            }
            if left.is_zero() || !self.wire.state().may_send() {
                let (input, frame) = self.receiving_failed(ProtocolError::OutOfMemory);
                return self.feed(input, &frame);
            }
        }
    }

    /// Gives back memory that the buffer no longer uses.
    fn return_memory(&mut self) {
        if let Some(memory) = &mut self.memory
            && memory.reserved_bytes() > 0
        {
            memory.shrink(self.receiver.buffer_bytes().saturating_sub(FREE_BYTES));
        }
    }

    /// The peer has exceeded its rate: waits until it may go on, or until the next check.
    #[inline(never)]
    fn hold_back(
        &mut self,
        wait: Duration,
        now: Instant,
        app: &mut impl FnMut(Incoming<'_>, &mut Outbox),
    ) {
        let next = self.pace.as_ref().map_or(now, |pace| pace.next(now));
        let pause = next.saturating_duration_since(now);
        thread::sleep(pause.min(wait).min(LOOK_INTERVAL));
        if self.wire.abort_cause().is_some() {
            return self.transport_ended();
        }
        self.dispatch(0, app);
    }

    #[inline(never)]
    fn read_failed(&mut self, error: &io::Error) {
        self.story.failure = Some((error.kind(), error.raw_os_error()));
        self.story.tls_fault = TlsFault::within(error).cloned();
        if (self.story.tls_fault.as_ref()).is_some_and(TlsFault::is_failure) {
            self.wire.abort(AbortCause::TlsFailed);
        }
        self.transport_ended();
    }

    /// TCP has ended: because this end has waited long enough, or because of the peer or the
    /// network.
    fn transport_ended(&mut self) {
        self.wire.transport_ended(match self.wire.abort_cause() {
            Some(AbortCause::WriteFailed(_) | AbortCause::TlsFailed) | None => Input::TransportEnd,
            Some(_) => Input::Expired,
        });
    }

    /// Handles what has arrived, `bytes` of it in this read.
    fn dispatch(&mut self, bytes: usize, app: &mut impl FnMut(Incoming<'_>, &mut Outbox)) {
        let end = self.take_events(app);
        self.return_memory();
        if self.timers.times_arrival() {
            if self.receiver.is_mid_message() && !self.held_back {
                let anew = self.received.data().messages > 0;
                self.timers.arriving(bytes, anew, Instant::now());
            } else {
                self.timers.arrived();
            }
        }
        let received = std::mem::take(&mut self.received);
        // The clock is read only if the time is used: that costs more than a small message.
        if self.timers.times_messages() && received.data().messages > 0 {
            self.timers.message(Instant::now());
        }
        self.wire.received.add(&received);
        if let Some((input, close)) = end {
            self.feed(input, &close);
        }
    }

    /// Keeps why nothing more can be received, and returns the Close to send. A lack of memory is
    /// not the peer's fault.
    #[inline(never)]
    fn receiving_failed(&mut self, why: ProtocolError) -> (Input, CloseFrame) {
        let input = match why {
            ProtocolError::OutOfMemory => {
                self.story.gave_up = Some(why);
                Input::GiveUp
            }
            _ => {
                self.story.fault = Some(why);
                if let Some(watch) = self.wire.watch.get() {
                    watch.show(Seen::Broken(&why));
                }
                Input::Fault
            }
        };
        (input, CloseFrame::new(why.close_code(), &why.to_string()))
    }

    /// Shows `app` each event; returns what ends the connection, with the Close to send.
    fn take_events(
        &mut self,
        app: &mut impl FnMut(Incoming<'_>, &mut Outbox),
    ) -> Option<(Input, CloseFrame)> {
        loop {
            let state = self.wire.state();
            if !state.reads_frames() {
                return None;
            }
            if let Some(pace) = &self.pace {
                let now = Instant::now();
                // After our Close nothing is shown to the application, and the peer's Close may be
                // near.
                self.held_back = state.may_send() && pace.next(now) > now;
                if self.held_back {
                    return None;
                }
            }
            let (event, form) = match self.receiver.next_arrived() {
                Ok(arrived) => arrived?,
                Err(why) => return Some(self.receiving_failed(why)),
            };
            let may_send = state.may_send();
            let incoming = match event {
                Event::Text(text) => {
                    self.received.count(Opcode::Text, text.len(), true);
                    Incoming::Message(Message::Text(text))
                }
                Event::Binary(bytes) => {
                    self.received.count(Opcode::Binary, bytes.len(), true);
                    Incoming::Message(Message::Binary(bytes))
                }
                Event::Ping(payload) => {
                    self.received.count(Opcode::Ping, payload.len(), true);
                    if may_send {
                        self.outbox.control(Opcode::Pong, payload);
                    }
                    Incoming::Ping(payload)
                }
                Event::Pong(payload) => {
                    self.received.count(Opcode::Pong, payload.len(), true);
                    let round_trip = self.timers.pong(payload, Instant::now());
                    Incoming::Pong {
                        payload,
                        round_trip,
                    }
                }
                Event::Fragment(fragment) => {
                    let bytes = fragment.payload.as_bytes().len();
                    (self.received).count(opcode_of(fragment.payload), bytes, fragment.last);
                    Incoming::Fragment(fragment)
                }
                Event::Close(frame) => {
                    let echo = frame.echo();
                    self.story.peer_close = Some(frame);
                    return Some((Input::PeerClose, echo));
                }
            };
            if let Some(form) = form {
                self.received
                    .count_compressed(form.inflated_bytes, form.compressed_bytes);
                came_compressed(&form, &incoming, &self.wire, &mut self.outbox);
            }
            if let Some(pace) = &mut self.pace
                && starts_message(&incoming)
            {
                let _: bool = pace.take(Instant::now()); // it may: that was asked above
            }
            // A server that has sent its Close wants no more messages; a client may still wait for
            // the answers to what it sent before its Close.
            if may_send || self.wire.role == Role::Client {
                app(incoming, &mut self.outbox);
            }
            if form.is_some() {
                self.outbox.forget_original();
            }
        }
    }

    /// Does what is due at `now`; returns the time until the next deadline.
    fn keep_time(&mut self, now: Instant) -> Duration {
        loop {
            if self.wire.state() == State::CloseSent
                && let Some((_, deadline)) = self.wire.sent_close()
            {
                self.timers.close_sent(deadline); // whichever thread sent it
            }
            match self.timers.next_action(now) {
                Action::Wait(time) => return time,
                Action::SendPing(payload) => {
                    self.outbox.control(Opcode::Ping, &payload);
                    self.outbox.flush();
                }
                Action::Close(why) => {
                    let code = match why {
                        Expired::NoPong(_) => CloseCode::INTERNAL_ERROR,
                        Expired::Idle => CloseCode::GOING_AWAY,
                        Expired::TooSlow(_) => CloseCode::POLICY,
                    };
                    self.feed(Input::LocalClose, &CloseFrame::new(code, &why.to_string()));
                    if self.wire.state() == State::Open {
                        return Duration::ZERO; // the stream is gone: the next read says so
                    }
                }
                Action::Abort => {
                    self.wire.abort(AbortCause::CloseTimeout);
                    self.transport_ended();
                    return Duration::ZERO;
                }
            }
        }
    }

    /// Applies `input` to the state table and does what it says; `close` is the Close to send if
    /// one is due.
    fn feed(&mut self, input: Input, close: &CloseFrame) {
        // What came whole before a fault is answered first.
        let step: Step = self.outbox.feed(input, close);
        if step.drains() {
            self.drain();
        }
    }

    /// Waits for the end of TCP: the server ends its direction first, then both wait for the
    /// other's end, so that no reset discards the Close (7.1.1).
    fn drain(&mut self) {
        self.wire.queue.end(); // nothing more is to be said: the writer leaves
        self.receiver = Receiver::new(self.wire.role, Limits::default()); // nothing more is read
        self.return_memory();
        if self.wire.role == Role::Server || self.story.fault.is_some() {
            self.wire.finish();
        }
        self.timers.draining(Instant::now());
        if let Action::Wait(time) = self.timers.next_action(Instant::now())
            && let Err(error) = self.read.discard(time, DRAIN_BYTES)
        {
            self.story.tls_fault = TlsFault::within(&error).cloned();
        }
        if self.wire.role == Role::Client {
            self.wire.finish(); // after the server's end, so that TLS ends on both sides
        }
        self.wire.transport_ended(Input::TransportEnd);
    }
}

/// Shows how a compressed message came. Keeps its bytes while the application is shown it, if they
/// can be sent to others.
#[inline(never)]
fn came_compressed(
    form: &CompressedForm<'_>,
    incoming: &Incoming<'_>,
    wire: &Wire,
    outbox: &mut Outbox,
) {
    if let Some(watch) = wire.watch.get() {
        watch.show(Seen::InCompressed(CompressedSeen {
            compressed_bytes: form.compressed_bytes,
            inflated_bytes: form.inflated_bytes,
        }));
    }
    if let (Incoming::Message(message), Some(bytes)) = (incoming, form.reusable)
        && bytes.len() < message.as_bytes().len()
    {
        outbox.keep_original(*message, bytes);
    }
}

/// Whether this is a message, or the first piece of one.
fn starts_message(incoming: &Incoming<'_>) -> bool {
    match incoming {
        Incoming::Message(_) => true,
        Incoming::Fragment(fragment) => fragment.first,
        Incoming::Ping(_) | Incoming::Pong { .. } => false,
    }
}

/// A session that is dropped while it is open says so with a Close 1001, without waiting.
impl Drop for Session {
    fn drop(&mut self) {
        let frame = CloseFrame::new(CloseCode::GOING_AWAY, "");
        self.wire.leave(&frame);
        self.wire.end();
    }
}
