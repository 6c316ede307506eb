//! From the system's limits to the threads and clients that fit within them. Plain arithmetic.

use std::fmt;

/// What the operating system lets this process have. `None`: the system does not tell, or has
/// no such limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SystemLimits {
    /// Memory mappings of one process (`vm.max_map_count` on Linux).
    pub mappings: Option<u64>,
    /// Threads that this process may have, where the limit is that of its user (`ulimit -u`):
    /// what the user's other processes have is subtracted.
    pub user_threads: Option<u64>,
    /// Threads that this process may have within its control groups (`pids.max`): what the
    /// groups' other processes have is subtracted.
    pub group_threads: Option<u64>,
    /// Threads that this process may have on this machine (`kernel.threads-max` and
    /// `kernel.pid_max`): what all other processes have is subtracted.
    pub system_threads: Option<u64>,
    /// File descriptors that this process may have open (the soft limit, `ulimit -n`).
    pub descriptors: Option<u64>,
}

/// What limits the number of threads or clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitedBy {
    /// The system allows this many memory mappings, and a thread takes four.
    Mappings(u64),
    /// The user has this many threads left.
    UserThreads(u64),
    /// The control group has this many threads left.
    GroupThreads(u64),
    /// The machine has this many threads left.
    SystemThreads(u64),
    /// The process was told to have at most this many threads; see
    /// [`limit_threads`](super::limit_threads).
    Setting(u64),
    /// The system does not tell its limits; this many threads are assumed.
    Assumed(u64),
    /// The process may have this many descriptors open.
    Descriptors(u64),
}

/// How many clients fit, and what limits their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientLimit {
    /// Clients that all servers of this process may have together.
    pub clients: usize,
    /// What the number is derived from.
    pub limited_by: LimitedBy,
}

/// Mappings of one thread on Linux: its stack and its alternative signal stack, each with a
/// guard page.
const MAPPINGS_PER_THREAD: u64 = 4;

/// The number that is assumed if the system does not report its limits.
const ASSUMED_THREADS: u64 = 16_384;

/// A sixteenth of the mappings is kept for large buffers and libraries, and a sixteenth of the
/// threads for the program itself; of few threads, up to half.
const RESERVED_PART: u64 = 16;
const FEW_RESERVED_THREADS: u64 = 8;

/// Descriptors that are no client's: standard streams, listeners, a log, name look-ups.
const RESERVED_DESCRIPTORS: u64 = 16;

/// Beyond the clients, this many are accepted at a time to get 503; of few, an eighth.
pub(super) const MAX_REFUSED: u64 = 64;

impl SystemLimits {
    /// Threads that may be started for clients, and what limits them.
    pub fn threads(&self) -> (usize, LimitedBy) {
        let told = [
            self.mappings.map(|count| {
                let threads = (count - count / RESERVED_PART) / MAPPINGS_PER_THREAD;
                (threads, LimitedBy::Mappings(count))
            }),
            (self.user_threads).map(|count| (unreserved(count), LimitedBy::UserThreads(count))),
            (self.group_threads).map(|count| (unreserved(count), LimitedBy::GroupThreads(count))),
            (self.system_threads).map(|count| (unreserved(count), LimitedBy::SystemThreads(count))),
        ];
        let least = told.into_iter().flatten().min_by_key(|(count, _)| *count);
        let assumed = (ASSUMED_THREADS, LimitedBy::Assumed(ASSUMED_THREADS));
        let (count, limited_by) = least.unwrap_or(assumed);
        // One thread reads and one writes: no client fits with fewer.
        let count = usize::try_from(count).unwrap_or(usize::MAX).max(2);
        (count, limited_by)
    }

    /// Clients that fit if the process may have this many threads for them.
    pub(super) fn clients(&self, threads: (usize, LimitedBy)) -> ClientLimit {
        let (threads, limited_by) = threads;
        let readers = Shares::of(threads).clients as u64;
        let by_threads = (readers - refused(readers), limited_by);
        let by_descriptors = self.descriptors.map(|count| {
            let kept = count.saturating_sub(RESERVED_DESCRIPTORS);
            let clients = kept.saturating_sub(refused(count));
            (clients, LimitedBy::Descriptors(count))
        });
        let (clients, limited_by) = match by_descriptors {
            Some(least) if least.0 < by_threads.0 => least,
            _ => by_threads,
        };
        ClientLimit {
            clients: usize::try_from(clients).unwrap_or(usize::MAX).max(1),
            limited_by,
        }
    }
}

fn unreserved(threads: u64) -> u64 {
    let few = FEW_RESERVED_THREADS.min(threads / 2);
    threads - few.max(threads / RESERVED_PART)
}

