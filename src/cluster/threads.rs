//! The two threads of a node: `log-writer` appends the node's bundles, `log-reader` reads the log's
//! entries. Both block on the log; the node, on its hub's thread, never does.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel as channel;

use super::log::{Append, Appended, Log, LogError, LogSource, Snapshot};
use super::reader::{News, Reader};
use super::settings::Cluster;
use super::status::Reporter;
use super::wanted::Job;

/// How long the reader waits for entries at a time, and the writer for something to append. Either
/// notices within this time that it is to stop.
const WAIT: Duration = Duration::from_millis(500);

/// The delay between two attempts of the reader to connect.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The most tasks that wait for the writer: the bundle in flight, one that was given up, a
/// snapshot.
const MAX_TASKS: usize = 4;

/// What the threads deliver to the node.
#[derive(Debug)]
pub enum FromLog {
    /// News that the reader found in the log.
    News(News),
    /// The log cannot be read at present; the text says why.
    Lost(String),
    /// The answer to an append.
    Answered {
        counter: u64,
        answer: Result<Appended, LogError>,
    },
}

impl FromLog {
    /// The approximate memory that this takes, in bytes.
    fn bytes(&self) -> usize {
        match self {
            Self::News(News::Entry(entry)) => entry.bundle.len(),
            Self::News(News::Restored { state, .. }) => state.as_ref().map_or(0, Vec::len),
            _ => 0,
        }
    }
}

/// Passes something to the node, with the bytes of memory that it takes; waits until there is room.
/// False if the node no longer exists.
pub type Deliver = Box<dyn Fn(FromLog, usize) -> bool + Send>;

enum Task {
    Append(Job),
    Store(Snapshot),
}

/// The node's interface to the threads; none of its calls blocks.
#[derive(Debug)]
pub struct Port {
    tasks: channel::Sender<Task>,
    reconnect: Arc<AtomicBool>,
}

impl Port {
    /// Asks the writer to append a bundle. False if the writer's queue is full.
    pub fn append(&self, job: Job) -> bool {
        self.tasks.try_send(Task::Append(job)).is_ok()
    }

    /// Asks the writer to store a snapshot; if its queue is full, the snapshot is dropped.
    pub fn store(&self, snapshot: Snapshot) {
        drop(self.tasks.try_send(Task::Store(snapshot))); // another snapshot is due soon
    }

    /// Asks the reader to read the log over a new connection.
    pub fn reconnect(&self) {
        self.reconnect.store(true, Relaxed);
    }
}

/// Both threads. Dropping this stops them within half a second plus the time of one call to the
/// log.
#[derive(Debug)]
pub struct Threads {
    is_stopped: Arc<AtomicBool>,
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.is_stopped.store(true, Relaxed);
    }
}

/// Starts the writer and the follower of [`Port::new`], on a thread each.
pub fn start(
    writer: Writer,
    follower: Follower,
    mut deliver: impl FnMut() -> Deliver,
) -> io::Result<Threads> {
    let is_stopped = Arc::new(AtomicBool::new(false));
    let threads = Threads {
        is_stopped: is_stopped.clone(),
    };
    let (stopped, answers) = (is_stopped.clone(), deliver());
    thread::Builder::new()
        .name("log-writer".into())
        .spawn(move || write(writer, &answers, &stopped))?;
    let news = deliver();
    thread::Builder::new()
        .name("log-reader".into())
        .spawn(move || follow(follower, &news, &is_stopped))?;
    Ok(threads)
}

fn write(mut writer: Writer, deliver: &Deliver, is_stopped: &AtomicBool) {
    while !is_stopped.load(Relaxed) {
        let answer = writer.step(WAIT);
        if writer.is_over || answer.is_some_and(|answer| !deliver(answer, 0)) {
            return;
        }
    }
}

