//! Bytes whose memory goes back to the system as soon as they are freed, however many they are.
//!
//! glibc maps a block of 128 KiB or more from the system by itself, and unmaps it when it is freed.
//! But freeing such a block raises the size from which blocks are mapped to the size of that block,
//! up to 32 MiB (mallopt(3), `M_MMAP_THRESHOLD`): later blocks come from heaps that are given back
//! from their ends alone, and a server that has served a few long messages keeps hundreds of
//! megabytes. If `realloc` makes a block small before it is freed, its memory has been given back
//! by then, and the threshold stays as it is. For other allocators this costs one more call.

use std::ops::{Deref, DerefMut};

/// A block of fewer bytes is never mapped by itself.
const NEVER_MAPPED_BYTES: usize = 64 << 10;

/// A `Vec<u8>` that becomes small before it is freed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ByteBuffer(Vec<u8>);

impl ByteBuffer {
    /// A buffer with room for `bytes` bytes.
    pub(crate) fn with_room_for(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }
}

impl Deref for ByteBuffer {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for ByteBuffer {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

/// A `String` that becomes small before it is freed.
#[derive(Debug, Default)]
pub(crate) struct TextBuffer(String);

impl Deref for TextBuffer {
    type Target = String;

    fn deref(&self) -> &String {
        &self.0
    }
}

impl DerefMut for TextBuffer {
    fn deref_mut(&mut self) -> &mut String {
        &mut self.0
    }
}

impl Drop for TextBuffer {
    fn drop(&mut self) {
        drop(ByteBuffer(std::mem::take(&mut self.0).into_bytes()));
    }
}

impl Drop for ByteBuffer {
    fn drop(&mut self) {
        if self.0.capacity() > NEVER_MAPPED_BYTES {
            self.0.clear();
            self.0.shrink_to(1);
        }
    }
}
