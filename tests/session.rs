//! A session over a stream in memory: what goes over the wire, and how each connection ends.

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use support::peer::{Peer, Setup, TIMEOUT};
use support::*;
use wshub::connection::{
    AbortCause, Batch, CloseCause, Incoming, Offer, QueueLimits, SendError, Timeouts,
};
use wshub::protocol::{CloseCode, CloseFrame, Initiator, Limits, Message, ProtocolError, Role};

const BLINK: Duration = Duration::from_millis(20);

fn with_timeouts(timeouts: Timeouts) -> Setup {
    Setup {
        timeouts,
        ..Setup::default()
    }
}

fn ending(cause: &CloseCause) -> (Initiator, u16, &str, bool) {
    (cause.by, cause.code, cause.reason.as_str(), cause.clean)
}

#[test]
fn a_message_is_echoed_and_a_close_is_answered_with_its_code_and_reason() {
    let mut peer = Peer::of_echo(Setup::default());
    peer.send(&[text("one"), binary(b"two"), close_with(3001, "bye")]);
    assert_eq!(
        peer.rest(),
        [saw_text("one"), saw_binary(b"two"), saw_close(3001, "bye")]
    );
    peer.finish();
    let cause = peer.cause();
    assert_eq!(ending(&cause), (Initiator::Peer, 3001, "bye", true));
    assert_eq!((cause.received.messages, cause.received.bytes), (2, 6));
    assert_eq!((cause.sent.messages, cause.sent.bytes), (2, 6));
    assert_eq!(cause.why, "closing handshake");
}

#[test]
fn an_empty_close_is_answered_with_an_empty_one() {
    let mut peer = Peer::of_echo(Setup::default());
    peer.send(&[close("")]);
    assert_eq!(peer.rest(), [Seen::Close(None, String::new())]);
    peer.finish();
    assert_eq!(ending(&peer.cause()), (Initiator::Peer, 1005, "", true));
}

#[test]
fn a_ping_is_answered_between_the_fragments_of_a_message() {
    let mut peer = Peer::of_echo(Setup::default());
    peer.send(&[
        text_start("a"),
        ping("are you there"),
        pong("unasked"),
        end("b"),
    ]);
    assert_eq!(peer.next(), Some(saw_pong("are you there")));
    assert_eq!(peer.next(), Some(saw_text("ab")));
    peer.abort();
    peer.cause();
}

#[test]
fn bytes_after_the_handshake_are_processed_and_the_101_goes_first() {
    let behind = wire(Role::Server, &[text("early")]);
    let response_head = b"HTTP/1.1 101 Switching Protocols\r\n\r\n".to_vec();
    let mut peer = Peer::of_echo(Setup {
        leftover: behind,
        response_head: response_head.clone(),
        ..Setup::default()
    });
    let mut bytes = peer.raw();
    while bytes.len() < response_head.len() + 7 {
        bytes.extend(peer.raw());
    }
    assert_eq!(bytes, [&response_head[..], b"\x81\x05early"].concat());
    peer.abort();
    peer.cause();
}

#[test]
fn what_others_send_waits_for_the_101_too() {
    let response_head = b"headers".to_vec();
    let setup = Setup {
        response_head: response_head.clone(),
        ..Setup::default()
    };
    let mut peer = Peer::of_echo(setup);
    let batch = Arc::new(Batch::of(Message::Text("hello")));
    assert_eq!(
        peer.sender.offer_batch(&batch, Instant::now()),
        Offer::Queued
    );
    let mut bytes = peer.raw();
    while bytes.len() < 14 {
        bytes.extend(peer.raw());
    }
    assert_eq!(bytes, b"headers\x81\x05hello");
    peer.abort();
    peer.cause();
}

