//! The two halves of a connection's byte stream, and the handle that ends both.
//!
//! The reader's thread owns the [`ReadHalf`]; the [`WriteHalf`] is behind the sender's mutex; a
//! [`ShutdownHandle`] may be used from any thread, whichever thread is blocked in the halves. TCP
//! is the fast path; everything else (TLS, memory, a caller's own stream) implements the three
//! traits below and comes in through [`Stream::from_parts`].

use std::fmt;
use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Windows does not wake a blocked read when the socket is shut down (rust-lang/rust#121594). On
/// Windows a read therefore returns at least this often, so that its thread can check the
/// connection.
const LONGEST_READ: Option<Duration> = if cfg!(windows) {
    Some(Duration::from_millis(500))
} else {
    None
};

/// The result of a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadOutcome {
    /// This many bytes arrived, at least one.
    Data(usize),
    /// Nothing arrived in time. This may be returned a little early or late: check the clock.
    TimedOut,
    /// The peer ended its direction.
    Eof,
}

/// The receiving half of a stream that is not TCP.
pub trait ReadStream: Send {
    /// Reads what is there, or waits for it for about `timeout` (`Duration::MAX`: without a
    /// bound). `buffer` is not empty.
    ///
    /// # Errors
    ///
    /// What the stream says. A timeout is not an error, it is [`ReadOutcome::TimedOut`].
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<ReadOutcome>;
}

