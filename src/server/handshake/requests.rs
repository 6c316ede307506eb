//! The requests of one connection, one after another, until one asks for a WebSocket.

use std::io::IoSlice;
use std::time::{Duration, Instant};

use super::upgraded::Ready;
use super::{Answer, Handshake};
use crate::connection::{accept_head, accept_next_head};
use crate::handshake::RequestHead;
use crate::transport::Stream;

/// How long a client over capacity may take to send its request, before it gets 503.
const OVER_CAPACITY_TIME: Duration = Duration::from_secs(2);

/// The most plain requests on one connection.
const MAX_PLAIN_REQUESTS: usize = 100;

/// How long a connection is kept open for the next plain request.
const KEPT_TIME: Duration = Duration::from_secs(5);

/// After the last plain answer: for how long, and how many bytes, this end reads until the client
/// ends TCP.
const LINGER_TIME: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 256 << 10;

impl<'a> Handshake<'a> {
    /// Reads and answers requests until one asks for a WebSocket. `None` if the connection has
    /// ended before.
    #[inline(never)]
    pub(super) fn answer_requests(&self, stream: Stream, accepted: Instant) -> Option<Ready<'a>> {
        let (stream, head, leftover) = self.read_request(stream, accepted)?;
        match self.answer(head, true) {
            Answer::Kept(response) => self.answer_more(stream, response, leftover),
            answer => self.follow(stream, leftover, answer),
        }
    }

    /// Sends a plain answer, and answers the requests that follow it.
    #[inline(never)]
    fn answer_more(
        &self,
        mut stream: Stream,
        mut response: Vec<u8>,
        mut leftover: Vec<u8>,
    ) -> Option<Ready<'a>> {
        for more in (0..MAX_PLAIN_REQUESTS - 1).rev() {
            let head;
            (stream, head, leftover) = self.next_request(stream, &response, leftover)?;
            match self.answer(head, more > 0) {
                Answer::Kept(next) => response = next,
                answer => return self.follow(stream, leftover, answer),
            }
        }
        None // the last one was told that it is the last
    }

    /// Opens a WebSocket, or sends the last answer of the connection.
    #[inline(never)]
    pub(super) fn follow(
        &self,
        stream: Stream,
        leftover: Vec<u8>,
        answer: Answer<'a>,
    ) -> Option<Ready<'a>> {
        match answer {
            Answer::Upgrade(upgraded) => Some(self.open(stream, leftover, upgraded)),
            Answer::Last(response) | Answer::Kept(response) => {
                send_last(stream, &response);
                None
            }
        }
    }

    /// Sends a plain answer and waits for the next request; returns `None` if there is none.
    #[inline(never)]
    fn next_request(
        &self,
        mut stream: Stream,
        response: &[u8],
        leftover: Vec<u8>,
    ) -> Option<(Stream, Box<RequestHead>, Vec<u8>)> {
        let written = stream.write.write_all(&mut [IoSlice::new(response)]);
        let shutdown = stream.shutdown.clone();
        if written.is_err() || !self.guard.begin_wait(shutdown.clone()) {
            shutdown.abort();
            return None;
        }
        let idle_deadline = Instant::now() + KEPT_TIME;
        let time = self.shared.settings.handshake_timeout;
        let limits = self.shared.settings.head_limits;
        let next = accept_next_head(&mut stream.read, leftover, limits, idle_deadline, time);
        self.guard.end_wait(shutdown);
        match next {
            Ok(Some((head, leftover))) => Some((stream, Box::new(head), leftover)),
            Ok(None) => {
                stream.write.finish();
                stream.shutdown.abort();
                None
            }
            Err(failure) => {
                self.head_failed(stream, &failure);
                None
            }
        }
    }

    /// Returns the request's head and the bytes after it, or `None` if no valid request came; that
    /// case has been handled then.
    #[inline(never)]
    fn read_request(
        &self,
        stream: Stream,
        accepted: Instant,
    ) -> Option<(Stream, Box<RequestHead>, Vec<u8>)> {
        let time = match self.guard.is_over_capacity {
            true => OVER_CAPACITY_TIME,
            false => self.shared.settings.handshake_timeout,
        };
        let deadline = accepted + time;
        let mut stream = self.accept_tls(stream, deadline)?;
        match accept_head(&mut stream.read, self.shared.settings.head_limits, deadline) {
            Ok((head, leftover)) => Some((stream, Box::new(head), leftover)),
            Err(failure) => {
                self.head_failed(stream, &failure);
                None
            }
        }
    }
}

/// Writes the last response on a connection and lets the client end it.
pub(super) fn send_last(mut stream: Stream, response: &[u8]) {
    let written = stream.write.write_all(&mut [IoSlice::new(response)]);
    if written.is_ok() {
        stream.write.finish();
        drop(stream.read.discard(LINGER_TIME, LINGER_BYTES)); // best effort
    }
    stream.shutdown.abort();
}