#[test]
fn a_fault_is_answered_with_its_code_after_what_came_whole_before_it() {
    // (the frames, what is echoed, the code and the rule)
    let limits = Limits {
        max_message_bytes: 100,
        max_fragments: 3,
        ..Limits::default()
    };
    let rows: Vec<(Vec<Frame>, Vec<Seen>, ProtocolError)> = vec![
        (
            vec![text("before"), ping("").rsv(4), text("behind")],
            vec![saw_text("before")],
            ProtocolError::ReservedBits,
        ),
        (
            vec![text("before"), text(b"\xFF"), text("behind")],
            vec![saw_text("before")],
            ProtocolError::InvalidUtf8,
        ),
        (
            vec![binary([0; 100]), binary([0; 101])],
            vec![saw_binary([0; 100])],
            ProtocolError::TooBig {
                announced: 101,
                limit: 100,
            },
        ),
        (
            vec![text_start(""), more(""), more(""), more("")],
            vec![],
            ProtocolError::TooManyFragments { limit: 3 },
        ),
        (
            vec![text("a").wrong_mask()],
            vec![],
            ProtocolError::Unmasked,
        ),
        (
            vec![end("a")],
            vec![],
            ProtocolError::UnexpectedContinuation,
        ),
    ];
    for (frames, echoed, rule) in rows {
        let mut peer = Peer::of_echo(Setup {
            limits,
            ..Setup::default()
        });
        peer.send(&frames);
        let mut expected = echoed;
        expected.push(saw_close(rule.close_code().number(), &rule.to_string()));
        assert_eq!(peer.rest(), expected, "{rule:?}");
        peer.finish();
        let cause = peer.cause();
        let reason = rule.to_string();
        let code = rule.close_code().number();
        assert_eq!(
            ending(&cause),
            (Initiator::Fault, code, reason.as_str(), false)
        );
        assert!(cause.why.contains(rule.section()), "{}", cause.why);
    }
}

#[test]
fn nothing_after_the_peers_close_is_processed() {
    let mut peer = Peer::of_echo(Setup::default());
    peer.send(&[close_with(1000, ""), text("behind"), ping("behind")]);
    assert_eq!(peer.rest(), [saw_close(1000, "")]);
    peer.finish();
    assert_eq!(peer.cause().received.messages, 0);
}

#[test]
fn a_handlers_close_ends_the_delivery_and_waits_for_the_answer() {
    let mut peer = Peer::of(Role::Server, Setup::default(), |_, outbox| {
        outbox.text("enough");
        outbox.close(CloseCode::POLICY, "enough");
        outbox.text("not sent any more");
    });
    peer.send(&[text("one"), text("two")]);
    assert_eq!(peer.next(), Some(saw_text("enough")));
    assert_eq!(peer.next(), Some(saw_close(1008, "enough")));
    peer.send(&[ping("not answered any more"), close_with(1008, "")]);
    assert_eq!(peer.next(), None);
    peer.finish();
    let cause = peer.cause();
    assert_eq!(ending(&cause), (Initiator::Local, 1008, "enough", true));
}

#[test]
fn a_client_still_gets_what_was_sent_before_the_servers_answer_to_its_close() {
    let (seen, delivered) = std::sync::mpsc::channel();
    let mut peer = Peer::of(Role::Client, Setup::default(), move |event, _| {
        seen.send(Seen::from(event)).unwrap();
    });
    peer.sender.close(CloseFrame::new(CloseCode::NORMAL, ""));
    assert_eq!(peer.next(), Some(saw_close(1000, "")));
    peer.send(&[text("late"), close_with(1000, "")]);
    peer.finish();
    assert_eq!(ending(&peer.cause()), (Initiator::Local, 1000, "", true));
    assert_eq!(delivered.iter().collect::<Vec<_>>(), [saw_text("late")]);
}

#[test]
fn closes_from_both_ends_at_once_are_one_closing_handshake() {
    let mut peer = Peer::of_echo(Setup::default());
    peer.sender.close(CloseFrame::new(
        CloseCode::GOING_AWAY,
        "server shutting down",
    ));
    peer.send(&[close_with(1000, "me too")]);
    let closes = peer.rest();
    assert_eq!(closes.len(), 1, "one Close and no more: {closes:?}");
    peer.finish();
    assert!(peer.cause().clean);
}

