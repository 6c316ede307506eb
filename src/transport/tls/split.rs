//! One TLS engine for two threads: the halves of a stream under TLS.
//!
//! The engine is behind a lock that is held to encrypt or decrypt, never to wait for the peer.
//! Three rules keep the ciphertext in the order in which it was made, whoever made it:
//!
//! - it all goes through the pipe's outgoing buffer, and is made and taken under the lock;
//! - while the write half is on the socket (`writing`), nobody else is: what the read half's
//!   engine work makes then (answers to key updates, alerts) waits in the buffer, and the write
//!   half does not leave before that is empty;
//! - while it is not, the read half sends such answers itself, under the lock and without
//!   waiting: what the socket has no room for goes with the next write, or a moment later.
//!
//! So a reader never waits for a peer to read, and two ends that flood each other cannot stall.

use std::io::{self, IoSlice, Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::library::{self, RECORD_BYTES, fault_of};
use super::pipe::Pipe;
use crate::lock::Lock;
use crate::transport::stream::{
    ReadHalf, ReadOutcome, ReadStream, ShutdownHandle, Stream, WriteHalf, WriteStream,
};
use crate::transport::tls_failure::TlsFault;

/// About how much is encrypted at once: some 20 microseconds' work, for which the reader may have
/// to wait.
const BURST_BYTES: usize = 64 << 10;

/// How much is read from the socket at once: little while the peer is quiet, more as more arrives.
const QUIET_READ_BYTES: usize = 1 << 10;
const BUSY_READ_BYTES: usize = 64 << 10;

/// TLS's own answers that a peer may leave unread before the connection is ended. They take some 30
/// bytes for each key update; a peer that behaves well never comes near this.
const MOST_UNSENT_BYTES: usize = 64 << 10;

/// After this time the read half tries again to send what the socket had no room for.
const SEND_AGAIN: Duration = Duration::from_millis(20);

/// The most plaintext that may wait while a peer delays a renegotiation (TLS 1.2).
const MOST_HELD_BYTES: usize = 4 << 20;

/// After TLS failed: for how long, and how many bytes, this end reads until the peer ends TCP.
/// Otherwise a reset could discard the alert that says why.
const LINGER_TIME: Duration = Duration::from_millis(500);
const LINGER_BYTES: usize = 256 << 10;

/// How long writing the last record, TLS's own end, may take.
const FINISH_TIME: Duration = Duration::from_secs(1);

/// Puts an engine whose handshake is complete between a stream and its user.
pub(super) fn split(stream: Stream, engine: library::Engine, pipe: Pipe) -> Stream {
    let Stream {
        read,
        write,
        shutdown,
    } = stream;
    let engine = Engine {
        tls: engine,
        pipe: pipe.clone(),
        writing: false,
        held: Vec::new(),
    };
    let engine = Arc::new(Lock::new(engine));
    let read = TlsRead {
        socket: read,
        shutdown: shutdown.clone(),
        engine: engine.clone(),
        pipe,
        is_dry: false,
        read_bytes: QUIET_READ_BYTES,
        end: None,
    };
    let write = TlsWrite {
        socket: write,
        engine,
    };
    Stream::from_parts(read, write, shutdown)
}

/// What both halves share.
#[derive(Debug)]
struct Engine {
    tls: library::Engine,
    pipe: Pipe,
    /// The write half is writing to the socket, or stopped in the middle of a record.
    writing: bool,
    /// Plaintext that could not be encrypted while the peer renegotiates: the engine has to read
    /// first. It is sent before everything else, as soon as the read half has read for the engine.
    held: Vec<u8>,
}

impl Engine {
    /// Encrypts the next burst of `slices`, which then begin behind it.
    fn encrypt(&mut self, slices: &mut &mut [IoSlice<'_>]) -> io::Result<()> {
        let mut burst: usize = slices.iter().map(|slice| slice.len()).sum();
        burst = burst.min(BURST_BYTES);
        if burst > 0 {
            let records = burst / RECORD_BYTES + 1;
            self.pipe.expect_outgoing(burst + records * 64);
        }
        while burst > 0 && !slices.is_empty() {
            if !self.held.is_empty() {
                return self.hold(slices);
            }
            let first = &slices[0];
            // Short slices share a record, so that a frame's header does not get one of its own.
            let done = if slices.len() == 1 || first.len() >= RECORD_BYTES {
                self.tls.write(first)
            } else {
                self.tls.write(&record_of(slices))
            };
            match done {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(bytes) => {
                    IoSlice::advance_slices(slices, bytes);
                    burst = burst.saturating_sub(bytes);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return self.hold(slices);
                }
                Err(error) => return Err(broken(&error).into()),
            }
        }
        Ok(())
    }

    fn hold(&mut self, slices: &mut &mut [IoSlice<'_>]) -> io::Result<()> {
        let bytes: usize = slices.iter().map(|slice| slice.len()).sum();
        if !self.held.is_empty() && self.held.len() + bytes > MOST_HELD_BYTES {
            return Err(io::ErrorKind::TimedOut.into()); // the peer has had its time
        }
        slices
            .iter()
            .for_each(|slice| self.held.extend_from_slice(slice));
        IoSlice::advance_slices(slices, bytes);
        Ok(())
    }

    /// Encrypts held plaintext, as far as the engine accepts it.
    fn encrypt_held(&mut self) -> io::Result<()> {
        let mut done = 0;
        let result = loop {
            if done == self.held.len() {
                break Ok(());
            }
            match self.tls.write(&self.held[done..]) {
                Ok(0) => break Err(io::ErrorKind::WriteZero.into()),
                Ok(bytes) => done += bytes,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break Ok(()),
                Err(error) => break Err(broken(&error).into()),
            }
        };
        if done == self.held.len() {
            self.held = Vec::new();
        } else {
            self.held.drain(..done);
        }
        result
    }

    /// Sends what the read half's work produced, unless the write half sends it; never waits.
    fn send_now(&self, shutdown: &ShutdownHandle) {
        if self.writing || self.pipe.outgoing_bytes() == 0 {
            return;
        }
        let mut outgoing = self.pipe.take_outgoing();
        // An error means that the socket is gone; the next read or write says so.
        let sent = shutdown.write_now(&outgoing).unwrap_or(0);
        outgoing.drain(..sent);
        self.pipe.put_back(outgoing);
    }
}

/// The beginning of `slices`, as much as fits into a record.
fn record_of(slices: &[IoSlice<'_>]) -> Vec<u8> {
    let bytes: usize = slices.iter().map(|slice| slice.len()).sum();
    let mut record = Vec::with_capacity(bytes.min(RECORD_BYTES));
    for slice in slices {
        let room = RECORD_BYTES - record.len();
        record.extend_from_slice(&slice[..slice.len().min(room)]);
        if record.len() == RECORD_BYTES {
            break;
        }
    }
    record
}

fn broken(error: &io::Error) -> TlsFault {
    let known = TlsFault::within(error).cloned();
    known.unwrap_or_else(|| fault_of(error))
}

/// The receiving direction under TLS.
#[derive(Debug)]
struct TlsRead {
    socket: ReadHalf,
    shutdown: ShutdownHandle,
    engine: Arc<Lock<Engine>>,
    pipe: Pipe,
    /// The engine has nothing left to return: more can only come from the socket.
    is_dry: bool,
    read_bytes: usize,
    end: Option<End>,
}

/// How the receiving direction ended; this does not change any more.
#[derive(Debug, Clone)]
enum End {
    Notified,
    Fault(TlsFault),
}

impl ReadStream for TlsRead {
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<ReadOutcome> {
        let deadline = Instant::now().checked_add(timeout);
        let mut left = timeout;
        loop {
            if self.end.is_none() && !self.is_dry {
                let bytes = self.decrypt(buffer);
                if bytes > 0 {
                    return Ok(ReadOutcome::Data(bytes));
                }
            }
            match &self.end {
                None => {}
                Some(End::Notified) => return Ok(ReadOutcome::Eof),
                Some(End::Fault(fault)) => return Err(fault.clone().into()),
            }
            if left.is_zero() && !timeout.is_zero() {
                return Ok(ReadOutcome::TimedOut);
            }
            let mut ciphertext = self.pipe.reclaim();
            if ciphertext.len() != self.read_bytes {
                ciphertext = vec![0; self.read_bytes];
            }
            let unsent = self.pipe.outgoing_bytes() > 0;
            let wait = if unsent { left.min(SEND_AGAIN) } else { left };
            match self.socket.read(&mut ciphertext, wait)? {
                ReadOutcome::Data(bytes) => {
                    if bytes == ciphertext.len() {
                        self.read_bytes = (self.read_bytes * 4).min(BUSY_READ_BYTES);
                    }
                    self.pipe.feed(&mut ciphertext, bytes);
                    self.is_dry = false;
                }
                ReadOutcome::TimedOut if unsent => self.engine.lock().send_now(&self.shutdown),
                ReadOutcome::TimedOut => {
                    self.read_bytes = QUIET_READ_BYTES;
                    return Ok(ReadOutcome::TimedOut);
                }
                ReadOutcome::Eof => self.end = Some(End::Fault(TlsFault::Truncated)),
            }
            // A record may arrive in pieces: the timeout is for all of them.
            if let Some(deadline) = deadline {
                left = deadline.saturating_duration_since(Instant::now());
            }
        }
    }
}

impl TlsRead {
    /// Decrypts what has arrived into `buffer`, as far as it has room.
    fn decrypt(&mut self, buffer: &mut [u8]) -> usize {
        let mut filled = 0;
        let mut engine = self.engine.lock();
        while filled < buffer.len() {
            match engine.tls.read(&mut buffer[filled..]) {
                Ok(0) => {
                    self.end = Some(End::Notified);
                    break;
                }
                Ok(bytes) => filled += bytes,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.is_dry = true;
                    break;
                }
                Err(error) => {
                    self.end = Some(End::Fault(broken(&error)));
                    break;
                }
            }
        }
        if !engine.held.is_empty()
            && let Err(error) = engine.encrypt_held()
        {
            self.end = Some(End::Fault(broken(&error)));
        }
        engine.send_now(&self.shutdown);
        // This is under the lock, so that what the write half is producing is not counted.
        if self.pipe.outgoing_bytes() > MOST_UNSENT_BYTES {
            let why = "the peer does not read what TLS answers it".to_owned();
            self.end = Some(End::Fault(TlsFault::Broken(why)));
        }
        drop(engine);
        if matches!(self.end, Some(End::Fault(_))) {
            drop(self.socket.discard(LINGER_TIME, LINGER_BYTES)); // best effort
        }
        filled
    }
}

/// The sending direction under TLS.
#[derive(Debug)]
struct TlsWrite {
    socket: WriteHalf,
    engine: Arc<Lock<Engine>>,
}

impl TlsWrite {
    /// Encrypts all of `slices`, burst by burst, and has `write` send each.
    fn encrypt_all(
        &mut self,
        mut slices: &mut [IoSlice<'_>],
        mut write: impl FnMut(&mut WriteHalf, &[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        loop {
            let outgoing = {
                let mut engine = self.engine.lock();
                engine.encrypt(&mut slices)?;
                let outgoing = engine.pipe.take_outgoing();
                engine.writing = !outgoing.is_empty();
                outgoing
            };
            if outgoing.is_empty() {
                return Ok(());
            }
            // After an error `writing` stays set: nothing may follow half a record.
            write(&mut self.socket, &outgoing)?;
        }
    }
}

impl WriteStream for TlsWrite {
    fn write_all(&mut self, slices: &mut [IoSlice<'_>]) -> io::Result<()> {
        self.encrypt_all(slices, |socket, outgoing| {
            socket.write_all(&mut [IoSlice::new(outgoing)])
        })
    }

    fn write_all_by(&mut self, slices: &mut [IoSlice<'_>], deadline: Instant) -> io::Result<()> {
        self.encrypt_all(slices, |socket, outgoing| {
            socket.write_all_by(&mut [IoSlice::new(outgoing)], deadline)
        })
    }

    /// `close_notify`, then the end of TCP's direction.
    fn finish(&mut self) {
        // Errors here mean that TLS or TCP has failed already, which the reader has been told.
        drop(self.engine.lock().tls.shutdown());
        drop(self.write_all_by(&mut [], Instant::now() + FINISH_TIME));
        self.socket.finish();
    }
}
