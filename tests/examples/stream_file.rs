//! A file of any size goes over the connection as one message, in pieces: neither end ever has
//! more than a piece of it in memory.
//!
//! ```console
//! $ cargo run --example stream_file                                        # the server
//! $ cargo run --example stream_file -- ws://localhost:8765/upload FILE     # the client
//! ```

use std::error::Error;
use std::fs::File;
use std::io::{self, BufReader, Read};

use wshub::protocol::{CloseCode, Fragment, MessageBuf};
use wshub::server::{BindError, Handler, Peer, Route};
use wshub::{Client, Server};

/// Bytes of a piece, as the client sends them.
const PIECE_BYTES: usize = 64 << 10;

/// Counts the bytes of each message; a product writes them to a file.
#[derive(Default)]
struct Upload {
    bytes: u64,
}

impl Handler for Upload {
    fn wants_fragments(&self) -> bool {
        true
    }

    fn on_fragment(&mut self, peer: &mut Peer<'_>, fragment: Fragment<'_>) {
        if fragment.first {
            self.bytes = 0;
        }
        self.bytes += fragment.payload.as_bytes().len() as u64;
        if fragment.last {
            peer.text(&format!("{} bytes received", self.bytes));
        }
    }
}

fn upload_server(listen: &str) -> Result<Server, BindError> {
    Server::builder()
        .route(Route::new("/upload", |_| Upload::default()))
        .listen([listen])
        .bind()
}

/// Sends all of `file` as one message, and waits for the server's answer.
fn upload(client: &mut Client, file: impl Read) -> Result<Option<MessageBuf>, Box<dyn Error>> {
    let mut message = client.sender().binary_fragments()?;
    io::copy(
        &mut BufReader::with_capacity(PIECE_BYTES, file),
        &mut message,
    )?;
    message.finish()?;
    Ok(client.receive())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--self-test"] => self_test(),
        [url, file] => {
            let mut client = Client::connect(url)?;
            println!("{:?}", upload(&mut client, File::open(file)?)?);
            client.close(CloseCode::NORMAL, "done");
            Ok(())
        }
        _ => {
            let listen = arguments.first().map_or("localhost:8765", String::as_str);
            let server = upload_server(listen)?;
            println!("listening on {:?}", server.addresses());
            server.run()?;
            Ok(())
        }
    }
}

/// Sends 64 MiB; on Linux the memory of both ends together has to stay far below that.
fn self_test() -> Result<(), Box<dyn Error>> {
    const FILE_BYTES: u64 = 64 << 20;
    let server = upload_server("127.0.0.1:0")?.spawn()?;
    let mut client = Client::connect(&format!("ws://{}/upload", server.addresses()[0]))?;
    let answer = upload(&mut client, io::repeat(7).take(FILE_BYTES))?;
    let expected = format!("{FILE_BYTES} bytes received");
    assert_eq!(answer, Some(MessageBuf::Text(expected)));
    if cfg!(target_os = "linux") {
        let status = std::fs::read_to_string("/proc/self/status")?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|peak| peak.trim().strip_suffix(" kB"));
        let kibibytes: u64 = peak.ok_or("no peak of memory")?.parse()?;
        assert!(kibibytes < 32 << 10, "{kibibytes} KiB of memory");
    }
    println!("self test passed");
    Ok(())
}