#[test]
fn a_peer_that_does_not_answer_our_close_is_cut_after_the_close_timeout() {
    let timeouts = Timeouts {
        close: BLINK,
        ..Timeouts::default()
    };
    // By the connection's own thread, and by another one.
    let mut peer = Peer::of(Role::Server, with_timeouts(timeouts), |_, outbox| {
        outbox.close(CloseCode::NORMAL, "");
    });
    peer.send(&[text("go on")]);
    let cause = peer.cause();
    assert_eq!(ending(&cause), (Initiator::Local, 1000, "", false));
    assert_eq!(cause.aborted, Some(AbortCause::CloseTimeout));

    let peer = Peer::of_echo(with_timeouts(timeouts));
    peer.sender
        .close(CloseFrame::new(CloseCode::POLICY, "slow consumer"));
    let cause = peer.cause();
    assert_eq!(
        ending(&cause),
        (Initiator::Local, 1008, "slow consumer", false)
    );
    assert_eq!(cause.aborted, Some(AbortCause::CloseTimeout));

    // The Close is queued for the writer; whoever sends next may be the one that writes it.
    for _ in 0..100 {
        let peer = Peer::of_echo(with_timeouts(timeouts));
        peer.sender
            .close(CloseFrame::new(CloseCode::GOING_AWAY, ""));
        let sent = peer.sender.send(Message::Text("behind the Close"));
        assert!(matches!(sent, Err(SendError::Closed)), "{sent:?}");
        assert_eq!(peer.cause().aborted, Some(AbortCause::CloseTimeout));
    }

    let peer = Peer::of_echo(with_timeouts(timeouts));
    drop(peer.sender.text_fragments().unwrap());
    let cause = peer.cause();
    assert_eq!(
        ending(&cause),
        (Initiator::Local, 1011, "message abandoned", false)
    );
    assert_eq!(cause.aborted, Some(AbortCause::CloseTimeout));
}

/// The peer takes a byte now and then, so that no single write is blocked for long: a message of
/// 30 KiB takes it a minute.
#[test]
fn a_close_waits_for_a_dripping_peer_no_longer_than_the_close_timeout() {
    let setup = || Setup {
        capacity: 64,
        ..with_timeouts(Timeouts {
            close: Duration::from_millis(300),
            ..Timeouts::default()
        })
    };
    let long = "x".repeat(30 << 10);
    let batch = Arc::new(Batch::of(Message::Text(&long)));
    let unmasked = wire(Role::Client, &[text("a fault")]);
    let offer = |peer: &Peer| {
        let offered = peer.sender.offer_batch(&batch, Instant::now());
        assert_eq!(offered, Offer::Queued);
    };

    // A fault, and the peer's Close, while another thread writes.
    for (bytes, by) in [
        (unmasked.clone(), Initiator::Fault),
        (wire(Role::Server, &[close_with(1000, "")]), Initiator::Peer),
    ] {
        let mut peer = Peer::of_echo(setup());
        offer(&peer);
        assert!(!peer.raw().is_empty(), "the write is under way");
        peer.send_bytes(&bytes);
        let cause = peer.cause_while_dripping();
        assert_eq!(cause.aborted, Some(AbortCause::CloseBlocked), "{cause}");
        assert!(cause.lasted < TIMEOUT / 2, "{by:?}: {cause}");
    }

    // A fault after a message whose long answer is sent with the Close.
    let answer = long.clone();
    let mut peer = Peer::of(Role::Server, setup(), move |_, outbox| outbox.text(&answer));
    peer.send_bytes(&[wire(Role::Server, &[text("go on")]), unmasked].concat());
    let cause = peer.cause_while_dripping();
    assert_eq!(cause.by, Initiator::Fault);
    assert_eq!(cause.aborted, Some(AbortCause::CloseBlocked), "{cause}");

    // A handler's Close behind its long answer.
    let mut peer = Peer::of(Role::Server, setup(), move |_, outbox| {
        outbox.text(&long);
        outbox.close(CloseCode::NORMAL, "");
    });
    peer.send(&[text("go on")]);
    let cause = peer.cause_while_dripping();
    assert_eq!(cause.by, Initiator::Local);
    assert_eq!(cause.aborted, Some(AbortCause::CloseBlocked), "{cause}");
}

