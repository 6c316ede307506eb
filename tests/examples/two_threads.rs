//! A client on two threads: one sends what is typed, the other prints what arrives.
//!
//! ```console
//! $ cargo run --example two_threads -- ws://localhost:8765/chat
//! ```

use std::error::Error;
use std::io::{self, BufRead, Cursor};
use std::thread;

use wshub::connection::{CloseCause, SendError, Sender};
use wshub::protocol::{CloseCode, CloseFrame, MessageBuf};
use wshub::server::Route;
use wshub::{Client, Server};

/// Sends each line of `input`, then closes.
fn send_lines(sender: &Sender, input: impl BufRead) -> Result<(), SendError> {
    for line in input.lines() {
        sender.text(&line?)?;
    }
    sender.close(CloseFrame::new(CloseCode::NORMAL, "end of input"));
    Ok(())
}

/// Sends `input` on a thread of its own, and calls `show` with what arrives until the end.
fn talk(
    client: Client,
    input: impl BufRead + Send + 'static,
    mut show: impl FnMut(MessageBuf),
) -> CloseCause {
    let (sender, mut receiver) = client.split();
    thread::spawn(move || {
        if let Err(error) = send_lines(&sender, input) {
            eprintln!("not sent: {error}");
        }
    });
    for message in &mut receiver {
        show(message);
    }
    receiver.wait_for_end()
}

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("--self-test") => self_test(),
        url => {
            let client = Client::connect(url.unwrap_or("ws://localhost:8765/echo"))?;
            let input = io::BufReader::new(io::stdin());
            let cause = talk(client, input, |message| println!("{message:?}"));
            println!("ended: {cause}");
            Ok(())
        }
    }
}

/// Three lines go to an echo and come back.
fn self_test() -> Result<(), Box<dyn Error>> {
    let echo = Route::on_message("/", |peer, message| peer.send(message));
    let server = Server::builder()
        .route(echo)
        .listen(["127.0.0.1:0"])
        .bind()?
        .spawn()?;
    let client = Client::connect(&format!("ws://{}/", server.addresses()[0]))?;
    let mut echoes = Vec::new();
    let cause = talk(client, Cursor::new("one\ntwo\nthree\n"), |echo| {
        echoes.push(echo)
    });
    assert_eq!(echoes, ["one", "two", "three"].map(MessageBuf::from));
    assert!(cause.clean);
    println!("self test passed");
    Ok(())
}