fn follow(mut follower: Follower, deliver: &Deliver, is_stopped: &AtomicBool) {
    let mut pause = FIRST_PAUSE;
    while !is_stopped.load(Relaxed) {
        let all = follower.step(WAIT, Instant::now());
        let is_lost = matches!(all[..], [FromLog::Lost(_)]);
        for news in all {
            let bytes = news.bytes();
            if !deliver(news, bytes) {
                return;
            }
        }
        if is_lost {
            thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        } else {
            pause = FIRST_PAUSE;
        }
    }
}

impl Port {
    /// The node's interface, and the writer and the follower that belong to it.
    pub fn new(cluster: &Cluster, reporter: &Reporter) -> (Self, Writer, Follower) {
        let (to_writer, tasks) = channel::bounded(MAX_TASKS);
        let reconnect = Arc::new(AtomicBool::new(false));
        let writer = Writer {
            source: cluster.source.clone(),
            log: None,
            reporter: reporter.clone(),
            tasks,
            is_over: false,
        };
        let follower = Follower {
            reader: Reader::new(cluster.source.clone()),
            reconnect: reconnect.clone(),
            reporter: reporter.clone(),
        };
        let port = Self {
            tasks: to_writer,
            reconnect,
        };
        (port, writer, follower)
    }
}

/// Appends bundles and stores snapshots.
pub struct Writer {
    source: Arc<dyn LogSource>,
    log: Option<Box<dyn Log>>,
    reporter: Reporter,
    tasks: channel::Receiver<Task>,
    /// The node no longer exists.
    is_over: bool,
}

impl Writer {
    /// Does the node's next task, if one comes within `wait`, and returns the log's answer.
    pub fn step(&mut self, wait: Duration) -> Option<FromLog> {
        match self.tasks.recv_timeout(wait) {
            Ok(Task::Append(job)) => return Some(self.append(&job)),
            Ok(Task::Store(snapshot)) => self.store(&snapshot),
            Err(error) => self.is_over = error == channel::RecvTimeoutError::Disconnected,
        }
        None
    }

    fn append(&mut self, job: &Job) -> FromLog {
        if job.is_retry {
            self.log = None;
            self.reporter.count_retry();
        }
        let start = Instant::now();
        let answer = self.call(|log| {
            log.append(Append {
                epoch: job.epoch,
                node: job.node,
                counter: job.counter,
                bundle: &job.bundle,
            })
        });
        if answer.is_ok() {
            self.reporter.observe_append(start.elapsed());
        }
        let counter = job.counter;
        FromLog::Answered { counter, answer }
    }

    fn store(&mut self, snapshot: &Snapshot) {
        if let Err(error) = self.call(|log| log.store_snapshot(snapshot)) {
            let why = format!("a snapshot was not stored: {error}");
            log::warn!("cluster node={} why={why:?}", self.reporter.status().node());
        }
    }

    fn call<T>(
        &mut self,
        call: impl FnOnce(&mut dyn Log) -> Result<T, LogError>,
    ) -> Result<T, LogError> {
        let mut log = match self.log.take() {
            Some(log) => log,
            None => self.source.connect()?,
        };
        let answer = call(&mut *log)?;
        self.log = Some(log);
        Ok(answer)
    }
}

/// Follows the log.
pub struct Follower {
    reader: Reader,
    reconnect: Arc<AtomicBool>,
    reporter: Reporter,
}

impl Follower {
    /// Returns what is new in the log within `wait`.
    pub fn step(&mut self, wait: Duration, now: Instant) -> Vec<FromLog> {
        if self.reconnect.swap(false, Relaxed) && self.reader.is_connected() {
            self.reader.disconnect();
            self.reporter.count_reconnect();
        }
        match self.reader.step(wait, now) {
            Ok(news) => news.into_iter().map(FromLog::News).collect(),
            Err(error) => {
                self.reporter.count_reconnect();
                vec![FromLog::Lost(error.to_string())]
            }
        }
    }
}
