//! The tests that every implementation of the log has to pass, as rows.

use std::thread;
use std::time::{Duration, Instant};

use super::log::{
    Append, Appended, Entry, Epoch, Log, LogSource, MAX_BUNDLE_BYTES, NodeId, Position, Snapshot,
};

const A: Epoch = Epoch(0xa);
const B: Epoch = Epoch(u128::MAX);
const C: Epoch = Epoch(0xc);
const NODE: NodeId = NodeId(1);
const OTHER: NodeId = NodeId(u64::MAX);

type Row = (&'static str, fn(&dyn LogSource));

const ROWS: &[Row] = &[
    ("a new log has no epoch and holds nothing", a_new_log),
    ("an epoch begins once, whoever asks", an_epoch_begins_once),
    (
        "entries are numbered from 1 and come back",
        entries_come_back,
    ),
    ("an append of another epoch changes nothing", another_epoch),
    ("a retry has its place and is not there twice", a_retry),
    ("a new epoch forgets all", a_new_epoch_forgets),
    ("a read waits for an entry, with a bound", a_read_waits),
    ("a read has at most 1,000 entries", a_read_has_1000),
    ("a read has at most 8 MiB, or one entry", a_read_has_8_mib),
    ("a bundle is any bytes", any_bytes),
    ("a snapshot is kept if it is newer", snapshots),
    ("many appenders leave no hole", many_appenders),
];

/// Runs every row, each on a new log.
pub(super) fn check(new_log: &dyn Fn() -> Box<dyn LogSource>) {
    for (name, row) in ROWS {
        println!("{name}");
        row(&*new_log());
    }
}

/// A connection to a log in the epoch [`A`].
pub(super) fn begun(source: &dyn LogSource) -> Box<dyn Log> {
    let mut log = source.connect().unwrap();
    assert_eq!(log.change_epoch(None, A), Ok(A));
    log
}

pub(super) fn append(log: &mut dyn Log, counter: u64, bundle: &[u8]) -> Appended {
    append_as(log, A, NODE, counter, bundle)
}

fn append_as(
    log: &mut dyn Log,
    epoch: Epoch,
    node: NodeId,
    counter: u64,
    bundle: &[u8],
) -> Appended {
    let append = Append {
        epoch,
        node,
        counter,
        bundle,
    };
    log.append(append).unwrap()
}

fn sequences(entries: &[Entry]) -> Vec<u64> {
    entries.iter().map(|entry| entry.sequence).collect()
}

fn a_new_log(source: &dyn LogSource) {
    let mut log = source.connect().unwrap();
    assert_eq!(log.position(), Ok(None));
    assert_eq!(append(&mut *log, 1, b"a"), Appended::NoEpoch);
    assert_eq!(log.position(), Ok(None));
    assert_eq!(log.read(0, Duration::ZERO), Ok(vec![]));
    assert_eq!(log.entry(0), Ok(None));
    assert_eq!(log.entry(1), Ok(None));
    assert_eq!(log.snapshot(), Ok(None));
}

fn an_epoch_begins_once(source: &dyn LogSource) {
    let mut log = source.connect().unwrap();
    // (known epoch, new epoch, epoch of the log afterwards)
    let rows = [
        (None, A, A),
        (None, B, A),
        (Some(C), B, A),
        (Some(A), B, B),
        (Some(A), C, B),
    ];
    for (known, new, expected) in rows {
        assert_eq!(log.change_epoch(known, new), Ok(expected));
        let position = Position {
            epoch: expected,
            last: 0,
            first: 1,
        };
        assert_eq!(log.position(), Ok(Some(position)));
    }
}

fn entries_come_back(source: &dyn LogSource) {
    let mut log = begun(source);
    assert_eq!(append(&mut *log, 1, b"one"), Appended::At(1));
    let mut other = source.connect().unwrap();
    assert_eq!(append_as(&mut *other, A, OTHER, 1, b"two"), Appended::At(2));
    assert_eq!(append(&mut *log, 2, b"three"), Appended::At(3));
    let entries = other.read(0, Duration::ZERO).unwrap();
    let expected: [(u64, NodeId, u64, &[u8]); 3] = [
        (1, NODE, 1, b"one"),
        (2, OTHER, 1, b"two"),
        (3, NODE, 2, b"three"),
    ];
    assert_eq!(entries.len(), 3);
    for (entry, (sequence, node, counter, bundle)) in entries.iter().zip(expected) {
        assert_eq!((entry.sequence, entry.epoch), (sequence, A));
        assert_eq!((entry.node, entry.counter), (node, counter));
        assert_eq!(entry.bundle, bundle);
        assert_eq!(log.entry(sequence).unwrap().as_ref(), Some(entry));
    }
    assert!(entries.is_sorted_by_key(|entry| entry.time));
    assert_eq!(log.entry(0), Ok(None));
    assert_eq!(log.entry(4), Ok(None));
    assert_eq!(log.read(1, Duration::ZERO).unwrap(), entries[1..]);
    assert_eq!(log.read(3, Duration::ZERO), Ok(vec![]));
    let position = Position {
        epoch: A,
        last: 3,
        first: 1,
    };
    assert_eq!(log.position(), Ok(Some(position)));
}

fn another_epoch(source: &dyn LogSource) {
    let mut log = begun(source);
    assert_eq!(
        append_as(&mut *log, B, NODE, 1, b"lost"),
        Appended::OtherEpoch(A)
    );
    assert_eq!(log.read(0, Duration::ZERO), Ok(vec![]));
    assert_eq!(append(&mut *log, 1, b"kept"), Appended::At(1));
}

fn a_retry(source: &dyn LogSource) {
    let mut log = begun(source);
    assert_eq!(append(&mut *log, 1, b"a"), Appended::At(1));
    assert_eq!(append(&mut *log, 1, b"a"), Appended::At(1));
    assert_eq!(append(&mut *log, 2, b"b"), Appended::At(2));
    assert_eq!(append_as(&mut *log, A, OTHER, 2, b"c"), Appended::At(3));
    let mut anew = source.connect().unwrap();
    assert_eq!(append(&mut *anew, 2, b"b"), Appended::At(2));
    let entries = anew.read(0, Duration::ZERO).unwrap();
    assert_eq!(sequences(&entries), [1, 2, 3]);
}

fn a_new_epoch_forgets(source: &dyn LogSource) {
    let mut log = begun(source);
    for counter in 1..=3 {
        append(&mut *log, counter, b"old");
    }
    let before = log.entry(3).unwrap().unwrap();
    let old = Snapshot {
        epoch: A,
        sequence: 2,
        state: b"old".to_vec(),
    };
    log.store_snapshot(&old).unwrap();
    assert_eq!(log.change_epoch(Some(A), B), Ok(B));
    assert_eq!(log.read(0, Duration::ZERO), Ok(vec![]));
    assert_eq!(log.snapshot(), Ok(None));
    assert_eq!(append(&mut *log, 4, b"late"), Appended::OtherEpoch(B));
    assert_eq!(append_as(&mut *log, B, NODE, 3, b"new"), Appended::At(1));
    let first = log.entry(1).unwrap().unwrap();
    assert_eq!((first.epoch, &first.bundle[..]), (B, &b"new"[..]));
    assert!(first.time >= before.time);
}

fn a_read_waits(source: &dyn LogSource) {
    let mut log = begun(source);
    let wait = Duration::from_millis(200);
    let start = Instant::now();
    assert_eq!(log.read(0, wait), Ok(vec![]));
    let waited = start.elapsed();
    assert!(waited >= wait * 9 / 10, "only {waited:?}");
    assert!(waited < wait + Duration::from_secs(2), "{waited:?}");
    let mut reader = source.connect().unwrap();
    let waiting = thread::spawn(move || {
        let found = reader.read(0, Duration::from_secs(20)).unwrap();
        (found, Instant::now())
    });
    let appended = Instant::now();
    assert_eq!(append(&mut *log, 1, b"a"), Appended::At(1));
    let (found, read) = waiting.join().unwrap();
    assert_eq!(sequences(&found), [1]);
    let late = read.saturating_duration_since(appended);
    assert!(late < Duration::from_secs(5), "{late:?}");
}

fn a_read_has_1000(source: &dyn LogSource) {
    let mut log = begun(source);
    for counter in 1..=1001 {
        assert_eq!(append(&mut *log, counter, b""), Appended::At(counter));
    }
    let entries = log.read(0, Duration::ZERO).unwrap();
    assert_eq!(sequences(&entries), (1..=1000).collect::<Vec<_>>());
    let rest = log.read(1000, Duration::ZERO).unwrap();
    assert_eq!(sequences(&rest), [1001]);
}

fn a_read_has_8_mib(source: &dyn LogSource) {
    let mut log = begun(source);
    let half = vec![b'a'; 4 * 1024 * 1024];
    let lengths = [half.len(), half.len(), 1, half.len(), half.len() + 1, 1];
    let longest = vec![b'b'; MAX_BUNDLE_BYTES];
    let bundles = lengths
        .iter()
        .map(|length| [&half[..], b"a"].concat()[..*length].to_vec());
    for (counter, bundle) in (1..).zip(bundles.chain([longest.clone()])) {
        assert_eq!(append(&mut *log, counter, &bundle), Appended::At(counter));
    }
    let mut read = |after| sequences(&log.read(after, Duration::ZERO).unwrap());
    assert_eq!(read(0), [1, 2]);
    assert_eq!(read(2), [3, 4]);
    assert_eq!(read(4), [5, 6]);
    assert_eq!(read(6), [7]);
    assert_eq!(log.entry(7).unwrap().unwrap().bundle, longest);
}

fn any_bytes(source: &dyn LogSource) {
    let mut log = begun(source);
    let all: Vec<u8> = (0..=255).collect();
    let bundles: [&[u8]; 4] = [b"", b"\r\n", b"\0", &all];
    for (counter, bundle) in (1..).zip(bundles) {
        assert_eq!(append(&mut *log, counter, bundle), Appended::At(counter));
        assert_eq!(log.entry(counter).unwrap().unwrap().bundle, bundle);
    }
}

fn snapshots(source: &dyn LogSource) {
    let mut log = begun(source);
    for counter in 1..=9 {
        append(&mut *log, counter, b"");
    }
    // (epoch, sequence; sequence of the snapshot that is stored afterwards)
    let rows = [
        (B, 5, None),
        (A, 5, Some(5)),
        (A, 4, Some(5)),
        (B, 9, Some(5)),
        (A, 9, Some(9)),
    ];
    for (epoch, sequence, expected) in rows {
        let state = format!("the state \r\n at {sequence}").into_bytes();
        let snapshot = Snapshot {
            epoch,
            sequence,
            state,
        };
        log.store_snapshot(&snapshot).unwrap();
        let stored = source.connect().unwrap().snapshot().unwrap();
        assert_eq!(stored.as_ref().map(|stored| stored.sequence), expected);
        if let Some(stored) = stored {
            let state = format!("the state \r\n at {}", stored.sequence);
            assert_eq!((stored.epoch, stored.state), (A, state.into_bytes()));
        }
    }
}

fn many_appenders(source: &dyn LogSource) {
    const APPENDS: u64 = 50;
    let mut log = begun(source);
    let logs: Vec<_> = (1..=4)
        .map(|node| (NodeId(node), source.connect().unwrap()))
        .collect();
    let threads: Vec<_> = logs
        .into_iter()
        .map(|(node, mut log)| {
            thread::spawn(move || {
                for counter in 1..=APPENDS {
                    for _ in 0..2 {
                        append_as(&mut *log, A, node, counter, b"x"); // each is retried
                    }
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let entries = log.read(0, Duration::ZERO).unwrap();
    assert_eq!(sequences(&entries), (1..=4 * APPENDS).collect::<Vec<_>>());
    for node in (1..=4).map(NodeId) {
        let own = entries.iter().filter(|entry| entry.node == node);
        assert!(own.map(|entry| entry.counter).eq(1..=APPENDS));
    }
}
