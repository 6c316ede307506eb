//! The two halves of a connection's byte stream, and the handle that ends both.
//!
//! The reader's thread owns the [`ReadHalf`]; the [`WriteHalf`] stands behind the sender's
//! mutex; a [`Cutter`] may be used from anywhere, whoever is blocked in the halves.

use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::memory::Pipe;
use super::tls::{TlsRead, TlsWrite};

/// Windows does not wake a blocked read when the socket is shut down (rust-lang/rust#121594):
/// there a read returns at least this often, so that its thread can look around.
const LONGEST_READ: Option<Duration> = if cfg!(windows) {
    Some(Duration::from_millis(500))
} else {
    None
};

/// What a read came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadOutcome {
    /// This many bytes arrived, at least one.
    Data(usize),
    /// Nothing arrived in time. It may come a little early or late: ask the clock.
    TimedOut,
    /// The peer ended its direction.
    Eof,
}

/// A byte stream, taken apart.
#[derive(Debug)]
pub struct Stream {
    /// For the one thread that reads.
    pub read: ReadHalf,
    /// For whoever holds the right to write.
    pub write: WriteHalf,
    /// Ends both, from any thread.
    pub cutter: Cutter,
}

impl Stream {
    /// Takes over a connected socket: no delay for small writes, blocking, and a bound of
    /// `write_timeout` on each blocked write.
    pub fn tcp(socket: TcpStream, write_timeout: Duration) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        socket.set_write_timeout(Some(write_timeout))?;
        let socket = Arc::new(socket);
        Ok(Self {
            read: ReadHalf(Reading::Tcp {
                socket: socket.clone(),
                timeout: None,
            }),
            write: WriteHalf(Writing::Tcp(socket.clone())),
            cutter: Cutter(Cutting::Tcp(socket)),
        })
    }

    pub(super) fn memory(from: Arc<Pipe>, to: Arc<Pipe>) -> Self {
        Self {
            read: ReadHalf(Reading::Memory(from.clone())),
            write: WriteHalf(Writing::Memory(to.clone())),
            cutter: Cutter(Cutting::Memory(from, to)),
        }
    }
}

/// The receiving direction.
#[derive(Debug)]
pub struct ReadHalf(Reading);

#[derive(Debug)]
enum Reading {
    Tcp {
        socket: Arc<TcpStream>,
        timeout: Option<Duration>,
    },
    Memory(Arc<Pipe>),
    Tls(Box<TlsRead>),
}

impl ReadHalf {
    pub(super) fn tls(read: TlsRead) -> Self {
        Self(Reading::Tls(Box::new(read)))
    }

    /// Reads what is there, or waits for it for about `timeout` (`Duration::MAX`: for ever).
    /// `buffer` must not be empty.
    pub fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<ReadOutcome> {
        let timeout = LONGEST_READ.map_or(timeout, |longest| timeout.min(longest));
        let outcome = match &mut self.0 {
            Reading::Tcp {
                socket,
                timeout: set,
            } => {
                if !is_close_to(*set, timeout) {
                    // Zero would mean "for ever" to the system.
                    let wanted = timeout.max(Duration::from_millis(1));
                    socket.set_read_timeout((wanted != Duration::MAX).then_some(wanted))?;
                    *set = Some(wanted);
                }
                (&**socket).read(buffer)
            }
            Reading::Memory(pipe) => pipe.read(buffer, timeout),
            Reading::Tls(tls) => return tls.read(buffer, timeout),
        };
        match outcome {
            Ok(0) => Ok(ReadOutcome::Eof),
            Ok(bytes) => Ok(ReadOutcome::Data(bytes)),
            Err(error) => match error.kind() {
                // Unix says WouldBlock, Windows TimedOut; a signal is no more than an early end.
                io::ErrorKind::WouldBlock
                | io::ErrorKind::TimedOut
                | io::ErrorKind::Interrupted => Ok(ReadOutcome::TimedOut),
                _ => Err(error),
            },
        }
    }

    /// Reads and forgets what still comes, until the peer ends its direction, for `time` and
    /// for `bytes` at most. Closing a socket with unread bytes resets the connection, and a
    /// reset can eat what was written last: a Close, or the answer to a bad request.
    ///
    /// Errors: what the last read said, where it was an error.
    pub fn discard(&mut self, time: Duration, mut bytes: usize) -> io::Result<()> {
        let deadline = Instant::now() + time;
        let mut scratch = [0; 4096];
        while bytes > 0 {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            match self.read(&mut scratch, left)? {
                ReadOutcome::Data(read) => bytes = bytes.saturating_sub(read),
                ReadOutcome::TimedOut => {}
                ReadOutcome::Eof => return Ok(()),
            }
        }
        Ok(())
    }
}

