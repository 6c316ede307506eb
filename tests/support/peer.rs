//! The other end of a session in memory, written by hand: raw bytes out, frames in.

#![allow(dead_code)] // each test file is a crate of its own and uses a part of this

use std::io::IoSlice;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use wshub::connection::{
    CloseCause, ConnectionId, Incoming, MemoryBudget, Outbox, QueueLimits, Sender, Session,
    SessionSettings, Timeouts,
};
use wshub::protocol::{Limits, MinRate, Rate, Receiver, Role};
use wshub::transport::{ReadOutcome, Stream, memory_pair};

use super::{Frame, Seen, wire};

/// No condition of these tests takes longer, on any machine.
pub const TIMEOUT: Duration = Duration::from_secs(20);

/// What a test may set of a session.
pub struct Setup {
    pub limits: Limits,
    pub queue: QueueLimits,
    pub timeouts: Timeouts,
    pub min_rate: Option<MinRate>,
    pub max_rate: Option<Rate>,
    pub memory: MemoryBudget,
    pub leftover: Vec<u8>,
    pub response_head: Vec<u8>,
    /// Bytes that each direction holds before its writer waits.
    pub capacity: usize,
    /// What both ends agreed on for compressed messages.
    #[cfg(feature = "deflate")]
    pub deflate: Option<wshub::connection::Deflate>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            queue: QueueLimits::default(),
            timeouts: Timeouts::default(),
            min_rate: None,
            max_rate: None,
            memory: MemoryBudget::default(),
            leftover: Vec::new(),
            response_head: Vec::new(),
            capacity: 1 << 20,
            #[cfg(feature = "deflate")]
            deflate: None,
        }
    }
}

/// A session of `role` that runs on its own thread, and the peer that talks to it.
pub struct Peer {
    role: Role,
    stream: Stream,
    receiver: Receiver,
    pub sender: Sender,
    session: JoinHandle<CloseCause>,
}

impl Peer {
    /// A server's session that echoes messages.
    pub fn of_echo(setup: Setup) -> Self {
        Self::of(Role::Server, setup, |incoming, outbox| {
            if let Incoming::Message(message) = incoming {
                outbox.send(message);
            }
        })
    }

    pub fn of(
        role: Role,
        setup: Setup,
        app: impl FnMut(Incoming<'_>, &mut Outbox) + Send + 'static,
    ) -> Self {
        let (ours, stream) = memory_pair(setup.capacity, setup.timeouts.write);
        let mut session = Session::new(
            ConnectionId::next(),
            role,
            ours,
            &setup.leftover,
            setup.response_head,
            SessionSettings {
                limits: setup.limits,
                queue: setup.queue,
                timeouts: setup.timeouts,
                min_rate: setup.min_rate,
                max_rate: setup.max_rate,
                #[cfg(feature = "deflate")]
                deflate: setup.deflate,
            },
        );
        session.limit_memory(&setup.memory);
        let sender = session.sender();
        let session = thread::spawn(move || session.run(app));
        let other = match role {
            Role::Server => Role::Client,
            Role::Client => Role::Server,
        };
        let limits = Limits {
            max_message_bytes: 1 << 30,
            ..Limits::default()
        };
        #[allow(unused_mut)]
        let mut receiver = Receiver::new(other, limits);
        #[cfg(feature = "deflate")]
        if let Some(deflate) = setup.deflate {
            receiver.accept_compressed(deflate.inflater());
        }
        Self {
            role,
            stream,
            receiver,
            sender,
            session,
        }
    }

    /// Sends these frames in one write.
    pub fn send(&mut self, frames: &[Frame]) {
        self.send_bytes(&wire(self.role, frames));
    }

    /// Sends bytes; if the other end no longer reads, the test notices it elsewhere.
    pub fn send_bytes(&mut self, bytes: &[u8]) {
        let _ = self.stream.write.write_all(&mut [IoSlice::new(bytes)]);
    }

    /// Ends this direction without a Close.
    pub fn finish(&mut self) {
        self.stream.write.finish();
    }

    /// Ends both directions at once.
    pub fn abort(&mut self) {
        self.stream.shutdown.abort();
    }

    /// The bytes of the next read, raw: for what is no frame.
    pub fn raw(&mut self) -> Vec<u8> {
        let mut bytes = vec![0; 4096];
        match self.stream.read.read(&mut bytes, TIMEOUT) {
            Ok(ReadOutcome::Data(read)) => bytes.truncate(read),
            other => panic!("nothing came: {other:?}"),
        }
        bytes
    }

    /// The next event, or `None` at the end of the stream.
    pub fn next(&mut self) -> Option<Seen> {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            if let Some(event) = self.receiver.next_event().expect("a valid frame") {
                return Some(event.into());
            }
            assert!(Instant::now() < deadline, "nothing came within {TIMEOUT:?}");
            match self
                .stream
                .read
                .read(self.receiver.space(), TIMEOUT)
                .expect("a read")
            {
                ReadOutcome::Data(bytes) => self.receiver.filled(bytes),
                ReadOutcome::TimedOut => {}
                ReadOutcome::Eof => return None,
            }
        }
    }

    /// Nothing comes for this long, not even the end of the stream.
    pub fn is_quiet_for(&mut self, time: Duration) -> bool {
        let read = self.stream.read.read(&mut [0], time).expect("a read");
        read == ReadOutcome::TimedOut
    }

    /// Everything up to the end of the stream.
    pub fn rest(&mut self) -> Vec<Seen> {
        std::iter::from_fn(|| self.next()).collect()
    }

    /// How the session ended, while the peer takes what it gets byte by byte.
    pub fn cause_while_dripping(mut self) -> CloseCause {
        let deadline = Instant::now() + TIMEOUT;
        let drip = Duration::from_millis(2);
        while !self.session.is_finished() {
            assert!(Instant::now() < deadline, "the session did not end");
            let _ = self.stream.read.read(&mut [0], drip); // an error: it has ended
            thread::sleep(drip); // the behaviour under test, not luck
        }
        self.cause()
    }

    /// How the session ended. The peer's end of the stream is gone by then.
    pub fn cause(self) -> CloseCause {
        let Self {
            stream, session, ..
        } = self;
        let deadline = Instant::now() + TIMEOUT;
        while !session.is_finished() {
            assert!(Instant::now() < deadline, "the session did not end");
            thread::sleep(Duration::from_millis(1));
        }
        drop(stream);
        session.join().expect("no panic")
    }
}
