//! A thread pool: the one that serves clients, and the one for TLS handshakes. A thread whose job is
//! done waits a moment for the next one, since reusing a waiting thread costs a fraction of starting
//! one.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::system;

/// Room for a handler's own work, and on Windows for its TLS, whose need is not documented. Only
/// touched pages cost memory.
const STACK_BYTES: usize = if cfg!(windows) { 1 << 20 } else { 256 << 10 };

/// The most threads that wait for a job; excess threads exit.
const MAX_WAITING: usize = 64;

/// The most threads for TLS handshakes. With all of them busy, a client's own thread does its handshake.
#[cfg(feature = "wss")]
const MAX_HANDSHAKES: usize = 8;

/// How long a thread waits for a next job.
const WAIT_TIME: Duration = Duration::from_secs(2);

type Job = Box<dyn FnOnce() + Send>;

/// Runs each job on a thread of its own: a waiting one, or else a new one.
pub(super) struct ThreadPool {
    kind: Kind,
    state: Mutex<State>,
    job_added: Condvar,
}

/// What the threads are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// They serve clients. There are as many as the process may have for clients.
    Clients,
    /// They do TLS handshakes. There are at most [`MAX_HANDSHAKES`], which are not counted among the
    /// clients' threads, so that they take no client's place.
    #[cfg(feature = "wss")]
    Handshakes,
}

#[derive(Default)]
struct State {
    /// All threads.
    threads: usize,
    /// Waiting threads that no job is assigned to yet.
    waiting: usize,
    /// Jobs for waiting threads, one each.
    jobs: VecDeque<Job>,
}

impl ThreadPool {
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            state: Mutex::default(),
            job_added: Condvar::new(),
        }
    }

    /// Runs `job` on a thread at once.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if all threads that the pool may have are taken; what the system says otherwise.
    /// The job is dropped.
    pub(super) fn execute(self: &Arc<Self>, job: Job) -> io::Result<()> {
        let mut state = self.lock();
        if state.waiting > 0 {
            state.waiting -= 1;
            state.jobs.push_back(job);
            drop(state);
            self.job_added.notify_one();
            return Ok(());
        }
        #[cfg(feature = "wss")]
        if self.kind == Kind::Handshakes && state.threads >= MAX_HANDSHAKES {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        state.threads += 1;
        drop(state);
        let thread = Thread(self.clone());
        let run = move || thread.0.run_jobs(job);
        match self.kind {
            Kind::Clients => system::spawn(builder("client"), run).map(drop),
            #[cfg(feature = "wss")]
            Kind::Handshakes => builder("handshake").spawn(run).map(drop),
        }
    }

    fn run_jobs(&self, first: Job) {
        let mut next = Some(first);
        while let Some(job) = next {
            job();
            next = self.wait();
        }
    }

    fn wait(&self) -> Option<Job> {
        let mut state = self.lock();
        if state.waiting >= MAX_WAITING {
            return None;
        }
        state.waiting += 1;
        let waited = self
            .job_added
            .wait_timeout_while(state, WAIT_TIME, |state| state.jobs.is_empty());
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        let job = state.jobs.pop_front();
        if job.is_none() {
            state.waiting -= 1;
        }
        job
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn builder(name: &str) -> thread::Builder {
    thread::Builder::new()
        .name(name.into())
        .stack_size(STACK_BYTES)
}

/// A thread of the pool, counted until it ends, or could not be started.
struct Thread(Arc<ThreadPool>);

impl Drop for Thread {
    fn drop(&mut self) {
        self.0.lock().threads -= 1;
    }
}

impl std::fmt::Debug for ThreadPool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = self.lock();
        f.debug_struct("ThreadPool")
            .field("waiting", &state.waiting)
            .field("jobs", &state.jobs.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::thread::ThreadId;

    /// Submits a job that reports its thread and then blocks until it is released.
    fn hold(pool: &Arc<ThreadPool>) -> (ThreadId, mpsc::Sender<()>) {
        let (tell, told) = mpsc::channel();
        let (go, wait) = mpsc::channel::<()>();
        let job = move || {
            tell.send(thread::current().id()).unwrap();
            let _ = wait.recv();
        };
        pool.execute(Box::new(job)).unwrap();
        (told.recv_timeout(Duration::from_secs(20)).unwrap(), go)
    }

    fn wait_until(pool: &ThreadPool, waiting: usize) {
        for _ in 0..20_000 {
            if pool.lock().waiting == waiting {
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
        panic!("{pool:?}, not {waiting} waiting");
    }

    #[test]
    fn a_thread_that_is_done_serves_the_next_one_and_a_busy_one_is_not_waited_for() {
        let pool = Arc::new(ThreadPool::new(Kind::Clients));
        let (first, go) = hold(&pool);
        let (second, _stay) = hold(&pool);
        assert_ne!(first, second);
        drop(go);
        wait_until(&pool, 1);
        let (third, _stay) = hold(&pool);
        assert_eq!(third, first);
    }

    #[test]
    fn a_panic_ends_its_thread_alone_and_nobody_waits_for_ever() {
        let pool = Arc::new(ThreadPool::new(Kind::Clients));
        pool.execute(Box::new(|| panic!("a job's own"))).unwrap();
        let (_, go) = hold(&pool);
        drop(go);
        wait_until(&pool, 1);
        wait_until(&pool, 0);
        hold(&pool);
    }
}
