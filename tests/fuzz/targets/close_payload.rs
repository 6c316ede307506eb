//! Decodes any payload of a close frame: it is accepted and encoded back to the same bytes, or
//! refused by the rule that it violates. Any valid code and reason make a payload that is accepted.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wshub::protocol::{CloseCode, CloseFrame, InvalidClose, MAX_REASON_BYTES};

fuzz_target!(|payload: &[u8]| {
    let payload = &payload[..payload.len().min(125)];
    let number = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
    let reason = payload.get(2..).map(std::str::from_utf8);
    match CloseFrame::decode(payload) {
        Ok(frame) => {
            assert_eq!(frame.encode(), payload);
            assert_eq!(frame.code().map(CloseCode::number), number);
            assert_eq!(frame.reason(), reason.unwrap_or(Ok("")).expect("UTF-8"));
            assert_eq!(frame.echo().code(), frame.code());
            assert_eq!(frame.echo().reason(), frame.reason());
        }
        Err(InvalidClose::HalfCode) => assert_eq!(payload.len(), 1),
        Err(InvalidClose::ForbiddenCode(code)) => {
            assert_eq!(number, Some(code));
            assert_eq!(CloseCode::from_number(code), None);
        }
        Err(InvalidClose::ReasonNotUtf8) => assert!(reason.is_some_and(|text| text.is_err())),
        Err(other) => panic!("a rule that is not checked here: {other}"),
    }
    let words = String::from_utf8_lossy(payload).repeat(3);
    if let Some(code) = number.and_then(CloseCode::from_number) {
        let frame = CloseFrame::new(code, &words);
        assert!(words.starts_with(frame.reason()));
        assert!(frame.reason().len() <= MAX_REASON_BYTES);
        assert_eq!(CloseFrame::decode(&frame.encode()), Ok(frame));
    }
});
