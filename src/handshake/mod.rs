//! The opening handshake (RFC 6455 section 4) as values over HTTP/1.1.
//! Bytes come in, decisions and bytes go out: no socket, clock, randomness or log lives here.
//!
//! **A server** feeds a [`RequestParser`], asks [`decide`] about the head that comes out and writes
//! [`Upgrade::response`] or [`Refusal::response`]. What arrived after the head are frames already;
//! they go to a [`Receiver`](crate::protocol::Receiver):
//!
//! ```
//! use wshub::handshake::{Decision, Fed, Refusal, RequestParser, decide};
//! use wshub::protocol::{Event, Limits, Receiver, Role};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // What a client sent, in two reads: a request, and a masked "Hello" behind it.
//! let reads: [&[u8]; 2] = [
//!     b"GET /chat HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgr",
//!     b"ade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n\
//!       \x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58",
//! ];
//! let mut parser = RequestParser::new();
//! let mut reads = reads.into_iter();
//! let (head, leftover) = loop {
//!     let bytes = reads.next().ok_or("the client left")?;
//!     match parser.feed(bytes) {
//!         Ok(Fed::NeedMore) => {}
//!         Ok(Fed::Done { head, consumed }) => break (head, &bytes[consumed..]),
//!         // A server writes `Refusal::from(&error).response()` before it closes.
//!         Err(error) => return Err(error.into()),
//!     }
//! };
//! let response = match decide(&head) {
//!     Decision::Upgrade(upgrade) if head.path() == "/chat" => upgrade.response(None),
//!     Decision::Upgrade(_) => Refusal::new(404, "Nothing there.").response(),
//!     Decision::Plain => Refusal::upgrade_required("WebSocket only.").response(),
//!     Decision::Refuse(refusal) => refusal.response_to(&head.method),
//! };
//! assert!(response.starts_with(b"HTTP/1.1 101 Switching Protocols\r\n"));
//!
//! let mut receiver = Receiver::new(Role::Server, Limits::default());
//! receiver.feed(leftover);
//! assert_eq!(receiver.next_event(), Ok(Some(Event::Text("Hello"))));
//! # Ok(())
//! # }
//! ```
//!
//! **A client** writes a [`ClientRequest`], feeds a [`ResponseParser`] and asks [`check`] about
//! the answer:
//!
//! ```
//! use wshub::handshake::{ClientRequest, Fed, ResponseParser, WsUrl, check};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let url: WsUrl = "ws://localhost:8765/chat".parse()?;
//! let nonce = *b"the sample nonce"; // sixteen random bytes in earnest
//! let request = ClientRequest {
//!     url: &url,
//!     nonce,
//!     subprotocols: &[],
//!     deflate: false,
//!     headers: &[],
//!     origin: None,
//! };
//! assert!(request.write()?.starts_with(b"GET /chat HTTP/1.1\r\nHost: localhost:8765\r\n"));
//!
//! let answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
//!     Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
//! let Fed::Done { head, consumed } = ResponseParser::new().feed(answer)? else {
//!     return Err("the answer is not complete".into());
//! };
//! let accepted = check(&head, nonce, &[])?;
//! assert_eq!((accepted.subprotocol, consumed), (None, answer.len()));
//! # Ok(())
//! # }
//! ```

mod authority;
mod body_preview;
mod check;
mod client;
mod date;
mod deflate;
mod extensions;
mod head;
mod head_error;
mod head_limits;
mod head_parser;
mod headers;
mod key;
mod markup;
mod percent;
mod proxy_url;
mod refusal;
mod request;
mod response;
mod retry_after;
mod server;
mod start_line;
mod tunnel;
mod url;
mod url_error;

pub use authority::{Authority, AuthorityError};
pub use body_preview::BodyPreview;
pub use check::{Accepted, BadUpgrade, check, check_with_deflate};
pub use client::{ClientRequest, RequestError};
pub use date::http_date;
pub use deflate::{
    DEFLATE_OFFER, DeflateAgreed, DeflateFault, accept_deflate, read_deflate_answer,
};
pub use head::{HttpVersion, RequestHead, ResponseHead};
pub use head_error::HeadError;
pub use head_limits::{HeadLimits, MAX_HEAD_BYTES, MAX_HEADERS, MAX_LINE_BYTES};
pub use head_parser::{Fed, HeadParser, RequestParser, ResponseParser};
pub use headers::{Headers, HeadersIter, is_token};
pub use key::{accept_value, encode_key, is_valid_key};
pub use proxy_url::{ProxyUrl, ProxyUrlError};
pub use refusal::Refusal;
pub use request::USER_AGENT;
pub use response::{reason_phrase, write_persistent_response, write_response};
pub use retry_after::retry_after;
pub use server::{Decision, Upgrade, decide};
pub use tunnel::{TunnelRefused, TunnelRequest, check_tunnel};
pub use url::WsUrl;
#[cfg(feature = "cluster")]
pub(crate) use url::read_userinfo;
pub use url_error::UrlError;
