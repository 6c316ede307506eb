//! What the operating system allows this process, and how many of its threads are in use.
//!
//! On Linux a thread takes four memory mappings, and a process that has used up its mappings is
//! ended by the failure of one more. So threads are counted before they are started, against a
//! limit that is computed from what the system reports: see [`SystemLimits`]. The limit holds for
//! the whole process, since the process as a whole would be ended.
//!
//! - The threads of clients have three quarters of the limit. A server lowers
//!   [`Builder::max_clients`](crate::server::Builder::max_clients) to what fits there.
//! - The threads that write to clients what others send have the last quarter.

mod limits;
mod permits;
mod proc;

pub use limits::{ClientLimit, LimitedBy, SystemLimits};
pub(crate) use permits::{Permit, Share, client_limit, share_of};
pub use permits::{limit_threads, spawn};
