//! wshub: a WebSocket (RFC 6455) server and client, written from the wire up.
pub mod protocol;
