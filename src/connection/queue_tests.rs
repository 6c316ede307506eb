//! What a queue takes, what its writer is told, and when a writer is started.

use super::*;
use crate::protocol::{CloseCode, Message};

const LIMITS: QueueLimits = QueueLimits {
    messages: 3,
    bytes: 100,
};

fn batch(message: Message<'_>) -> Arc<Batch> {
    Arc::new(Batch::of(message))
}

#[test]
fn takes_what_fits_and_counts_what_waits_until_it_is_written() {
    let now = Instant::now();
    let small = batch(Message::Text("twenty bytes, headed")); // 22 on the wire
    let large = batch(Message::Binary(&[0; 60])); // 62 on the wire
    let queue = Queue::default();
    let offer = |batch| queue.offer(batch, LIMITS, now, || {});
    assert_eq!([offer(&small), offer(&small)], [Offer::Queued; 2]);
    assert_eq!(offer(&large), Offer::Full(now), "106 bytes");
    assert_eq!(offer(&small), Offer::Queued);
    assert_eq!(offer(&small), Offer::Full(now), "four messages");
    let mut taken = Vec::new();
    assert_eq!(queue.next(&mut taken, Idle::begin), Work::Write);
    assert_eq!(taken.len(), 3);
    assert!(matches!(offer(&small), Offer::Full(since) if since >= now));
    assert!(!queue.is_empty(), "taken is not written");
    queue.close(CloseFrame::EMPTY, || {});
    assert_eq!(
        queue.next(&mut taken, Idle::begin),
        Work::WriteAndClose(CloseFrame::EMPTY)
    );
    assert!(queue.is_empty());
    assert_eq!(queue.high_water(), 3);
}

#[test]
fn an_empty_queue_takes_a_message_of_any_size() {
    let now = Instant::now();
    let queue = Queue::default();
    let huge = batch(Message::Binary(&[0; 5000]));
    assert_eq!(queue.offer(&huge, LIMITS, now, || {}), Offer::Queued);
    let empty = batch(Message::Text(""));
    assert_eq!(queue.offer(&empty, LIMITS, now, || {}), Offer::Full(now));
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
    assert_eq!(
        untaken,
        Offer::Full(later),
        "the writer has not had its turn"
    );
    assert_eq!(queue.next(&mut Vec::new(), Idle::begin), Work::Write);
    let taken = queue.offer(&small, LIMITS, later, || {});
    assert!(
        matches!(taken, Offer::Full(since) if since < later),
        "{taken:?}"
    );
}

#[test]
fn a_close_goes_behind_what_is_queued_and_nothing_behind_it() {
    let now = Instant::now();
    let queue = Queue::default();
    let small = batch(Message::Text("x"));
    let bye = CloseFrame::new(CloseCode::NORMAL, "bye");
    assert_eq!(queue.offer(&small, LIMITS, now, || {}), Offer::Queued);
    assert!(queue.close(bye.clone(), || {}));
    assert!(
        !queue.close(CloseFrame::EMPTY, || {}),
        "only the first counts"
    );
    assert_eq!(queue.offer(&small, LIMITS, now, || {}), Offer::Closed);
    let mut taken = Vec::new();
    assert_eq!(
        queue.next(&mut taken, Idle::begin),
        Work::WriteAndClose(bye)
    );
    assert_eq!(taken.len(), 1);
    queue.end();
    assert_eq!(queue.next(&mut taken, Idle::begin), Work::Leave);
}

#[test]
fn a_writer_that_may_not_wait_leaves_and_the_next_offer_or_close_starts_another() {
    let now = Instant::now();
    let queue = Queue::default();
    let small = batch(Message::Text("x"));
    let mut started = 0;
    for _ in 0..2 {
        assert_eq!(
            queue.offer(&small, LIMITS, now, || started += 1),
            Offer::Queued
        );
    }
    assert_eq!(started, 1, "one takes both");
    let mut taken = Vec::new();
    assert_eq!(
        queue.next(&mut taken, || None),
        Work::Write,
        "no need to wait"
    );
    assert_eq!(queue.next(&mut taken, || None), Work::Leave);
    assert!(!queue.has_writer());
    queue.close(CloseFrame::EMPTY, || started += 1);
    assert_eq!((started, queue.has_writer()), (2, true));
    queue.end();
    assert_eq!(queue.next(&mut taken, || None), Work::Leave);
    queue.close(CloseFrame::EMPTY, || panic!("the session is over"));
}
