//! The pure layers, without a socket, beside tungstenite's public equivalents and beside what
//! memory can do.

// The library keeps its encoder to itself: its file is compiled here as well, with what it imports.
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
