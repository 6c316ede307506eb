//! What a queue takes and gives back, what its writer is told, and when a writer is started.

use std::time::Duration;

use super::*;
use crate::protocol::{CloseCode, Message};

const LIMITS: QueueLimits = QueueLimits {
    messages: 3,
    bytes: 100,
};

fn batch(message: Message<'_>) -> Arc<Batch> {
    Arc::new(Batch::of(message))
}

fn answer(queue: &Queue, frames: &[u8]) -> Option<usize> {
    queue.answer(|bytes, _| {
        bytes.extend_from_slice(frames);
        bytes.len()
    })
}

#[test]
fn takes_what_fits_and_counts_what_waits_until_it_is_written() {
    let now = Instant::now();
    let full = Offer::Full { since: now };
    let small = batch(Message::Text("twenty bytes, headed")); // 22 on the wire
    let large = batch(Message::Binary(&[0; 60])); // 62 on the wire
    let queue = Queue::default();
    let offer = |batch| queue.offer(batch, LIMITS, now, || {});
    assert_eq!([offer(&small), offer(&small)], [Offer::Queued; 2]);
    assert_eq!(offer(&large), full, "106 bytes");
    assert_eq!(offer(&small), Offer::Queued);
    assert_eq!(offer(&small), full, "four messages");
    let mut first = queue.take(Vec::new());
    assert_eq!(first.frames.len(), 3);
    assert_eq!(first.tally.data().messages, 3);
    assert!(matches!(offer(&small), Offer::Full { since } if since >= now));
    assert!(!queue.is_empty(), "taken is not written");
    queue.close(CloseFrame::EMPTY, || {});
    queue.written(&mut first);
    assert!(queue.is_empty());
    assert_eq!(queue.take(Vec::new()).close, Some(CloseFrame::EMPTY));
    assert_eq!(queue.high_water(), 3);
}

#[test]
fn an_empty_queue_takes_a_message_of_any_size() {
    let now = Instant::now();
    let queue = Queue::default();
    let huge = batch(Message::Binary(&[0; 5000]));
    assert_eq!(queue.offer(&huge, LIMITS, now, || {}), Offer::Queued);
    let empty = batch(Message::Text(""));
    let offered = queue.offer(&empty, LIMITS, now, || {});
    assert_eq!(offered, Offer::Full { since: now });
}

#[test]
fn a_full_queue_tells_since_when_the_client_holds_up_a_write() {
    let start = Instant::now();
    let later = start + Duration::from_secs(1000);
    let queue = Queue::default();
    let small = batch(Message::Text("x"));
    for _ in 0..3 {
        assert_eq!(queue.offer(&small, LIMITS, start, || {}), Offer::Queued);
    }
    let untaken = queue.offer(&small, LIMITS, later, || {});
    let its_turn = "the writer has not had its turn";
    assert_eq!(untaken, Offer::Full { since: later }, "{its_turn}");
    let _writing = queue.take(Vec::new());
    let held_up = queue.offer(&small, LIMITS, later, || {});
    assert!(
        matches!(held_up, Offer::Full { since } if since < later),
        "{held_up:?}"
    );
}

#[test]
fn a_close_goes_behind_what_is_queued_and_nothing_behind_it() {
    let now = Instant::now();
    let queue = Queue::default();
    let small = batch(Message::Text("x"));
    let bye = CloseFrame::new(CloseCode::NORMAL, "bye");
    assert_eq!(queue.offer(&small, LIMITS, now, || {}), Offer::Queued);
    queue.close(bye.clone(), || {});
    queue.close(CloseFrame::EMPTY, || {}); // only the first counts
    assert_eq!(queue.offer(&small, LIMITS, now, || {}), Offer::Closed);
    assert_eq!(answer(&queue, b"y"), None);
    let taken = queue.take(Vec::new());
    assert_eq!((taken.frames.len(), taken.close), (1, Some(bye)));
    queue.end();
    assert_eq!(queue.wait(Idle::begin), Work::Leave);
}

#[test]
fn answers_keep_their_place_among_what_is_offered() {
    let now = Instant::now();
    let queue = Queue::default();
    let offered = batch(Message::Text("2"));
    assert_eq!(answer(&queue, b"0"), Some(1));
    assert_eq!(answer(&queue, b"1"), Some(2));
    assert_eq!(queue.offer(&offered, LIMITS, now, || {}), Offer::Queued);
    assert!(!queue.has_answers());
    assert_eq!(answer(&queue, b"3"), Some(1));
    let taken = queue.take(Vec::new());
    let mut bytes: Vec<u8> = Vec::new();
    for frames in &taken.frames {
        bytes.extend(frames.bytes(None));
    }
    assert_eq!(bytes, b"01\x81\x0123");
    assert_eq!(queue.depth().0, 1, "answers take nobody's room");
}

#[test]
fn a_writer_that_may_not_wait_leaves_and_the_next_offer_or_close_starts_another() {
    let now = Instant::now();
    let queue = Queue::default();
    let small = batch(Message::Text("x"));
    let mut started = 0;
    for _ in 0..2 {
        let offered = queue.offer(&small, LIMITS, now, || started += 1);
        assert_eq!(offered, Offer::Queued);
    }
    assert_eq!(started, 1, "one takes both");
    assert_eq!(queue.wait(|| None), Work::Write, "no need to wait");
    queue.written(&mut queue.take(Vec::new()));
    assert_eq!(queue.wait(|| None), Work::Leave);
    assert!(!queue.has_writer());
    queue.close(CloseFrame::EMPTY, || started += 1);
    assert_eq!((started, queue.has_writer()), (2, true));
    queue.end();
    assert_eq!(queue.wait(|| None), Work::Leave);
    queue.close(CloseFrame::EMPTY, || panic!("the session is over"));
}

#[test]
fn a_writer_waits_for_more_until_a_close_was_taken_or_the_session_is_over() {
    let queue = Arc::new(Queue::default());
    let waits = thread::spawn({
        let queue = queue.clone();
        move || {
            let first = queue.wait(Idle::begin);
            let taken = queue.take(Vec::new());
            (first, taken.close.is_some(), queue.wait(Idle::begin))
        }
    });
    while !queue.has_writer() {
        thread::yield_now();
    }
    queue.close(CloseFrame::EMPTY, || panic!("there is a writer"));
    assert_eq!(waits.join().unwrap(), (Work::Write, true, Work::Leave));

    let ended = Arc::new(Queue::default());
    let waits = thread::spawn({
        let queue = ended.clone();
        move || queue.wait(Idle::begin)
    });
    while !ended.has_writer() {
        thread::yield_now();
    }
    ended.end();
    assert_eq!(waits.join().unwrap(), Work::Leave);
}
