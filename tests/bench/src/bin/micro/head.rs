//! Benchmarks of parsing the request head of an opening handshake, as a program and as a browser
//! sends it.

use std::hint::black_box;

use tungstenite::handshake::machine::TryParse;
use tungstenite::handshake::server::Request;
use wshub::handshake::RequestParser;

use super::timing::{head, nanos, row};

const PROGRAM: &str = "GET /echo HTTP/1.1\r\nHost: localhost:8765\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Version: 13\r\n\r\n";

const BROWSER: &str = "GET /chat/lobby?name=ana HTTP/1.1\r\nHost: localhost:8765\r\n\
    Connection: Upgrade\r\nPragma: no-cache\r\nCache-Control: no-cache\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
    Chrome/140.0.0.0 Safari/537.36\r\nUpgrade: websocket\r\nOrigin: http://localhost:8765\r\n\
    Sec-WebSocket-Version: 13\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n\
    Accept-Language: en-GB,en;q=0.9\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n";

pub fn parse() {
    head("parse a request head", "tungstenite");
    for (name, request) in [("a program's", PROGRAM), ("a browser's", BROWSER)] {
        let bytes = request.as_bytes();
        let mine = nanos(|| RequestParser::new().feed(black_box(bytes)));
        let theirs = nanos(|| Request::try_parse(black_box(bytes)));
        row(
            &format!("{name}, {} B", bytes.len()),
            bytes.len(),
            mine,
            theirs,
        );
    }
    println!();
}