#[test]
fn a_silent_peer_is_pinged_and_then_closed_with_1011() {
    let timeouts = Timeouts {
        ping_interval: Some(BLINK),
        ping_timeout: 2 * BLINK,
        close: BLINK,
        ..Timeouts::default()
    };
    let mut peer = Peer::of_echo(with_timeouts(timeouts));
    let mut seen = peer.rest();
    assert!(matches!(seen.first(), Some(Seen::Ping(_))), "{seen:?}");
    assert_eq!(seen.pop(), Some(saw_close(1011, "no pong for 40ms")));
    let cause = peer.cause();
    assert_eq!(
        ending(&cause),
        (Initiator::Local, 1011, "no pong for 40ms", false)
    );
}

#[test]
fn a_peer_that_answers_pings_stays() {
    let timeouts = Timeouts {
        ping_interval: Some(BLINK),
        ..Timeouts::default()
    };
    let mut peer = Peer::of_echo(with_timeouts(timeouts));
    for _ in 0..5 {
        let Some(Seen::Ping(payload)) = peer.next() else {
            panic!("a ping was due")
        };
        peer.send(&[pong(payload)]);
    }
    peer.send(&[close_with(1000, "")]);
    assert_eq!(peer.rest().pop(), Some(saw_close(1000, "")));
    peer.finish();
    assert_eq!(peer.cause().by, Initiator::Peer);
}

#[test]
fn a_peer_without_messages_is_closed_as_idle_though_it_is_alive() {
    let timeouts = Timeouts {
        idle: Some(3 * BLINK),
        ..Timeouts::default()
    };
    let mut peer = Peer::of_echo(with_timeouts(timeouts));
    peer.send(&[ping("alive")]);
    assert_eq!(peer.next(), Some(saw_pong("alive")));
    assert_eq!(peer.next(), Some(saw_close(1001, "idle")));
    peer.send(&[close_with(1001, "")]);
    peer.finish();
    assert_eq!(
        ending(&peer.cause()),
        (Initiator::Local, 1001, "idle", true)
    );
}

#[test]
fn a_peer_that_reads_nothing_is_cut_after_the_write_timeout() {
    let timeouts = Timeouts {
        write: BLINK,
        ..Timeouts::default()
    };
    let setup = Setup {
        capacity: 4096,
        ..with_timeouts(timeouts)
    };
    let mut peer = Peer::of_echo(setup);
    for _ in 0..4 {
        peer.send(&[binary([7; 4000])]);
    }
    let cause = peer.cause();
    assert_eq!((cause.by, cause.code), (Initiator::Local, 1006));
    assert_eq!(cause.aborted, Some(AbortCause::WriteTimeout));
}

#[test]
fn a_writer_that_is_stuck_ends_the_connection_too() {
    let timeouts = Timeouts {
        write: BLINK,
        ..Timeouts::default()
    };
    let setup = Setup {
        capacity: 64,
        ..with_timeouts(timeouts)
    };
    let peer = Peer::of_echo(setup);
    let batch = Arc::new(Batch::of(Message::Binary(&[0; 1000])));
    assert_eq!(
        peer.sender.offer_batch(&batch, Instant::now()),
        Offer::Queued
    );
    let cause = peer.cause();
    assert_eq!(cause.aborted, Some(AbortCause::WriteTimeout));
    assert_eq!(cause.by, Initiator::Local);
}

#[test]
fn a_peer_that_ended_its_direction_is_not_waited_for_though_a_write_is_under_way() {
    let timeouts = Timeouts {
        write: 3 * TIMEOUT,
        ..Timeouts::default()
    };
    let setup = Setup {
        capacity: 64,
        ..with_timeouts(timeouts)
    };
    let mut peer = Peer::of_echo(setup);
    peer.send(&[text("x")]);
    assert_eq!(peer.next(), Some(saw_text("x")), "the session reads");
    let batch = Arc::new(Batch::of(Message::Binary(&[0; 1000])));
    assert_eq!(
        peer.sender.offer_batch(&batch, Instant::now()),
        Offer::Queued
    );
    assert!(!peer.raw().is_empty(), "the write is under way");
    peer.finish();
    let cause = peer.cause();
    assert_eq!((cause.by, cause.code), (Initiator::Network, 1006));
}

