//! What a TLS engine reads from and writes to: two buffers in memory instead of a socket.

use std::io::{self, Read, Write};
use std::sync::Arc;

use crate::lock::Lock;

/// Ciphertext on its way in and out. A clone is the same pipe: the engine has one, and the code
/// that moves bytes between it and the socket has another. (After a failed handshake, native-tls
/// drops the engine with its pipe, but the alert in it must still be sent.)
///
/// The pipe never ends: an engine that finds it empty is told to try again. So if an engine reports
/// an end, the reason is the peer's `close_notify`, and nothing else.
#[derive(Debug, Clone, Default)]
pub(super) struct Pipe(Arc<Lock<Buffers>>);

#[derive(Debug, Default)]
struct Buffers {
    incoming: Vec<u8>,
    /// The part of `incoming` that the engine has not read yet.
    unread: std::ops::Range<usize>,
    outgoing: Vec<u8>,
}

impl Pipe {
    /// Adds ciphertext: the first `filled` bytes of `buffer`, which is moved in.
    pub(super) fn feed(&self, buffer: &mut Vec<u8>, filled: usize) {
        let mut buffers = self.0.lock();
        if buffers.unread.is_empty() {
            buffers.incoming = std::mem::take(buffer);
            buffers.unread = 0..filled;
        } else {
            // Engines read until the pipe is empty; nothing is lost if one did not.
            let end = buffers.unread.end;
            buffers.incoming.truncate(end);
            buffers.incoming.extend_from_slice(&buffer[..filled]);
            buffers.unread.end = end + filled;
        }
    }

    /// Returns the buffer that was fed last, to be filled again; an empty one if the engine has not
    /// read it all.
    pub(super) fn reclaim(&self) -> Vec<u8> {
        let mut buffers = self.0.lock();
        match buffers.unread.is_empty() {
            true => std::mem::take(&mut buffers.incoming),
            false => Vec::new(),
        }
    }

    /// Takes the ciphertext to be sent, in the order in which it was made.
    pub(super) fn take_outgoing(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().outgoing)
    }

    /// Puts back what could not be sent. Nothing may have been written in between.
    pub(super) fn put_back(&self, unsent: Vec<u8>) {
        let mut buffers = self.0.lock();
        debug_assert!(buffers.outgoing.is_empty(), "ciphertext out of order");
        buffers.outgoing = unsent;
    }

    /// Makes room for this much ciphertext, to be written at once.
    pub(super) fn expect_outgoing(&self, bytes: usize) {
        self.0.lock().outgoing.reserve(bytes);
    }

    /// How much ciphertext waits to be sent.
    pub(super) fn outgoing_bytes(&self) -> usize {
        self.0.lock().outgoing.len()
    }
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut buffers = self.0.lock();
        let Buffers {
            incoming, unread, ..
        } = &mut *buffers;
        let available = incoming.get(unread.clone()).unwrap_or_default();
        let taken = available.len().min(buffer.len());
        if taken == 0 && !buffer.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        buffer[..taken].copy_from_slice(&available[..taken]);
        unread.start += taken;
        Ok(taken)
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().outgoing.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_fed_is_read_and_then_there_is_nothing_yet() {
        let pipe = Pipe::default();
        let mut engine = pipe.clone();
        let mut read = [0; 3];
        let nothing_yet = |result: io::Result<usize>| {
            result.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
        };
        assert!(nothing_yet(engine.read(&mut read)));
        let mut buffer = b"abcde---".to_vec();
        pipe.feed(&mut buffer, 5);
        assert!(buffer.is_empty());
        assert_eq!(engine.read(&mut read).unwrap(), 3);
        assert_eq!(engine.read(&mut []).unwrap(), 0);
        assert_eq!(engine.read(&mut read).unwrap(), 2);
        assert_eq!(&read, b"dec");
        assert!(nothing_yet(engine.read(&mut read)));
        assert_eq!(pipe.reclaim().len(), 8);
        assert!(nothing_yet(engine.read(&mut read)));
        pipe.feed(&mut b"fg--".to_vec(), 2);
        assert!(pipe.reclaim().is_empty());
        pipe.feed(&mut b"h---".to_vec(), 1);
        assert_eq!(engine.read(&mut read).unwrap(), 3);
        assert_eq!(&read, b"fgh");
    }

    #[test]
    fn what_was_not_sent_stays_before_what_is_written_later() {
        let pipe = Pipe::default();
        let mut engine = pipe.clone();
        engine.write_all(b"abc").unwrap();
        let mut unsent = pipe.take_outgoing();
        assert_eq!((pipe.outgoing_bytes(), unsent.len()), (0, 3));
        unsent.drain(..1);
        pipe.put_back(unsent);
        engine.write_all(b"d").unwrap();
        assert_eq!(pipe.take_outgoing(), b"bcd");
    }
}
