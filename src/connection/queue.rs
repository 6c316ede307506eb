//! What waits for one client to take it: counted in messages and bytes, and bounded in both.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use super::encoder::Batch;

/// How much may wait for one client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueLimits {
    /// Messages; default 256.
    pub messages: usize,
    /// Bytes of frames; default 1 MiB.
    pub bytes: usize,
}

impl Default for QueueLimits {
    fn default() -> Self {
        Self {
            messages: 256,
            bytes: 1 << 20,
        }
    }
}

/// The count of what waits: from the moment it is offered until it has been written.
#[derive(Debug, Default)]
pub(super) struct Gauge {
    messages: AtomicUsize,
    bytes: AtomicUsize,
    high_water: AtomicUsize,
    dropped: AtomicU64,
}

impl Gauge {
    /// Makes room for `batch`, if the limits allow. An empty queue takes any batch: a message
    /// longer than `limits.bytes` could not be sent at all otherwise.
    pub(super) fn admit(&self, batch: &Batch, limits: QueueLimits) -> bool {
        let messages = self.messages.fetch_add(batch.messages(), Relaxed);
        let bytes = self.bytes.fetch_add(batch.bytes().len(), Relaxed);
        let fits = messages == 0
            || (messages + batch.messages() <= limits.messages
                && bytes + batch.bytes().len() <= limits.bytes);
        if fits {
            self.high_water
                .fetch_max(messages + batch.messages(), Relaxed);
        } else {
            self.release(batch);
        }
        fits
    }

    /// `batch` has been written, or never will be.
    pub(super) fn release(&self, batch: &Batch) {
        self.messages.fetch_sub(batch.messages(), Relaxed);
        self.bytes.fetch_sub(batch.bytes().len(), Relaxed);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.load(Relaxed) == 0
    }

    /// Messages and bytes that wait now.
    pub(super) fn depth(&self) -> (usize, usize) {
        (self.messages.load(Relaxed), self.bytes.load(Relaxed))
    }

    pub(super) fn high_water(&self) -> usize {
        self.high_water.load(Relaxed)
    }

    pub(super) fn count_dropped(&self, messages: usize) {
        self.dropped.fetch_add(messages as u64, Relaxed);
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Message;

    #[test]
    fn takes_what_fits_and_counts_what_waits() {
        let limits = QueueLimits {
            messages: 3,
            bytes: 100,
        };
        let small = Batch::of(Message::Text("twenty bytes, headed")); // 22 on the wire
        let large = Batch::of(Message::Binary(&[0; 60])); // 62 on the wire
        let gauge = Gauge::default();
        assert!(gauge.admit(&small, limits) && gauge.admit(&small, limits));
        assert!(!gauge.admit(&large, limits), "106 bytes");
        assert!(gauge.admit(&small, limits));
        assert!(!gauge.admit(&small, limits), "four messages");
        gauge.release(&small);
        assert!(gauge.admit(&small, limits));
        assert_eq!(gauge.high_water(), 3);
    }

    #[test]
    fn an_empty_queue_takes_a_message_of_any_size() {
        let limits = QueueLimits {
            messages: 3,
            bytes: 100,
        };
        let huge = Batch::of(Message::Binary(&[0; 5000]));
        let gauge = Gauge::default();
        assert!(gauge.admit(&huge, limits));
        assert!(!gauge.admit(&Batch::of(Message::Text("")), limits));
        gauge.release(&huge);
        assert!(gauge.is_empty());
    }
}
