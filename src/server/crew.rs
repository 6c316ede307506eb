//! The threads that serve clients. One whose client has left waits a moment for the next one:
//! taking up a waiting thread costs a fraction of starting one.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Room for a handler's own work, and on Windows for its TLS, which says nowhere how much it
/// takes. Only what is touched costs memory.
const STACK_BYTES: usize = if cfg!(windows) { 1 << 20 } else { 256 << 10 };

/// The most threads that wait for a next client; who finishes beyond that ends.
const MOST_WAITING: usize = 64;

/// How long a thread waits for a next client.
const PATIENCE: Duration = Duration::from_secs(2);

type Job = Box<dyn FnOnce() + Send>;

/// Starts threads, or takes up waiting ones.
#[derive(Default)]
pub(super) struct Crew {
    state: Mutex<State>,
    handed_over: Condvar,
}

#[derive(Default)]
struct State {
    /// Waiting threads that no job is meant for yet.
    waiting: usize,
    /// Jobs that waiting threads are about to take up, one each.
    jobs: VecDeque<Job>,
}

impl Crew {
    /// Has a thread do `job`, at once: a waiting one, or else a new one. An error is the
    /// system's: no thread could be started, and the job is dropped.
    pub(super) fn hand(self: &Arc<Self>, job: Job) -> io::Result<()> {
        let mut state = self.lock();
        if state.waiting > 0 {
            state.waiting -= 1;
            state.jobs.push_back(job);
            drop(state);
            self.handed_over.notify_one();
            return Ok(());
        }
        drop(state);
        let crew = self.clone();
        thread::Builder::new()
            .name("client".into())
            .stack_size(STACK_BYTES)
            .spawn(move || crew.serve(job))
            .map(drop)
    }

    fn serve(&self, first: Job) {
        let mut next = Some(first);
        while let Some(job) = next {
            job();
            next = self.wait();
        }
    }

    fn wait(&self) -> Option<Job> {
        let mut state = self.lock();
        if state.waiting >= MOST_WAITING {
            return None;
        }
        state.waiting += 1;
        let waited = self
            .handed_over
            .wait_timeout_while(state, PATIENCE, |state| state.jobs.is_empty());
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

impl std::fmt::Debug for Crew {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = self.lock();
        f.debug_struct("Crew")
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

    /// Hands over a job that tells its thread, then waits to be let go.
    fn hold(crew: &Arc<Crew>) -> (ThreadId, mpsc::Sender<()>) {
        let (tell, told) = mpsc::channel();
        let (go, wait) = mpsc::channel::<()>();
        let job = move || {
            tell.send(thread::current().id()).unwrap();
            let _ = wait.recv();
        };
        crew.hand(Box::new(job)).unwrap();
        (told.recv_timeout(Duration::from_secs(20)).unwrap(), go)
    }

    fn wait_until(crew: &Crew, waiting: usize) {
        for _ in 0..20_000 {
            if crew.lock().waiting == waiting {
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
        panic!("{crew:?}, not {waiting} waiting");
    }

    #[test]
    fn a_thread_that_is_done_serves_the_next_one_and_a_busy_one_is_not_waited_for() {
        let crew = Arc::new(Crew::default());
        let (first, go) = hold(&crew);
        let (second, _stay) = hold(&crew);
        assert_ne!(first, second);
        drop(go);
        wait_until(&crew, 1);
        let (third, _stay) = hold(&crew);
        assert_eq!(third, first);
    }

    #[test]
    fn a_panic_ends_its_thread_alone_and_nobody_waits_for_ever() {
        let crew = Arc::new(Crew::default());
        crew.hand(Box::new(|| panic!("a job's own"))).unwrap();
        let (_, go) = hold(&crew);
        drop(go);
        wait_until(&crew, 1);
        wait_until(&crew, 0);
        hold(&crew);
    }
}
