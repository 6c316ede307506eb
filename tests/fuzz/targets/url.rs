//! Parses any text as a URL. It must not panic; a valid URL has the same meaning after it is
//! written and parsed again, and the request made from it is one opening handshake for its target.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wshub::handshake::{ClientRequest, Decision, Fed, RequestParser, WsUrl, decide};

fuzz_target!(|text: &str| {
    let Ok(url) = WsUrl::parse(text) else {
        return;
    };
    let shown = url.to_string();
    let again = WsUrl::parse(&shown).expect("what is shown can be pasted");
    assert_eq!(
        (again.secure, &again.host, again.port, &again.target),
        (url.secure, &url.host, url.port, &url.target),
        "{shown}"
    );
    if text.len() > 1000 {
        return; // this target does not test the line limits of a head
    }
    let request = ClientRequest {
        url: &url,
        nonce: [7; 16],
        subprotocols: &[],
        deflate: false,
        headers: &[],
        origin: None,
    };
    let bytes = request
        .write()
        .expect("a URL that was parsed can be asked for");
    let Ok(Fed::Done { head, consumed }) = RequestParser::new().feed(&bytes) else {
        panic!("a request that does not parse: {bytes:?}");
    };
    assert_eq!(consumed, bytes.len());
    assert_eq!(head.target, url.target);
    assert_eq!(head.authority(), Some(url.host_header().as_str()));
    assert!(matches!(decide(&head), Decision::Upgrade(_)));
});
