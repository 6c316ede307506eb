//! The reader's loop over one open connection: read, feed, next event, dispatch, write.
//!
//! A session owns the connection's fate: the receiver, the lifecycle, the keepalive are plain
//! values in it. It asks the clock and hands the time down; a read's timeout is the time to
//! its next deadline.

mod story;

use std::io;
use std::time::{Duration, Instant};

use super::cause::{CloseCause, Cut};
use super::outbox::Outbox;
use super::queue::QueueLimits;
use super::sender::Sender;
use super::tally::Tally;
use super::watch::{Seen, Watch};
use crate::protocol::{
    Action, CloseCode, CloseFrame, Event, Input, Keepalive, Lifecycle, Limits, Opcode,
    ProtocolError, Receiver, Role, State, Step,
};
use crate::transport::{ReadHalf, ReadOutcome, Stream, TlsFault};

/// How long, and how much, is read and forgotten before TCP is closed (RFC 6455 section 7.1.1).
const DRAIN_TIME: Duration = Duration::from_secs(1);
const DRAIN_BYTES: usize = 64 << 20;

/// A connection's clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Silence after which a ping goes out; `None`: never. Default 20 s.
    pub ping_interval: Option<Duration>,
    /// Further silence after which the peer is given up with 1011. Default 20 s.
    pub ping_timeout: Duration,
    /// Silence of messages after which this end closes with 1001; `None`: never, the default.
    pub idle: Option<Duration>,
    /// How long the peer has to answer our Close. Default 5 s.
    pub close: Duration,
    /// How long one write may be blocked. Default 10 s.
    pub write: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            ping_interval: Some(Duration::from_secs(20)),
            ping_timeout: Duration::from_secs(20),
            idle: None,
            close: Duration::from_secs(5),
            write: Duration::from_secs(10),
        }
    }
}

/// One open connection, as the thread that reads it sees it.
#[derive(Debug)]
pub struct Session {
    role: Role,
    read: ReadHalf,
    receiver: Receiver,
    life: Lifecycle,
    keepalive: Keepalive,
    timeouts: Timeouts,
    outbox: Outbox,
    opened: Instant,
    last_message: Instant,
    last_heard: Instant,
    /// Pings sent by the keepalive, and when the last one was, while its pong is awaited.
    pings: u64,
    pinged: Option<Instant>,
    /// Until when the peer may answer our Close.
    close_deadline: Option<Instant>,
    /// Received in this read.
    received: Tally,
    peer_close: Option<CloseFrame>,
    fault: Option<ProtocolError>,
    failure: Option<(io::ErrorKind, Option<i32>)>,
    tls_fault: Option<TlsFault>,
    /// Nothing has been read yet: the preface is due, and what came with the handshake.
    fresh: bool,
    watch: Option<Watch>,
}

impl Session {
    /// A session on a stream whose peer has asked for it or agreed to it. `behind` is what came
    /// behind the peer's head: frames already. `preface` is what this end still has to say
    /// before any frame: a server's 101; empty for a client.
    pub fn new(
        role: Role,
        stream: Stream,
        behind: &[u8],
        preface: Vec<u8>,
        limits: Limits,
        queue: QueueLimits,
        timeouts: Timeouts,
    ) -> Self {
        let Stream {
            read,
            write,
            cutter,
        } = stream;
        let sender = Sender::new(role, write, cutter, preface, queue, timeouts.close);
        let mut receiver = Receiver::new(role, limits);
        receiver.feed(behind);
        let mut life = Lifecycle::default();
        life.feed(Input::Upgraded);
        let now = Instant::now();
        Self {
            role,
            read,
            receiver,
            life,
            keepalive: Keepalive::new(timeouts.ping_interval, timeouts.ping_timeout, now),
            timeouts,
            outbox: Outbox::new(role, sender),
            opened: now,
            last_message: now,
            last_heard: now,
            pings: 0,
            pinged: None,
            close_deadline: None,
            received: Tally::default(),
            peer_close: None,
            fault: None,
            failure: None,
            tls_fault: None,
            fresh: true,
            watch: None,
        }
    }

    /// Shows every frame, in both directions, from here on.
    pub fn watch(&mut self, watch: Watch) {
        let shown = watch.clone();
        self.receiver
            .watch(move |frame| shown.show(Seen::In(frame)));
        self.sender().watch(watch.clone());
        self.watch = Some(watch);
    }

