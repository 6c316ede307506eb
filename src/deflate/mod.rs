//! The DEFLATE side of permessage-deflate (RFC 7692 section 7.2): messages are compressed and
//! inflated independently of each other.
//!
//! No context is kept from one message to the next, so a connection that waits costs nothing: a
//! compressor takes some 370 KiB, an inflater 47 KiB, and a server has thousands of clients. Both
//! are taken from a pool for one message and given back. The exception is a client whose server
//! insists on its context ([`MessageInflater::keeping_context`]).

mod compressing;
mod inflating;
mod pool;

pub(crate) use compressing::{CompressionLevel, compress};
pub(crate) use inflating::MessageInflater;

#[cfg(test)]
mod tests;
