//! A stream that yields the same bytes repeatedly, and accepts all writes.

use std::io::{self, Read, Write};

/// The most bytes of one read, as from a socket.
const READ_BYTES: usize = 256 << 10;

/// The longest single copy. Longer copies are slow on some processors for certain distances between
/// source and target (see the server's encoder), which would be a matter of chance here.
const COPIED_BYTES: usize = 2 << 10;

pub struct Endless {
    bytes: Vec<u8>,
    at: usize,
}

impl Endless {
    /// Yields `message` repeatedly; short messages come several to a read.
    pub fn new(message: &[u8]) -> Self {
        Self {
            bytes: message.repeat(READ_BYTES.div_ceil(message.len())),
            at: 0,
        }
    }
}

impl Read for Endless {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let bytes = space.len().min(self.bytes.len() - self.at).min(READ_BYTES);
        let come = &self.bytes[self.at..self.at + bytes];
        for (space, come) in space
            .chunks_mut(COPIED_BYTES)
            .zip(come.chunks(COPIED_BYTES))
        {
            space[..come.len()].copy_from_slice(come);
        }
        self.at = (self.at + bytes) % self.bytes.len();
        Ok(bytes)
    }
}

impl Write for Endless {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        std::hint::black_box(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