    /// The answers of this connection's own thread.
    pub fn outbox(&mut self) -> &mut Outbox {
        &mut self.outbox
    }

    /// The sender, for other threads.
    pub fn sender(&self) -> &Sender {
        self.outbox.sender()
    }

    /// Goes on until the connection has ended; tells how.
    pub fn run(&mut self, mut app: impl FnMut(Event<'_>, &mut Outbox)) -> CloseCause {
        loop {
            if let Some(cause) = self.turn(Duration::MAX, &mut app) {
                return cause;
            }
        }
    }

    /// Reads once, waiting for `patience` at most; shows `app` each event that came of it (a
    /// ping has been answered by then) and writes what `app` and the protocol answer.
    ///
    /// `None`: the connection goes on. Once it has ended, the cause, and nothing else happens.
    pub fn turn(
        &mut self,
        patience: Duration,
        app: &mut impl FnMut(Event<'_>, &mut Outbox),
    ) -> Option<CloseCause> {
        self.notice_close();
        if std::mem::take(&mut self.fresh) {
            let _: io::Result<()> = self.sender().write(&mut [], &Tally::default()); // a failure shows in the read
            self.dispatch(app);
        } else {
            self.outbox.flush();
            let wait = self.keep_time(Instant::now()).min(patience);
            if self.life.state().reads_frames() {
                self.read_once(wait, app);
            }
        }
        self.outbox.flush();
        if self.life.state() == State::Draining {
            self.drain();
        }
        (self.life.state() == State::Closed).then(|| self.cause())
    }

    fn read_once(&mut self, wait: Duration, app: &mut impl FnMut(Event<'_>, &mut Outbox)) {
        match self.read.read(self.receiver.space(), wait) {
            Ok(ReadOutcome::Data(bytes)) => {
                self.receiver.filled(bytes);
                self.last_heard = Instant::now();
                self.keepalive.heard(self.last_heard);
                self.notice_close();
                self.dispatch(app);
            }
            Ok(ReadOutcome::TimedOut) => {
                self.receiver.rest();
                self.outbox.rest();
                if self.sender().cut_cause().is_some() {
                    self.transport_ended();
                }
            }
            Ok(ReadOutcome::Eof) => self.transport_ended(),
            Err(error) => self.read_failed(&error),
        }
    }

    fn read_failed(&mut self, error: &io::Error) {
        self.failure = Some((error.kind(), error.raw_os_error()));
        self.tls_fault = TlsFault::within(error).cloned();
        if matches!(self.tls_fault, Some(TlsFault::Broken(_))) {
            self.sender().cut(Cut::TlsFailed);
        }
        self.transport_ended();
    }

    /// TCP is gone: because this end's patience was over, or else by the peer or the network.
    fn transport_ended(&mut self) {
        self.notice_close();
        let input = match self.sender().cut_cause() {
            Some(Cut::WriteFailed(_) | Cut::TlsFailed) | None => Input::TransportEnd,
            Some(_) => Input::Expired,
        };
        self.feed(input, CloseFrame::EMPTY);
    }

    /// Works off what has arrived.
    fn dispatch(&mut self, app: &mut impl FnMut(Event<'_>, &mut Outbox)) {
        self.take_events(app);
        let received = std::mem::take(&mut self.received);
        // The clock is asked where somebody wants to know: it costs more than a small message.
        if self.timeouts.idle.is_some() && received.data().messages > 0 {
            self.last_message = Instant::now();
        }
        self.sender().count_received(&received);
    }

    fn take_events(&mut self, app: &mut impl FnMut(Event<'_>, &mut Outbox)) {
        while self.life.state().reads_frames() {
            self.want_close();
            let event = match self.receiver.next_event() {
                Ok(Some(event)) => event,
                Ok(None) => return,
                Err(fault) => {
                    self.fault = Some(fault);
                    if let Some(watch) = &self.watch {
                        watch.show(Seen::Broken(&fault));
                    }
                    let answer = CloseFrame::new(fault.close_code(), &fault.to_string());
                    return self.feed(Input::Fault, answer);
                }
            };
            let state = self.life.state();
            self.outbox.set_round_trip(None);
            match &event {
                Event::Ping(payload) => {
                    self.received.count(Opcode::Ping, payload.len(), true);
                    if state.may_send() {
                        self.outbox.control(Opcode::Pong, payload);
                    }
                }
                Event::Pong(payload) => {
                    self.received.count(Opcode::Pong, payload.len(), true);
                    if **payload == self.pings.to_be_bytes()
                        && let Some(pinged) = self.pinged.take()
                    {
                        self.outbox.set_round_trip(Some(pinged.elapsed()));
                    }
                }
                Event::Text(text) => {
                    self.received.count(Opcode::Text, text.len(), true);
                }
                Event::Binary(bytes) => {
                    self.received.count(Opcode::Binary, bytes.len(), true);
                }
                Event::Close(frame) => {
                    let frame = frame.clone();
                    let echo = frame.echo();
                    self.peer_close = Some(frame);
                    return self.feed(Input::PeerClose, echo);
                }
            }
            // A server has said that it wants no more; a client may still be waiting for the
            // answers to what it asked before it closed.
            if state.may_send() || self.role == Role::Client {
                app(event, &mut self.outbox);
            }
        }
    }

    /// The application may have asked for a Close, on opening too.
    fn want_close(&mut self) {
        if let Some(frame) = self.outbox.wanted_close() {
            let frame = frame.clone();
            self.feed(Input::LocalClose, frame);
        }
    }

    /// A writer thread may have sent a Close on behalf of others.
    fn notice_close(&mut self) {
        if self.life.state() == State::Open && self.sender().is_close_sent() {
            self.feed(Input::LocalClose, CloseFrame::EMPTY); // sent already: not sent again
        }
    }

    /// Does what is due at `now`; answers how long nothing further is.
    fn keep_time(&mut self, now: Instant) -> Duration {
        self.want_close();
        if let Some(deadline) = self.close_deadline {
            let left = deadline.saturating_duration_since(now);
            if left.is_zero() && self.life.state() == State::CloseSent {
                self.sender().cut(Cut::CloseTimeout);
                self.feed(Input::Expired, CloseFrame::EMPTY);
            }
            return left;
        }
        let mut wait = match self.keepalive.poll(now) {
            Action::Wait(time) => time,
            Action::SendPing => {
                self.pings += 1;
                self.pinged = Some(now);
                self.outbox.control(Opcode::Ping, &self.pings.to_be_bytes());
                self.outbox.flush();
                self.timeouts.ping_timeout
            }
            Action::GiveUp => {
                let reason = format!("no pong for {}", in_words(self.timeouts.ping_timeout));
                return self.close_now(CloseFrame::new(CloseCode::INTERNAL_ERROR, &reason));
            }
        };
        if let Some(idle) = self.timeouts.idle {
            let silence = now.saturating_duration_since(self.last_message);
            if silence >= idle {
                return self.close_now(CloseFrame::new(CloseCode::GOING_AWAY, "idle"));
            }
            wait = wait.min(idle - silence);
        }
        wait
    }

    fn close_now(&mut self, frame: CloseFrame) -> Duration {
        self.feed(Input::LocalClose, frame);
        self.timeouts.close
    }

    /// Asks the table, and does what it says; `close` is the Close to send if one is due.
    fn feed(&mut self, input: Input, close: CloseFrame) {
        match self.life.feed(input) {
            Step::Stay | Step::Drain => {}
            // At once: a writer may be deep in a write that a peer takes drop by drop.
            Step::Cut => self.sender().let_go(),
            Step::SendClose => {
                self.send_close(&close);
                self.close_deadline = Some(Instant::now() + self.timeouts.close);
            }
            Step::SendCloseAndDrain => self.send_close(&close),
        }
    }

    fn send_close(&mut self, frame: &CloseFrame) {
        self.outbox.flush();
        // A failed write has cut the connection: the next read says so.
        let _: io::Result<()> = self.sender().write_close(frame);
    }

    /// The last of TCP: the server ends its direction first, then both wait for the other's
    /// end, so that no reset eats the Close (7.1.1).
    fn drain(&mut self) {
        self.sender().dismiss_writer();
        if self.role == Role::Server || self.fault.is_some() {
            self.sender().finish();
        }
        if let Err(error) = self.read.discard(DRAIN_TIME, DRAIN_BYTES) {
            self.tls_fault = TlsFault::within(&error).cloned();
        }
        if self.role == Role::Client {
            self.sender().finish(); // behind the server's, so that TLS ends on both sides
        }
        self.feed(Input::TransportEnd, CloseFrame::EMPTY);
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.sender().end();
    }
}

/// A duration as people write it: `20s`, `1.5s`, `150ms`.
fn in_words(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{}ms", time.as_millis())
    } else {
        format!("{}s", time.as_secs_f64())
    }
}
