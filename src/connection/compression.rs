//! Compression of one connection's messages (RFC 7692). In a build without the feature `deflate`
//! there is no value of these types, and so no code for it.

#[cfg(feature = "deflate")]
use crate::handshake::DeflateAgreed;
use crate::protocol::Inflate;

#[cfg(feature = "deflate")]
mod settings {
    use super::{DeflateAgreed, Inflate};
    use crate::connection::inflating::BudgetedInflater;
    use crate::connection::memory::Reservation;
    use crate::deflate::{CompressionLevel, MessageInflater, compress};
    use crate::protocol::{SettingError, check_count};

    /// How to compress messages (RFC 7692).
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    #[non_exhaustive]
    pub struct DeflateOptions {
        /// Shorter messages are sent as they are, in bytes; default 512. For those, compressing
        /// costs more than it saves.
        pub min_bytes: usize,
        /// How hard to compress: 1, fast, to 9, small; default 1.
        pub level: u8,
    }

    impl Default for DeflateOptions {
        fn default() -> Self {
            Self {
                min_bytes: 512,
                level: 1,
            }
        }
    }

    impl DeflateOptions {
        /// Checks that the level is one.
        ///
        /// # Errors
        ///
        /// The level is zero, or more than 9.
        pub fn check(&self) -> Result<(), SettingError> {
            check_count("deflate.level", self.level.into())?;
            match self.level {
                0..=9 => Ok(()),
                _ => Err(SettingError::TooLarge {
                    setting: "deflate.level",
                    most: 9,
                }),
            }
        }
    }

    /// What both ends of a connection agreed on, and this end's own options.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Deflate {
        agreed: DeflateAgreed,
        options: DeflateOptions,
    }

    impl Deflate {
        /// What the opening handshake came to, and this end's options.
        pub fn new(agreed: DeflateAgreed, options: DeflateOptions) -> Self {
            Self { agreed, options }
        }

        /// Appends the compressed form of a message to `out` if that form is to be sent, in a frame
        /// with RSV1: if it is shorter, and the peer's window holds everything that it may refer
        /// to. Otherwise `out` is unchanged, and the message is sent uncompressed.
        pub fn compress(&self, payload: &[u8], out: &mut Vec<u8>) -> bool {
            self.takes(payload) && compress(payload, CompressionLevel::of(self.options.level), out)
        }

        /// Whether a message of this length is sent compressed at all.
        pub(in crate::connection) fn takes(&self, payload: &[u8]) -> bool {
            (self.options.min_bytes..=self.window_bytes()).contains(&payload.len())
        }

        /// The longest message that the peer's window holds whole. A compressed message refers to
        /// nothing before its own beginning, so a narrower window than the compressor's will do
        /// for a message that is no longer than it; the others go out as they are.
        pub(in crate::connection) fn window_bytes(&self) -> usize {
            match self.agreed.send_window_bits {
                15 => usize::MAX, // as wide as the compressor's own
                bits => 1 << bits,
            }
        }

        /// The same, for messages that other connections get as well.
        pub(in crate::connection) fn for_everyone(self) -> Self {
            let mut agreed = self.agreed;
            agreed.send_window_bits = 15;
            Self { agreed, ..self }
        }

        /// What inflates the peer's messages, for
        /// [`Receiver::accept_compressed`](crate::protocol::Receiver::accept_compressed).
        pub fn inflater(&self) -> Box<dyn Inflate> {
            Box::new(self.message_inflater())
        }

        /// The same, in memory of a budget. One allocation for both: an idle connection has it too.
        pub(in crate::connection) fn inflater_within(
            &self,
            memory: Reservation,
        ) -> Box<dyn Inflate> {
            Box::new(BudgetedInflater::new(self.message_inflater(), memory))
        }

        fn message_inflater(&self) -> MessageInflater {
            match self.agreed.peer_keeps_context {
                true => MessageInflater::keeping_context(),
                false => MessageInflater::without_context(),
            }
        }
    }
}

#[cfg(all(test, feature = "deflate"))]
mod tests {
    use crate::connection::inflating::BudgetedInflater;
    use crate::deflate::MessageInflater;

    #[test]
    fn a_connection_that_agreed_on_compression_costs_less_than_100_bytes_while_it_rests() {
        // The receiver has 24 bytes beside it, as a test says there.
        let inflater = size_of::<BudgetedInflater<MessageInflater>>();
        assert!(inflater <= 72, "{inflater}");
    }
}

#[cfg(not(feature = "deflate"))]
mod settings {
    use super::Inflate;
    use crate::connection::memory::Reservation;
    use crate::protocol::SettingError;

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum DeflateOptions {}

    impl DeflateOptions {
        pub fn check(&self) -> Result<(), SettingError> {
            match *self {}
        }
    }

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Deflate {}

    impl Deflate {
        pub(in crate::connection) fn compress(&self, _: &[u8], _: &mut Vec<u8>) -> bool {
            match *self {}
        }

        pub(in crate::connection) fn takes(&self, _: &[u8]) -> bool {
            match *self {}
        }

        pub(in crate::connection) fn window_bytes(&self) -> usize {
            match *self {}
        }

        pub(in crate::connection) fn for_everyone(self) -> Self {
            match self {}
        }

        pub(in crate::connection) fn inflater(&self) -> Box<dyn Inflate> {
            match *self {}
        }

        pub(in crate::connection) fn inflater_within(&self, _: Reservation) -> Box<dyn Inflate> {
            match *self {}
        }
    }
}

#[cfg(not(feature = "deflate"))]
pub(super) use settings::Deflate;
#[cfg(not(feature = "deflate"))]
pub(crate) use settings::DeflateOptions;
#[cfg(feature = "deflate")]
pub use settings::{Deflate, DeflateOptions};