/// Whether the timeout that is set serves for the one that is wanted: it may end a little
/// late (a sixteenth) and well early, since the caller asks the clock. This saves a system
/// call for each message, as a deadline moves by microseconds.
fn is_close_to(set: Option<Duration>, wanted: Duration) -> bool {
    set.is_some_and(|set| {
        set == wanted
            || (wanted != Duration::MAX && set >= wanted / 2 && set <= wanted + wanted / 16)
    })
}

/// The sending direction.
#[derive(Debug)]
pub struct WriteHalf(Writing);

#[derive(Debug)]
enum Writing {
    Tcp(Arc<TcpStream>),
    Memory(Arc<Pipe>),
    Tls(Box<TlsWrite>),
}

impl WriteHalf {
    pub(super) fn tls(write: TlsWrite) -> Self {
        Self(Writing::Tls(Box::new(write)))
    }

    /// Writes all of `slices`, in as few calls as the system allows.
    ///
    /// Errors: `TimedOut` when the peer took nothing for the write timeout; whatever the
    /// system says otherwise. After an error the stream may hold half a frame: cut it.
    pub fn write_all(&mut self, mut slices: &mut [IoSlice<'_>]) -> io::Result<()> {
        IoSlice::advance_slices(&mut slices, 0); // leaves out empty ones at the front
        if let Writing::Tls(tls) = &mut self.0 {
            return tls.write_all(slices);
        }
        while !slices.is_empty() {
            let written = match &mut self.0 {
                // One slice goes the system's shorter way: most answers are one.
                Writing::Tcp(socket) => match slices {
                    [slice] => (&**socket).write(slice),
                    _ => (&**socket).write_vectored(slices),
                },
                Writing::Memory(pipe) => pipe.write(slices),
                Writing::Tls(_) => return Ok(()), // dealt with above
            };
            match written {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(bytes) => IoSlice::advance_slices(&mut slices, bytes),
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted => {}
                    io::ErrorKind::WouldBlock => return Err(io::ErrorKind::TimedOut.into()),
                    _ => return Err(error),
                },
            }
        }
        Ok(())
    }

    /// Ends this direction: the peer reads what was written, then the end of the stream (under
    /// TLS with `close_notify` before it).
    pub fn finish(&mut self) {
        match &mut self.0 {
            // An error here means that the peer is gone already.
            Writing::Tcp(socket) => drop(socket.shutdown(Shutdown::Write)),
            Writing::Memory(pipe) => pipe.finish(),
            Writing::Tls(tls) => tls.finish(),
        }
    }
}

/// Ends both directions at once, from any thread; what is blocked in them returns (on
/// Windows a blocked read within half a second).
#[derive(Debug, Clone)]
pub struct Cutter(Cutting);

#[derive(Debug, Clone)]
enum Cutting {
    Tcp(Arc<TcpStream>),
    Memory(Arc<Pipe>, Arc<Pipe>),
}

impl Cutter {
    /// Cuts the connection. Doing it again does nothing.
    pub fn cut(&self) {
        match &self.0 {
            // An error here means that the peer is gone already.
            Cutting::Tcp(socket) => drop(socket.shutdown(Shutdown::Both)),
            Cutting::Memory(one, other) => {
                one.cut();
                other.cut();
            }
        }
    }

    /// Says a last word, if there is room for it at once, and cuts.
    pub fn cut_with(&self, last_words: &[u8]) {
        drop(self.write_now(last_words)); // best effort, by its contract
        self.cut();
    }

    /// Writes what there is room for at once, and says how much that was. Only for who knows
    /// that nobody is reading or writing meanwhile: it would not wait either.
    pub(super) fn write_now(&self, bytes: &[u8]) -> io::Result<usize> {
        match &self.0 {
            Cutting::Tcp(socket) => {
                socket.set_nonblocking(true)?;
                let written = (&**socket).write(bytes);
                socket.set_nonblocking(false)?;
                written
            }
            Cutting::Memory(_, to) => to.write_now(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_timeout_serves_while_it_is_near_the_wanted_one() {
        let ms = Duration::from_millis;
        let rows = [
            (None, ms(100), false),
            (Some(ms(100)), ms(100), true),
            (Some(ms(20_000)), ms(19_999), true),
            (Some(ms(20_000)), ms(15_000), false),
            (Some(ms(20_000)), ms(30_000), true),
            (Some(ms(20_000)), ms(50_000), false),
            (Some(ms(20_000)), Duration::MAX, false),
            (Some(Duration::MAX), Duration::MAX, true),
            (Some(Duration::MAX), ms(5), false),
        ];
        for (set, wanted, expected) in rows {
            assert_eq!(is_close_to(set, wanted), expected, "{set:?} for {wanted:?}");
        }
    }
}