#[test]
fn tcp_ending_without_a_close_is_told_as_it_was() {
    type End = fn(&mut Peer);
    let rows: [(&str, Vec<u8>, End); 3] = [
        ("TCP ended without a Close", vec![], Peer::finish),
        (
            "TCP ended in mid-message without a Close",
            vec![0x82, 0xFE, 0x01],
            Peer::finish,
        ),
        (
            "TCP ended without a Close",
            wire(Role::Server, &[text("whole")]),
            Peer::finish,
        ),
    ];
    for (why, bytes, end) in rows {
        let mut peer = Peer::of_echo(Setup::default());
        peer.send_bytes(&bytes);
        end(&mut peer);
        let cause = peer.cause();
        assert_eq!(
            ending(&cause),
            (Initiator::Network, 1006, "", false),
            "{why}"
        );
        assert_eq!(cause.why, why);
    }
}

#[test]
fn what_is_queued_goes_out_before_the_close_of_others() {
    let mut peer = Peer::of_echo(Setup::default());
    for i in 0..200 {
        let batch = Arc::new(Batch::of(Message::Text(&i.to_string())));
        assert_eq!(
            peer.sender.offer_batch(&batch, Instant::now()),
            Offer::Queued
        );
    }
    peer.sender
        .close(CloseFrame::new(CloseCode::POLICY, "slow consumer"));
    let late = Arc::new(Batch::of(Message::Text("late")));
    assert_eq!(
        peer.sender.offer_batch(&late, Instant::now()),
        Offer::Closed
    );
    for i in 0..200 {
        assert_eq!(peer.next(), Some(saw_text(&i.to_string())));
    }
    assert_eq!(peer.next(), Some(saw_close(1008, "slow consumer")));
    peer.send(&[close_with(1008, "")]);
    peer.finish();
    let cause = peer.cause();
    assert_eq!(
        ending(&cause),
        (Initiator::Local, 1008, "slow consumer", true)
    );
    assert_eq!(cause.sent.messages, 200);
}

#[test]
fn a_full_queue_refuses_and_takes_again_once_it_is_read() {
    let queue = QueueLimits {
        messages: 4,
        bytes: 1 << 20,
    };
    let setup = Setup {
        queue,
        capacity: 16,
        ..Setup::default()
    };
    let mut peer = Peer::of_echo(setup);
    let batch = Arc::new(Batch::of(Message::Text("sixteen bytes...")));
    let queued = (0..10)
        .filter(|_| peer.sender.offer_batch(&batch, Instant::now()) == Offer::Queued)
        .count();
    assert_eq!(queued, 4);
    assert_eq!(peer.sender.high_water(), 4);
    for _ in 0..4 {
        assert_eq!(peer.next(), Some(saw_text("sixteen bytes...")));
    }
    while !peer.sender.is_caught_up() {
        std::thread::yield_now();
    }
    assert_eq!(
        peer.sender.offer_batch(&batch, Instant::now()),
        Offer::Queued
    );
    peer.abort();
    peer.cause();
}

#[test]
fn large_messages_of_both_kinds_come_back_whole() {
    let mut peer = Peer::of_echo(Setup {
        capacity: 64 << 20,
        ..Setup::default()
    });
    let text_in = "äöü€".repeat(100_000);
    let bytes = vec![0xA5; 3_000_000];
    peer.send(&[
        text(&text_in),
        binary(&bytes),
        text_start(&text_in[..6]),
        end(&text_in[6..]),
    ]);
    assert_eq!(peer.next(), Some(saw_text(&text_in)));
    assert_eq!(peer.next(), Some(saw_binary(&bytes)));
    assert_eq!(peer.next(), Some(saw_text(&text_in)));
    peer.abort();
    peer.cause();
}

#[test]
fn a_clients_frames_are_masked_each_with_a_key_of_its_own() {
    let mut peer = Peer::of(Role::Client, Setup::default(), |event, outbox| {
        if let Incoming::Message(Message::Text(text)) = event {
            outbox.text(text);
        }
    });
    peer.sender.send(Message::Text("aaaa")).unwrap();
    peer.sender.send(Message::Text("aaaa")).unwrap();
    let mut bytes = peer.raw();
    while bytes.len() < 20 {
        bytes.extend(peer.raw());
    }
    assert_eq!(
        (bytes[0], bytes[1], bytes[10], bytes[11]),
        (0x81, 0x84, 0x81, 0x84)
    );
    assert_ne!(
        bytes[2..6],
        bytes[12..16],
        "one chance in four thousand million"
    );
    peer.abort();
    peer.cause();
}