/// The sending half of a stream that is not TCP.
pub trait WriteStream: Send {
    /// Writes all of `slices`, waiting for the peer no longer than the stream's own write
    /// timeout.
    ///
    /// # Errors
    ///
    /// `TimedOut` when the peer took nothing for the write timeout; what the stream says
    /// otherwise. The connection is aborted after an error.
    fn write_all(&mut self, slices: &mut [IoSlice<'_>]) -> io::Result<()>;

    /// As [`write_all`](WriteStream::write_all), and not past `deadline`, however often the peer
    /// takes a little. What ends a connection is written so. The default has no deadline: a peer
    /// that takes a byte at a time then holds up the end of its connection.
    ///
    /// # Errors
    ///
    /// Those of [`write_all`](WriteStream::write_all); `TimedOut` at the deadline too.
    fn write_all_by(&mut self, slices: &mut [IoSlice<'_>], deadline: Instant) -> io::Result<()> {
        let _ = deadline;
        self.write_all(slices)
    }

    /// Ends this direction: the peer reads what was written, then the end of the stream.
    fn finish(&mut self);
}

/// Ends a stream that is not TCP from any thread.
pub trait Abort: Send + Sync {
    /// Ends both directions at once: reads and writes that are blocked return, and so do all
    /// later ones. Calling it again does nothing.
    fn abort(&self);

    /// Writes what there is room for, without waiting, and returns how many bytes that was.
    /// It is called only while no write is under way: TLS sends its own answers so. The
    /// default writes nothing; they leave with the next write then.
    ///
    /// # Errors
    ///
    /// What the stream says.
    fn write_now(&self, bytes: &[u8]) -> io::Result<usize> {
        let _ = bytes;
        Ok(0)
    }
}

/// A byte stream in two halves, and the handle that ends both.
#[derive(Debug)]
pub struct Stream {
    /// For the one thread that reads.
    pub read: ReadHalf,
    /// For the thread that holds the right to write.
    pub write: WriteHalf,
    /// Ends both, from any thread.
    pub shutdown: ShutdownHandle,
}

impl Stream {
    /// Takes over a connected socket: no delay for small writes, blocking, and a bound of
    /// `write_timeout` on each blocked write.
    ///
    /// # Errors
    ///
    /// The socket is gone, or `write_timeout` is zero.
    pub fn tcp(socket: TcpStream, write_timeout: Duration) -> io::Result<Self> {
        socket.set_nonblocking(false)?;
        socket.set_nodelay(true)?;
        socket.set_write_timeout(Some(write_timeout))?;
        let socket = Arc::new(socket);
        Ok(Self {
            read: ReadHalf(Reading::Tcp {
                socket: socket.clone(),
                timeout: None,
            }),
            write: WriteHalf(Writing::Tcp {
                socket: socket.clone(),
                timeout: write_timeout,
            }),
            shutdown: ShutdownHandle(Ending::Tcp(socket)),
        })
    }

    /// A stream of any other kind: a Unix socket, a pipe, memory.
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// use std::io::{self, IoSlice, Read, Write};
    /// use std::net::Shutdown;
    /// use std::os::unix::net::UnixStream;
    /// use std::sync::Arc;
    /// use std::time::Duration;
    /// use wshub::transport::{Abort, ReadOutcome, ReadStream, Stream, WriteStream};
    ///
    /// #[derive(Clone)]
    /// struct Unix(Arc<UnixStream>);
    ///
    /// impl ReadStream for Unix {
    ///     fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<ReadOutcome> {
    ///         let wanted = timeout.max(Duration::from_millis(1));
    ///         self.0.set_read_timeout((wanted != Duration::MAX).then_some(wanted))?;
    ///         match (&*self.0).read(buffer) {
    ///             Ok(0) => Ok(ReadOutcome::Eof),
    ///             Ok(bytes) => Ok(ReadOutcome::Data(bytes)),
    ///             Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(ReadOutcome::TimedOut),
    ///             Err(error) => Err(error),
    ///         }
    ///     }
    /// }
    ///
    /// impl WriteStream for Unix {
    ///     fn write_all(&mut self, slices: &mut [IoSlice<'_>]) -> io::Result<()> {
    ///         slices.iter().try_for_each(|slice| (&*self.0).write_all(slice))
    ///     }
    ///     fn finish(&mut self) {
    ///         drop(self.0.shutdown(Shutdown::Write));
    ///     }
    /// }
    ///
    /// impl Abort for Unix {
    ///     fn abort(&self) {
    ///         drop(self.0.shutdown(Shutdown::Both));
    ///     }
    /// }
    ///
    /// let (ours, _theirs) = UnixStream::pair()?;
    /// ours.set_write_timeout(Some(Duration::from_secs(10)))?;
    /// let ours = Unix(Arc::new(ours));
    /// let stream = Stream::from_parts(ours.clone(), ours.clone(), ours);
    /// # drop(stream);
    /// # }
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn from_parts(
        read: impl ReadStream + 'static,
        write: impl WriteStream + 'static,
        abort: impl Abort + 'static,
    ) -> Self {
        Self {
            read: ReadHalf(Reading::Other(Box::new(read))),
            write: WriteHalf(Writing::Other(Box::new(write))),
            shutdown: ShutdownHandle(Ending::Other(Arc::new(abort))),
        }
    }
}

/// The receiving direction.
pub struct ReadHalf(Reading);

enum Reading {
    Tcp {
        socket: Arc<TcpStream>,
        /// The read timeout that is set on the socket.
        timeout: Option<Duration>,
    },
    Other(Box<dyn ReadStream>),
}

impl fmt::Debug for ReadHalf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReadHalf")
    }
}

impl ReadHalf {
    /// Reads what is there, or waits for it for about `timeout` (`Duration::MAX`: for ever).
    /// `buffer` must not be empty.
    ///
    /// # Errors
    ///
    /// What the stream says. A timeout is not an error, it is [`ReadOutcome::TimedOut`].
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
            Reading::Other(stream) => return stream.read(buffer, timeout),
        };
        match outcome {
            Ok(0) => Ok(ReadOutcome::Eof),
            Ok(bytes) => Ok(ReadOutcome::Data(bytes)),
            Err(error) => match error.kind() {
                // Unix returns WouldBlock, Windows TimedOut; a signal only means that the read
                // ended early.
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
    /// # Errors
    ///
    /// The error of the last read, if it was one.
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
pub struct WriteHalf(Writing);

enum Writing {
    Tcp {
        socket: Arc<TcpStream>,
        /// The write timeout that is set on the socket, but for a write with a deadline.
        timeout: Duration,
    },
    Other(Box<dyn WriteStream>),
}

impl fmt::Debug for WriteHalf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WriteHalf")
    }
}

impl WriteHalf {
    /// Writes all of `slices`, in as few calls as the system allows.
    ///
    /// # Errors
    ///
    /// `TimedOut` when the peer took nothing for the write timeout; whatever the system says
    /// otherwise. After an error the stream may hold half a frame: abort it.
    pub fn write_all(&mut self, mut slices: &mut [IoSlice<'_>]) -> io::Result<()> {
        IoSlice::advance_slices(&mut slices, 0); // leaves out empty ones at the front
        let socket = match &mut self.0 {
            Writing::Tcp { socket, .. } => &**socket,
            Writing::Other(stream) => return stream.write_all(slices),
        };
        write_all_to(slices, |slices| match slices {
            // A single slice takes the system's shorter path: most answers are one slice.
            [slice] => (&mut &*socket).write(slice),
            _ => (&mut &*socket).write_vectored(slices),
        })
    }

    /// As [`WriteHalf::write_all`], and not past `deadline`, however often the peer takes a
    /// little.
    pub(crate) fn write_all_by(
        &mut self,
        mut slices: &mut [IoSlice<'_>],
        deadline: Instant,
    ) -> io::Result<()> {
        IoSlice::advance_slices(&mut slices, 0); // leaves out empty ones at the front
        let (socket, timeout) = match &mut self.0 {
            Writing::Tcp { socket, timeout } => (&**socket, *timeout),
            Writing::Other(stream) => return stream.write_all_by(slices, deadline),
        };
        let mut set = timeout;
        let written = write_all_to(slices, |slices| {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            if left < set {
                set = left.max(Duration::from_millis(1)); // zero would mean "for ever"
                socket.set_write_timeout(Some(set))?;
            }
            (&mut &*socket).write_vectored(slices)
        });
        if set != timeout {
            // Later writes have their own timeout; if setting it fails, the socket is gone.
            drop(socket.set_write_timeout(Some(timeout)));
        }
        written
    }

    /// Whether [`WriteHalf::write_now`] can be called: for TCP, except on Windows, where it would
    /// disturb another thread's read.
    pub(crate) fn can_write_now(&self) -> bool {
        matches!(self.0, Writing::Tcp { .. }) && !cfg!(windows)
    }

    /// Writes what there is room for, without waiting, and returns how many bytes that was. A
    /// read that begins meanwhile may return at once with [`ReadOutcome::TimedOut`].
    pub(crate) fn write_now(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &self.0 {
            Writing::Tcp { socket, .. } => write_without_waiting(socket, bytes),
            Writing::Other(_) => Ok(0),
        }
    }

    /// Ends this direction: the peer reads what was written, then the end of the stream (under
    /// TLS with `close_notify` before it).
    pub fn finish(&mut self) {
        match &mut self.0 {
            // An error here means that the peer is gone already.
            Writing::Tcp { socket, .. } => drop(socket.shutdown(Shutdown::Write)),
            Writing::Other(stream) => stream.finish(),
        }
    }
}

/// Writes what there is room for.
fn write_without_waiting(mut socket: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    socket.set_nonblocking(true)?;
    let written = socket.write(bytes);
    socket.set_nonblocking(false)?;
    match written {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
        written => written,
    }
}

/// Calls `write` until all of `slices` is written.
pub(super) fn write_all_to(
    mut slices: &mut [IoSlice<'_>],
    mut write: impl FnMut(&[IoSlice<'_>]) -> io::Result<usize>,
) -> io::Result<()> {
    while !slices.is_empty() {
        match write(slices) {
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

/// Ends both directions at once, from any thread; a read or write that is blocked in them
/// returns (on Windows a blocked read within half a second).
#[derive(Clone)]
pub struct ShutdownHandle(Ending);

#[derive(Clone)]
enum Ending {
    Tcp(Arc<TcpStream>),
    Other(Arc<dyn Abort>),
}

impl fmt::Debug for ShutdownHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShutdownHandle")
    }
}

impl ShutdownHandle {
    /// Aborts the connection. Doing it again does nothing.
    pub fn abort(&self) {
        match &self.0 {
            // An error here means that the peer is gone already.
            Ending::Tcp(socket) => drop(socket.shutdown(Shutdown::Both)),
            Ending::Other(stream) => stream.abort(),
        }
    }

    /// Writes `last_bytes`, if there is room for them at once, and aborts.
    pub fn abort_with(&self, last_bytes: &[u8]) {
        drop(self.write_now(last_bytes)); // best effort, by its contract
        self.abort();
    }

    /// Writes what there is room for, without waiting, and returns how many bytes that was. It may
    /// be called only while no other thread reads or writes; otherwise those would not wait either.
    pub(super) fn write_now(&self, bytes: &[u8]) -> io::Result<usize> {
        match &self.0 {
            Ending::Tcp(socket) => write_without_waiting(socket, bytes),
            Ending::Other(stream) => stream.write_now(bytes),
        }
    }
}

/// Under TLS, the handle of the stream below ends both.
#[cfg(feature = "wss")]
impl Abort for ShutdownHandle {
    fn abort(&self) {
        self.abort();
    }

    fn write_now(&self, bytes: &[u8]) -> io::Result<usize> {
        self.write_now(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_with_a_deadline_leaves_later_ones_their_time() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (_peer, _) = listener.accept().unwrap();
        let looked_at = socket.try_clone().unwrap();
        let timeout = Duration::from_secs(7);
        let mut write = Stream::tcp(socket, timeout).unwrap().write;
        let more_than_fits = vec![0; 64 << 20];
        for bytes in [&b"a"[..], &more_than_fits] {
            let deadline = Instant::now() + Duration::from_millis(50);
            let written = write.write_all_by(&mut [IoSlice::new(bytes)], deadline);
            let kind = written.err().map(|error| error.kind());
            assert_eq!(kind, (bytes.len() > 1).then_some(io::ErrorKind::TimedOut));
            let set = looked_at.write_timeout().unwrap();
            assert_eq!(set, Some(timeout));
        }
    }

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