fn refused(clients: u64) -> u64 {
    MAX_REFUSED.min(clients / 8)
}

/// How a number of threads is divided. The two shares are separate: clients that block their
/// writers do not keep others from connecting, and clients that only connect do not keep others
/// from being written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shares {
    /// Threads that serve one client each.
    pub(super) clients: usize,
    /// Threads that write to clients what others send.
    pub(super) writers: usize,
}

impl Shares {
    /// Three quarters, and a quarter; each at least one.
    pub(super) fn of(threads: usize) -> Self {
        let writers = (threads / 4).max(1);
        Self {
            clients: threads.saturating_sub(writers).max(1),
            writers,
        }
    }
}

impl fmt::Display for LimitedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mappings(count) => write!(
                f,
                "the system allows a process {count} memory mappings, of which each thread takes \
                 {MAPPINGS_PER_THREAD}"
            ),
            Self::UserThreads(count) => {
                write!(f, "the system allows this user {count} more threads")
            }
            Self::GroupThreads(count) => {
                write!(f, "the control group allows {count} more threads")
            }
            Self::SystemThreads(count) => write!(f, "the machine allows {count} more threads"),
            Self::Setting(count) => write!(f, "the process may have {count} threads for clients"),
            Self::Assumed(count) => write!(
                f,
                "the system does not tell its limits, and {count} threads are assumed"
            ),
            Self::Descriptors(count) => {
                write!(f, "the system allows this process {count} descriptors")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use LimitedBy::*;

    fn limits(change: impl FnOnce(&mut SystemLimits)) -> SystemLimits {
        let mut limits = SystemLimits::default();
        change(&mut limits);
        limits
    }

    #[test]
    fn the_least_limit_counts_and_leaves_something_for_the_rest() {
        let rows = [
            (limits(|_| {}), (16_384, Assumed(16_384))),
            (
                limits(|l| l.mappings = Some(65_530)),
                (15_358, Mappings(65_530)),
            ),
            (
                limits(|l| l.mappings = Some(1_048_576)),
                (245_760, Mappings(1_048_576)),
            ),
            (
                limits(|l| l.group_threads = Some(26)),
                (18, GroupThreads(26)),
            ),
            (
                limits(|l| (l.mappings, l.user_threads) = (Some(65_530), Some(4096))),
                (3840, UserThreads(4096)),
            ),
            (
                limits(|l| (l.user_threads, l.group_threads) = (Some(200), Some(100))),
                (92, GroupThreads(100)),
            ),
            (
                limits(|l| l.system_threads = Some(32_768)),
                (30_720, SystemThreads(32_768)),
            ),
            (limits(|l| l.user_threads = Some(8)), (4, UserThreads(8))),
            (limits(|l| l.user_threads = Some(1)), (2, UserThreads(1))),
            (limits(|l| l.user_threads = Some(0)), (2, UserThreads(0))),
            (
                limits(|l| l.mappings = Some(u64::MAX)),
                (4_323_455_642_275_676_160, Mappings(u64::MAX)),
            ),
        ];
        for (limits, expected) in rows {
            assert_eq!(limits.threads(), expected, "{limits:?}");
        }
    }

    #[test]
    fn writers_have_a_quarter_and_each_has_at_least_one() {
        let rows = [
            (15_358, (11_519, 3839)),
            (18, (14, 4)),
            (4, (3, 1)),
            (2, (1, 1)),
            (0, (1, 1)),
        ];
        for (threads, (clients, writers)) in rows {
            assert_eq!(
                Shares::of(threads),
                Shares { clients, writers },
                "{threads}"
            );
        }
    }

    #[test]
    fn clients_fit_within_threads_and_descriptors() {
        let rows = [
            // mappings, descriptors: clients, limited by
            (Some(65_530), Some(1 << 20), 11_455, Mappings(65_530)),
            (Some(65_530), None, 11_455, Mappings(65_530)),
            (Some(65_530), Some(1024), 944, Descriptors(1024)),
            (Some(65_530), Some(11_534), 11_454, Descriptors(11_534)),
            (Some(65_530), Some(11_535), 11_455, Mappings(65_530)),
            (Some(200), Some(1024), 32, Mappings(200)),
            (None, Some(64), 40, Descriptors(64)),
            (None, Some(0), 1, Descriptors(0)),
            (Some(0), Some(0), 1, Descriptors(0)),
        ];
        for (mappings, descriptors, clients, limited_by) in rows {
            let limits = limits(|l| (l.mappings, l.descriptors) = (mappings, descriptors));
            let expected = ClientLimit {
                clients,
                limited_by,
            };
            assert_eq!(limits.clients(limits.threads()), expected, "{limits:?}");
        }
    }
}
