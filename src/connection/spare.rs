//! Long buffers that are reused while messages keep coming: to map, clear and unmap a megabyte
//! takes the system some 400 us, which is as long as sending it to one member takes.

use std::sync::Arc;

use crate::lock::Lock;
use crate::protocol::ByteBuffer;

/// A shorter buffer comes from the allocator, which is fast at that size.
const SHORTEST_BYTES: usize = 128 << 10;

/// The most that is kept, in bytes of all buffers together.
const MOST_BYTES: usize = 16 << 20;

/// Long buffers that are not in use at the moment; clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct SpareBuffers(Arc<Lock<Spare>>);

#[derive(Debug, Default)]
struct Spare {
    /// Messages keep coming, so returned buffers are kept.
    is_busy: bool,
    bytes: usize,
    buffers: Vec<ByteBuffer>,
}

impl SpareBuffers {
    /// Whether a message of this length is worth one of these buffers.
    pub(crate) fn is_long(bytes: usize) -> bool {
        bytes >= SHORTEST_BYTES
    }

    /// An empty buffer with room for `bytes` bytes, and no more than twice as many. From here on
    /// buffers are kept, until [`SpareBuffers::free_all`].
    pub(super) fn take(&self, bytes: usize) -> ByteBuffer {
        let mut spare = self.0.lock();
        spare.is_busy = true;
        let fits = |buffer: &ByteBuffer| (bytes..=bytes * 2).contains(&buffer.capacity());
        if let Some(place) = spare.buffers.iter().position(fits) {
            let buffer = spare.buffers.swap_remove(place);
            spare.bytes -= buffer.capacity();
            return buffer;
        }
        drop(spare);
        ByteBuffer::with_room_for(bytes)
    }

    /// Takes back a buffer that [`SpareBuffers::take`] returned.
    pub(super) fn give_back(&self, mut buffer: ByteBuffer) {
        let bytes = buffer.capacity();
        let mut spare = self.0.lock();
        if spare.is_busy && spare.bytes + bytes <= MOST_BYTES {
            buffer.clear();
            spare.bytes += bytes;
            spare.buffers.push(buffer);
        } // else it is freed, behind the lock
    }

    /// Frees all buffers, and keeps none until one is taken again. Returns false if there was
    /// nothing to do.
    pub(crate) fn free_all(&self) -> bool {
        std::mem::take(&mut *self.0.lock()).is_busy
    }

    /// Whether buffers are kept.
    pub(crate) fn is_busy(&self) -> bool {
        self.0.lock().is_busy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_buffer_is_used_again_until_there_is_rest() {
        let spare = SpareBuffers::default();
        let first = spare.take(1 << 20);
        let address = first.as_ptr();
        spare.give_back(first);
        assert_ne!(
            spare.take(500 << 10).as_ptr(),
            address,
            "it would waste most of it"
        );
        let again = spare.take(600 << 10);
        assert_eq!((again.as_ptr(), again.len()), (address, 0));
        spare.give_back(again);
        assert!(spare.is_busy() && spare.free_all());
        assert!(!spare.is_busy() && !spare.free_all());
        spare.give_back(ByteBuffer::with_room_for(1 << 20));
        assert_eq!(spare.0.lock().bytes, 0, "none is kept while nothing comes");
    }

    #[test]
    fn no_more_is_kept_than_16_mib() {
        let spare = SpareBuffers::default();
        let taken: Vec<_> = (0..10).map(|_| spare.take(3 << 20)).collect();
        taken.into_iter().for_each(|buffer| spare.give_back(buffer));
        assert_eq!(spare.0.lock().buffers.len(), 5);
    }
}
