//! The threads of the process that are started for clients, counted before they start.

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use std::thread::{Builder, JoinHandle};

use super::limits::{ClientLimit, LimitedBy, Shares, SystemLimits};

/// The purpose of a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Share {
    /// It serves one client.
    Clients,
    /// It writes to clients what others send.
    Writers,
}

/// The number of threads of one purpose.
#[derive(Debug)]
struct Count(AtomicUsize);

static CLIENTS: Count = Count(AtomicUsize::new(0));
static WRITERS: Count = Count(AtomicUsize::new(0));

/// The last value that was given to [`limit_threads`].
static SETTING: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Permission to start one thread, which is counted until this is dropped: by the thread itself,
/// when it ends.
#[derive(Debug)]
pub(crate) struct Permit(&'static Count);

impl Permit {
    /// A permit for one more thread; `None` if all threads of the share are in use.
    pub(crate) fn for_share(share: Share) -> Option<Self> {
        let count = match share {
            Share::Clients => &CLIENTS,
            Share::Writers => &WRITERS,
        };
        Self::of(count, share_of(share))
    }

    fn of(count: &'static Count, most: usize) -> Option<Self> {
        let permit = Self(count);
        // The count is raised before it is checked, so that two callers at the same time cannot
        // both take the last permit.
        (count.0.fetch_add(1, SeqCst) < most).then_some(permit)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, SeqCst);
    }
}

/// Limits the threads that the whole process may start for clients: those that serve them and those
/// that write to them. Other threads, including the few that a server needs for itself, are not
/// counted. At least 2. The limit applies only if it is lower than what the system allows
/// ([`SystemLimits::threads`]), and only to threads that are started later.
pub fn limit_threads(count: usize) {
    SETTING.store(count.max(2), Relaxed);
}

/// Starts a thread that counts as one that serves a client: for programs that start a thread for
/// each connection themselves, such as a load generator's.
///
/// # Errors
///
/// `WouldBlock` if as many threads run as the process may have; what the system says otherwise.
pub fn spawn<T: Send + 'static>(
    builder: Builder,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    let permit = Permit::for_share(Share::Clients).ok_or_else(no_thread)?;
    builder.spawn(move || {
        let _permit = permit;
        work()
    })
}

/// The error when all threads of a share are in use.
fn no_thread() -> io::Error {
    let threads = share_of(Share::Clients);
    let why = format!("all {threads} threads that the process may use for clients are in use");
    io::Error::new(io::ErrorKind::WouldBlock, why)
}

/// How many threads a share has.
pub(crate) fn share_of(share: Share) -> usize {
    let shares = Shares::of(limit().0);
    match share {
        Share::Clients => shares.clients,
        Share::Writers => shares.writers,
    }
}

/// How many clients the servers of this process may have together.
pub(crate) fn client_limit() -> ClientLimit {
    system().clients(limit())
}

fn limit() -> (usize, LimitedBy) {
    let (setting, system) = (SETTING.load(Relaxed), system().threads());
    match setting < system.0 {
        true => (setting, LimitedBy::Setting(setting as u64)),
        false => system,
    }
}

/// The system is asked once.
fn system() -> &'static SystemLimits {
    static SYSTEM: OnceLock<SystemLimits> = OnceLock::new();
    SYSTEM.get_or_init(SystemLimits::read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_threads_may_be_started_and_one_more_once_one_of_them_has_ended() {
        static COUNT: Count = Count(AtomicUsize::new(0));
        let mut permits: Vec<_> = (0..3).map(|_| Permit::of(&COUNT, 3)).collect();
        assert!(permits.iter().all(Option::is_some));
        assert!(Permit::of(&COUNT, 3).is_none());
        assert!(Permit::of(&COUNT, 3).is_none(), "a refusal is not counted");
        permits.pop();
        assert!(Permit::of(&COUNT, 3).is_some());
    }
}
