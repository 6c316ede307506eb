//! One byte stream in two halves that two threads may use at once. Knows no frame.
//!
//! [`Stream::tcp`] takes a socket, [`Stream::from_parts`] anything else, [`memory_pair`] makes
//! two ends without a network. With the feature `tls`, `TlsServer` and `TlsClient` turn a
//! stream into one under TLS that still has two independent halves.

mod memory;
mod stream;
#[cfg(feature = "wss")]
mod tls;
mod tls_alert;
mod tls_failure;

pub use memory::memory_pair;
pub use stream::{
    Abort, ReadHalf, ReadOutcome, ReadStream, ShutdownHandle, Stream, WriteHalf, WriteStream,
};
#[cfg(feature = "wss")]
pub use tls::{
    NotTaken, Rejected, Renewal, TlsClient, TlsFileError, TlsIdentity, TlsOptions, TlsServer,
    TlsTrust,
};
pub use tls_alert::TlsAlert;
pub use tls_failure::{TlsFailure, TlsFault};
