//! The opening handshake on a stream, for both sides, with one deadline for all of it: a peer that
//! sends a byte a second gains no time.

use std::fmt;
use std::io;
use std::time::{Duration, Instant};

use crate::handshake::{
    Accepted, BadUpgrade, BodyPreview, Fed, HeadError, HeadLimits, Refusal, RequestHead,
    RequestParser, ResponseHead, ResponseParser, check, check_with_deflate,
};
use crate::transport::{ReadHalf, ReadOutcome, TlsFault};

/// Bytes of a head that are read at once.
const CHUNK_BYTES: usize = 2 << 10;

/// For how long the body of an answer other than 101 is read.
const BODY_TIME: Duration = Duration::from_secs(1);

/// Why there is no head, or no valid one.
#[derive(Debug)]
#[non_exhaustive]
pub enum HandshakeFailure {
    /// The head breaks a rule of HTTP/1.1.
    Head(HeadError),
    /// The time ended in the middle of a head.
    TooSlow,
    /// The time ended before the first byte.
    Silent,
    /// TCP ended before the head did.
    Ended,
    /// Reading failed.
    Io(io::Error),
    /// The head is not a valid answer to our request.
    Refused {
        /// The rule that it breaks.
        rule: BadUpgrade,
        /// The head.
        response: Box<ResponseHead>,
        /// What its body says, in one line; see [`BodyPreview::line`].
        body: String,
    },
}

impl std::error::Error for HandshakeFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Head(error) => Some(error),
            Self::Io(error) => Some(error),
            Self::Refused { rule, .. } => Some(rule),
            Self::TooSlow | Self::Silent | Self::Ended => None,
        }
    }
}

impl HandshakeFailure {
    /// The answer to send to a client; `None` if nobody would read it.
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Head(error) => Some(Refusal::from(error)),
            Self::TooSlow => Some(Refusal::new(408, "The request took too long to arrive.")),
            _ => None,
        }
    }
}

impl fmt::Display for HandshakeFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head(error) => error.fmt(f),
            Self::TooSlow => write!(f, "the head took too long to arrive"),
            Self::Silent => write!(f, "nothing was sent in time"),
            Self::Ended => write!(f, "TCP ended before the end of the head"),
            Self::Io(error) => match TlsFault::within(error) {
                Some(fault) => fault.fmt(f),
                None => write!(f, "reading failed: {}", error.kind()),
            },
            Self::Refused { rule, .. } => rule.fmt(f),
        }
    }
}

/// Reads a request head within these limits, until `deadline`; with it comes what arrived after it.
///
/// # Errors
///
/// [`HandshakeFailure`] says why there is none; [`HandshakeFailure::refusal`] what to answer.
pub fn accept_head(
    read: &mut ReadHalf,
    limits: HeadLimits,
    deadline: Instant,
) -> Result<(RequestHead, Vec<u8>), HandshakeFailure> {
    let mut parser = RequestParser::with_limits(limits);
    read_head(read, deadline, |bytes| parser.feed(bytes))
}

/// Reads the head of a further request on a connection that was kept open for one. Its first byte
/// has to come by `idle_deadline`, unless `leftover`, read after the request before it, holds it
/// already; all of it within `time` of that. With it comes what arrived after it. `None`: the peer
/// wants nothing more.
///
/// # Errors
///
/// As for [`accept_head`]; a connection that ends before the first byte is not an error here.
pub fn accept_next_head(
    read: &mut ReadHalf,
    leftover: Vec<u8>,
    limits: HeadLimits,
    idle_deadline: Instant,
    time: Duration,
) -> Result<Option<(RequestHead, Vec<u8>)>, HandshakeFailure> {
    let mut first = leftover;
    while first.is_empty() {
        let left = idle_deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        first.resize(CHUNK_BYTES, 0);
        let read = match read.read(&mut first, left) {
            Ok(ReadOutcome::Data(bytes)) => bytes,
            Ok(ReadOutcome::TimedOut) => 0,
            // A browser may also reset a connection that it no longer wants.
            Ok(ReadOutcome::Eof) | Err(_) => return Ok(None),
        };
        first.truncate(read);
    }
    let deadline = Instant::now() + time;
    let mut parser = RequestParser::with_limits(limits);
    match parser.feed(&first).map_err(HandshakeFailure::Head)? {
        Fed::Done { head, consumed } => Ok(Some((head, first.split_off(consumed)))),
        Fed::NeedMore => match read_head(read, deadline, |bytes| parser.feed(bytes)) {
            Err(HandshakeFailure::Silent) => Err(HandshakeFailure::TooSlow), // it had begun
            read => read.map(Some),
        },
    }
}

