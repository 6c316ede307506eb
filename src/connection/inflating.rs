//! Inflates within a memory budget: a few bytes may inflate to a long message, so the memory is
//! reserved as the output grows, as for arriving messages.

use super::memory::{FREE_BYTES, MEMORY_WAIT, Purpose, Reservation};
use crate::protocol::{Inflate, Inflated, NotInflated};

/// Inflates the messages of one connection, with memory from a budget.
pub(super) struct BudgetedInflater<I> {
    inflate: I,
    memory: Reservation,
}

impl<I> BudgetedInflater<I> {
    pub(super) fn new(inflate: I, memory: Reservation) -> Self {
        Self { inflate, memory }
    }
}

impl<I: Inflate> Inflate for BudgetedInflater<I> {
    fn inflate(
        &mut self,
        input: &[u8],
        end: bool,
        out: &mut Vec<u8>,
        room: usize,
    ) -> Result<Inflated, NotInflated> {
        let needed = out.len().saturating_add(room);
        if needed > out.capacity() {
            let bytes = needed.max(out.capacity() * 2);
            let counted = bytes.saturating_sub(FREE_BYTES);
            let has_room = counted <= self.memory.reserved_bytes()
                || self.memory.grow(counted, Purpose::Unfinished, MEMORY_WAIT);
            if !has_room {
                return Err(NotInflated::OutOfMemory);
            }
            out.reserve_exact(bytes - out.len());
        }
        self.inflate.inflate(input, end, out, room)
    }

    fn released(&mut self) {
        self.memory.shrink(0);
        self.inflate.released();
    }

    fn is_self_contained(&self) -> bool {
        self.inflate.is_self_contained()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::MemoryBudget;

    /// Each byte inflates to `room` bytes.
    struct Bomb;

    impl Inflate for Bomb {
        fn inflate(
            &mut self,
            input: &[u8],
            _: bool,
            out: &mut Vec<u8>,
            room: usize,
        ) -> Result<Inflated, NotInflated> {
            out.resize(out.len() + room, 0);
            Ok(Inflated {
                consumed: 1,
                done: input.len() == 1,
            })
        }
    }

    #[test]
    fn what_inflates_is_reserved_as_it_grows_and_given_back_when_it_is_released() {
        let budget = MemoryBudget::new(4 << 20);
        let mut one = BudgetedInflater::new(Bomb, budget.reservation());
        let mut out = Vec::new();
        let piece = 64 << 10;
        assert!(one.inflate(&[0; 2], false, &mut out, piece).is_ok());
        assert_eq!(budget.used_bytes(), 0, "a short message asks nobody");
        while out.len() < 1 << 20 {
            assert!(one.inflate(&[0; 2], false, &mut out, piece).is_ok());
        }
        assert_eq!(budget.used_bytes(), out.capacity() - FREE_BYTES);
        let held = budget.charge(3 << 20);
        let refused = loop {
            if let Err(error) = one.inflate(&[0; 2], false, &mut out, piece) {
                break error;
            }
        };
        assert_eq!(refused, NotInflated::OutOfMemory);
        one.released();
        drop(held);
        assert_eq!(budget.used_bytes(), 0);
    }
}
