//! The opening handshake (RFC 6455 section 4) as values over HTTP/1.1.
//! Bytes come in, decisions and bytes go out: no socket, clock, randomness or log lives here.
//!
//! A server feeds a [`RequestParser`], asks [`decide`] about the head that comes out and writes
//! [`Upgrade::response`] or [`Refusal::response`]. A client writes a [`ClientRequest`], feeds a
//! [`ResponseParser`] and asks [`check`] about the answer.

mod authority;
mod check;
mod client;
mod extensions;
mod head;
mod head_error;
mod head_parser;
mod headers;
mod key;
mod percent;
mod refusal;
mod response;
mod server;
mod start_line;
mod url;
mod url_error;

pub use authority::{Authority, AuthorityError};
pub use check::{Accepted, BadUpgrade, check};
pub use client::{ClientRequest, RequestError};
pub use head::{RequestHead, ResponseHead};
pub use head_error::HeadError;
pub use head_parser::{
    Fed, HeadParser, MAX_HEAD_BYTES, MAX_HEADERS, MAX_LINE_BYTES, RequestParser, ResponseParser,
};
pub use headers::{Headers, is_token};
pub use key::{accept_value, encode_key, is_valid_key};
pub use refusal::Refusal;
pub use response::{reason_phrase, write_response};
pub use server::{Decision, Upgrade, decide};
pub use url::WsUrl;
pub use url_error::UrlError;