/// Reads the answer to a request that was written and judges it; with it comes what arrived after
/// it. `nonce` and `offered`, the subprotocols, are those of the request; `deflate` says whether it
/// offered compressed messages (RFC 7692). The answer has to be there by `deadline`.
///
/// # Errors
///
/// [`HandshakeFailure`]: no answer came, or one that is not a valid upgrade.
pub fn request_upgrade(
    read: &mut ReadHalf,
    nonce: [u8; 16],
    offered: &[String],
    deflate: bool,
    deadline: Instant,
) -> Result<(Accepted, ResponseHead, Vec<u8>), HandshakeFailure> {
    let (head, behind) = read_response(read, deadline)?;
    let checked = match deflate {
        true => check_with_deflate(&head, nonce, offered),
        false => check(&head, nonce, offered),
    };
    match checked {
        Ok(accepted) => Ok((accepted, head, behind)),
        Err(rule) => Err(HandshakeFailure::Refused {
            body: preview_body(read, &head, &behind, deadline),
            rule,
            response: Box::new(head),
        }),
    }
}

/// Reads a final response head, until `deadline`; interim ones before it are skipped. With it comes
/// what arrived after it.
pub(crate) fn read_response(
    read: &mut ReadHalf,
    deadline: Instant,
) -> Result<(ResponseHead, Vec<u8>), HandshakeFailure> {
    let mut parser = ResponseParser::with_limits(HeadLimits::RESPONSE);
    let (mut head, mut behind) = read_head(read, deadline, |bytes| parser.feed(bytes))?;
    while head.is_interim() {
        (head, behind) = match parser.feed(&behind).map_err(HandshakeFailure::Head)? {
            Fed::Done { head, consumed } => (head, behind.split_off(consumed)),
            Fed::NeedMore => read_head(read, deadline, |bytes| parser.feed(bytes))?,
        };
    }
    Ok((head, behind))
}

/// What the body of a refusal says, in one line: mostly the sentence that says why. This waits for
/// at most a second.
pub(crate) fn preview_body(
    read: &mut ReadHalf,
    head: &ResponseHead,
    behind: &[u8],
    deadline: Instant,
) -> String {
    let deadline = deadline.min(Instant::now() + BODY_TIME);
    let mut preview = BodyPreview::new(head);
    preview.feed(behind);
    let mut chunk = vec![0; CHUNK_BYTES];
    while !preview.is_enough() {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        match read.read(&mut chunk, left) {
            Ok(ReadOutcome::Data(bytes)) => preview.feed(&chunk[..bytes]),
            Ok(ReadOutcome::TimedOut) => {}
            Ok(ReadOutcome::Eof) | Err(_) => break,
        }
    }
    preview.line()
}

fn read_head<H>(
    read: &mut ReadHalf,
    deadline: Instant,
    mut feed: impl FnMut(&[u8]) -> Result<Fed<H>, HeadError>,
) -> Result<(H, Vec<u8>), HandshakeFailure> {
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut started = false;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(if started {
                HandshakeFailure::TooSlow
            } else {
                HandshakeFailure::Silent
            });
        }
        match read.read(&mut chunk, left).map_err(HandshakeFailure::Io)? {
            ReadOutcome::TimedOut => {}
            ReadOutcome::Eof => return Err(HandshakeFailure::Ended),
            ReadOutcome::Data(bytes) => {
                started = true;
                match feed(&chunk[..bytes]).map_err(HandshakeFailure::Head)? {
                    Fed::NeedMore => {}
                    Fed::Done { head, consumed } => {
                        return Ok((head, chunk[consumed..bytes].to_vec()));
                    }
                }
            }
        }
    }
}