#[test]
fn a_client_fails_the_connection_on_a_fault_of_the_server() {
    let rows: Vec<(Vec<Frame>, ProtocolError)> = vec![
        (
            vec![text("before"), text("masked").wrong_mask(), text("behind")],
            ProtocolError::Masked,
        ),
        (
            vec![text("before"), text(b"\xC0"), text("behind")],
            ProtocolError::InvalidUtf8,
        ),
    ];
    for (frames, rule) in rows {
        let (seen, delivered) = std::sync::mpsc::channel();
        let mut peer = Peer::of(Role::Client, Setup::default(), move |event, _| {
            seen.send(Seen::from(event)).unwrap();
        });
        peer.send(&frames);
        let answer = saw_close(rule.close_code().number(), &rule.to_string());
        assert_eq!(peer.rest(), [answer]);
        peer.finish();
        assert_eq!(peer.cause().by, Initiator::Fault);
        assert_eq!(delivered.iter().collect::<Vec<_>>(), [saw_text("before")]);
    }
}

#[test]
fn a_client_waits_for_the_server_to_end_tcp_first() {
    let mut peer = Peer::of(Role::Client, Setup::default(), |_, _| {});
    peer.send(&[close_with(1000, "")]);
    assert_eq!(peer.next(), Some(saw_close(1000, "")));
    assert!(
        peer.is_quiet_for(BLINK),
        "the client's direction is still open"
    );
    peer.finish();
    assert_eq!(peer.next(), None);
    assert!(peer.cause().clean);
}

#[test]
fn a_close_by_another_thread_is_the_cause_though_the_peer_ends_tcp_without_an_answer() {
    let mut peer = Peer::of_echo(Setup::default());
    peer.sender
        .close(CloseFrame::new(CloseCode::POLICY, "slow consumer"));
    assert_eq!(peer.next(), Some(saw_close(1008, "slow consumer")));
    peer.finish();
    let cause = peer.cause();
    assert_eq!(
        ending(&cause),
        (Initiator::Local, 1008, "slow consumer", false)
    );
}

#[test]
fn what_a_thread_sends_arrives_in_the_order_of_its_calls_whichever_way() {
    let mut peer = Peer::of(Role::Server, Setup::default(), |_, outbox| {
        let sender = outbox.sender();
        outbox.text("1");
        sender.send(Message::Text("2")).unwrap();
        assert_eq!(sender.offer(Message::Text("3")), Offer::Queued);
        sender.send(Message::Text("4")).unwrap();
        outbox.text("5");
        assert_eq!(sender.offer(Message::Text("6")), Offer::Queued);
        outbox.text("7");
        outbox.binary(&[8; 40_000]); // so long that it is not gathered
        assert_eq!(sender.offer(Message::Text("9")), Offer::Queued);
        sender.ping(b"10").unwrap();
        outbox.text("11");
        sender.close(CloseFrame::new(CloseCode::NORMAL, "12"));
        outbox.text("not sent any more");
        assert_eq!(sender.offer(Message::Text("nor this")), Offer::Closed);
        assert!(sender.send(Message::Text("nor this")).is_err());
    });
    peer.send(&[text("go")]);
    let mut expected: Vec<_> = ["1", "2", "3", "4", "5", "6", "7"].map(saw_text).into();
    expected.extend([saw_binary([8; 40_000]), saw_text("9"), saw_ping("10")]);
    expected.extend([saw_text("11"), saw_close(1000, "12")]);
    for expected in expected {
        assert_eq!(peer.next(), Some(expected));
    }
    peer.send(&[close_with(1000, "")]);
    assert_eq!(peer.next(), None);
    peer.finish();
    assert!(peer.cause().clean);
}

