//! The table of vectors that `wshub check --deflate` sends to peers, fed to the crate's own receiver:
//! at both ends, whole, byte by byte and cut at many points.

#![cfg(feature = "deflate")]
#![allow(clippy::unwrap_used)] // a test that cannot go on fails

mod support;

use support::deflate_vectors::{context_vector, deflate_vectors};
use support::vectors::{Then, Vector};
use support::*;
use wshub::connection::{Deflate, DeflateOptions};
use wshub::handshake::{ResponseHead, read_deflate_answer};
use wshub::protocol::{Inflate, Limits, Receiver, Role};

/// What inflates the messages of a peer that answered so.
fn inflater(answer: &str) -> Box<dyn Inflate> {
    let response = ResponseHead {
        headers: [("Sec-WebSocket-Extensions", answer)].into_iter().collect(),
        ..ResponseHead::default()
    };
    let agreed = read_deflate_answer(&response).unwrap().unwrap();
    Deflate::new(agreed, DeflateOptions::default()).inflater()
}

fn check_vector(role: Role, vector: Vector, answer: &str) {
    let name = vector.name;
    let bytes = wire(role, &vector.frames);
    let events: Vec<Seen> = vector.expect.events.into_iter().map(Seen::from).collect();
    let error = match vector.expect.then {
        Then::Fails(error, codes) => {
            assert!(codes.contains(&error.close_code().number()), "{name}");
            Some(error)
        }
        _ => None,
    };
    // Each cut takes a while where the message is long; its header is cut all the same.
    let most = if bytes.len() > 10_000 { 60 } else { usize::MAX };
    let mut cuts = 0;
    for_each_chunking(&bytes, |chunks| {
        cuts += 1;
        if cuts > most {
            return;
        }
        let mut receiver = Receiver::new(role, Limits::default());
        receiver.accept_compressed(inflater(answer));
        let (mut seen, mut fault) = (Vec::new(), None);
        for chunk in chunks {
            receiver.feed(chunk);
            loop {
                match receiver.next_event() {
                    Ok(Some(event)) => seen.push(Seen::from(event)),
                    Ok(None) => break,
                    Err(why) => {
                        fault = Some(why);
                        break;
                    }
                }
            }
        }
        assert!((&seen, fault) == (&events, error), "{name}: {fault:?}");
    });
}

#[test]
fn every_vector_is_received_as_the_table_says_however_it_is_cut() {
    let without_context = "permessage-deflate; server_no_context_takeover";
    for role in ROLES {
        for vector in deflate_vectors(role) {
            for answer in [without_context, "permessage-deflate"] {
                check_vector(role, vector.clone(), answer);
            }
        }
    }
}

#[test]
fn a_message_refers_to_the_one_before_where_the_peer_takes_its_context_over() {
    for role in ROLES {
        check_vector(role, context_vector(), "permessage-deflate");
    }
}
