//! Benchmarks of the layers without IO, compared with tungstenite's public equivalents and with the
//! speed of memory.

// The library's encoder is private, so its file is compiled here as well, with the files that it
// imports.
#[allow(dead_code)]
#[path = "../../../../../src/connection/encoder.rs"]
mod encoder;
mod entropy {
    pub use wshub::connection::Entropy;
}
use wshub::protocol;

mod endless;
mod head;
mod messages;
mod pieces;
mod timing;

fn main() {
    println!("one thread; the middle of 15 runs; GB are 10^9 bytes of payload\n");
    messages::receive();
    messages::encode();
    pieces::unmask();
    pieces::headers();
    head::parse();
}