#[test]
fn other_data_waits_for_the_end_of_a_fragmented_message_and_control_frames_pass() {
    let mut peer = Peer::of_echo(Setup::default());
    let mut message = peer.sender.text_fragments().unwrap();
    message.write("one ").unwrap();
    assert_eq!(peer.sender.offer(Message::Text("offered")), Offer::Queued);
    let sender = peer.sender.clone();
    let waits = std::thread::spawn(move || sender.send(Message::Text("sent")));
    peer.sender.ping(b"passes").unwrap();
    peer.send(&[ping("answered meanwhile")]);
    assert_eq!(peer.next(), Some(saw_ping("passes")));
    assert_eq!(peer.next(), Some(saw_pong("answered meanwhile")));
    message.write("two ").unwrap();
    assert!(!waits.is_finished());
    message.finish().unwrap();
    assert_eq!(peer.next(), Some(saw_text("one two ")));
    let mut behind = [peer.next().unwrap(), peer.next().unwrap()];
    behind.sort_by_key(|seen| format!("{seen:?}"));
    assert_eq!(behind, [saw_text("offered"), saw_text("sent")]);
    waits.join().unwrap().unwrap();
    peer.abort();
    peer.cause();
}

#[test]
fn a_fragmented_message_that_is_abandoned_closes_the_connection() {
    let mut peer = Peer::of_echo(Setup::default());
    let mut message = peer.sender.binary_fragments().unwrap();
    message.write(b"half").unwrap();
    assert_eq!(peer.sender.offer(Message::Text("held back")), Offer::Queued);
    drop(message);
    assert_eq!(peer.next(), Some(saw_close(1011, "message abandoned")));
    peer.send(&[close_with(1011, "")]);
    peer.finish();
    assert_eq!(peer.cause().by, Initiator::Local);
}

#[test]
fn a_fragmented_message_that_is_not_continued_ends_the_wait_of_others() {
    let timeouts = Timeouts {
        write: BLINK,
        ..Timeouts::default()
    };
    let peer = Peer::of_echo(with_timeouts(timeouts));
    let message = peer.sender.text_fragments().unwrap();
    let error = peer.sender.send(Message::Text("waits")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a fragmented message was left unfinished"
    );
    drop(message);
    assert_eq!(peer.cause().aborted, Some(AbortCause::UnfinishedMessage));
}

#[test]
fn a_peers_close_is_answered_between_the_fragments_of_our_message() {
    let mut peer = Peer::of_echo(Setup::default());
    let mut message = peer.sender.text_fragments().unwrap();
    message.write("half").unwrap();
    peer.send(&[close_with(1000, "")]);
    assert_eq!(peer.next(), Some(saw_close(1000, "")));
    peer.finish();
    while message.write("too late").is_ok() {}
    drop(message);
    assert!(peer.cause().clean);
}

#[test]
fn what_is_offered_to_a_clients_connection_is_masked() {
    let mut peer = Peer::of(Role::Client, Setup::default(), |_, _| ());
    let mut batch = Batch::of(Message::Text("one"));
    batch.push(Message::Binary(&[2; 70_000]));
    let batch = Arc::new(batch);
    assert_eq!(
        peer.sender.offer_batch(&batch, Instant::now()),
        Offer::Queued
    );
    // The peer plays a server, whose receiver refuses frames without a mask.
    assert_eq!(peer.next(), Some(saw_text("one")));
    assert_eq!(peer.next(), Some(saw_binary([2; 70_000])));
    peer.abort();
    peer.cause();
}

#[test]
fn a_kept_sender_holds_no_stream_once_the_session_has_ended() {
    let mut peer = Peer::of_echo(Setup::default());
    let sender = peer.sender.clone();
    assert_eq!(sender.offer(Message::Text("hello")), Offer::Queued);
    assert_eq!(peer.next(), Some(saw_text("hello")));
    peer.send(&[close_with(1000, "")]);
    peer.finish();
    assert!(peer.cause().clean);
    assert!(sender.is_closed());
    assert!(sender.send(Message::Text("late")).is_err());
    assert_eq!(sender.offer(Message::Text("late")), Offer::Closed);
    assert!(sender.text_fragments().is_err());
}
