//! The TLS handshake on a stream, either side, under a deadline for all of it.

use std::io::IoSlice;
use std::time::{Duration, Instant};

use super::library::{Engine, Step};
use super::pipe::Pipe;
use super::split::split;
use crate::transport::stream::{ReadOutcome, Stream};
use crate::transport::tls_failure::TlsFailure;

/// How much is read at once; a client's hello is mostly shorter.
const CHUNK_BYTES: usize = 2 << 10;

/// The first byte of a TLS record that may come in a handshake: handshake, or alert.
const FIRST_BYTES: [u8; 2] = [22, 21];

/// After a failed handshake: for how long, and how many bytes, this end reads until the peer ends
/// TCP. Otherwise a reset could discard the alert that says why the handshake failed.
const LINGER_TIME: Duration = Duration::from_millis(500);
const LINGER_BYTES: usize = 64 << 10;

/// A stream on which the TLS handshake failed, as it was before, and the reason.
#[derive(Debug)]
pub struct Rejected {
    /// The stream without TLS. Bytes that had been read from it are lost.
    pub stream: Stream,
    /// Why.
    pub failure: TlsFailure,
}

/// Moves bytes between the engine and the stream until the handshake is complete. `begin` starts
/// the engine on a pipe.
pub(super) fn shake_hands(
    mut stream: Stream,
    deadline: Instant,
    begin: impl FnOnce(Pipe) -> Step,
) -> Result<Stream, Box<Rejected>> {
    let pipe = Pipe::default();
    match carry(&mut stream, &pipe, deadline, begin) {
        Ok(engine) => Ok(split(stream, engine, pipe)),
        Err(failure) => {
            if matches!(failure, TlsFailure::Refused(_) | TlsFailure::Alert(_)) {
                stream.write.finish();
                drop(stream.read.discard(LINGER_TIME, LINGER_BYTES)); // best effort
            }
            Err(Box::new(Rejected { stream, failure }))
        }
    }
}

fn carry(
    stream: &mut Stream,
    pipe: &Pipe,
    deadline: Instant,
    begin: impl FnOnce(Pipe) -> Step,
) -> Result<Engine, TlsFailure> {
    let mut step = begin(pipe.clone());
    let mut heard = false;
    loop {
        let outgoing = pipe.take_outgoing();
        let sent = stream.write.write_all(&mut [IoSlice::new(&outgoing)]);
        let middle = match step {
            Step::Done(engine) => return sent.map(|()| engine).map_err(TlsFailure::Io),
            Step::Failed(failure) => return Err(failure),
            Step::NeedsMore(middle) => middle,
        };
        sent.map_err(TlsFailure::Io)?;
        let mut chunk = pipe.reclaim();
        chunk.resize(CHUNK_BYTES, 0);
        let read = loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(if heard {
                    TlsFailure::TooSlow
                } else {
                    TlsFailure::Silent
                });
            }
            match stream.read.read(&mut chunk, left).map_err(TlsFailure::Io)? {
                ReadOutcome::TimedOut => {}
                ReadOutcome::Eof => return Err(TlsFailure::Ended),
                ReadOutcome::Data(read) => break read,
            }
        };
        if !heard && !FIRST_BYTES.contains(&chunk[0]) {
            let http = chunk[0].is_ascii_uppercase();
            return Err(TlsFailure::NotTls { http });
        }
        heard = true;
        pipe.feed(&mut chunk, read);
        step = middle.go_on();
    }
}
