//! One byte stream in two halves that two threads may use at once. Knows no frame.

mod entropy;
mod lock;
mod memory;
mod stream;
mod tls;

pub use entropy::Entropy;
pub(crate) use lock::Lock;
pub use memory::memory_pair;
pub use stream::{Cutter, ReadHalf, ReadOutcome, Stream, WriteHalf};
pub use tls::{
    Rejected, TlsClient, TlsFailure, TlsFault, TlsFileError, TlsOptions, TlsServer, TlsTrust,
};
