//! A proxy between two WebSockets: each client gets a connection of its own to another server.
//!
//! ```console
//! $ cargo run --example proxy -- localhost:9000 ws://localhost:8765/echo
//! ```

use std::error::Error;
use std::thread;

use wshub::connection::{CloseCause, Sender};
use wshub::protocol::{CloseCode, CloseFrame, Message, MessageBuf};
use wshub::server::{BindError, Handler, Peer, Route};
use wshub::{Client, Server};

/// One client's way to the other server.
struct Proxy {
    upstream_url: String,
    upstream: Option<Sender>,
}

impl Handler for Proxy {
    fn on_open(&mut self, peer: &mut Peer<'_>) {
        match Client::connect(&self.upstream_url) {
            Ok(client) => {
                let (upstream, answers) = client.split();
                self.upstream = Some(upstream);
                let client = peer.sender();
                thread::spawn(move || pass_on(answers, &client));
            }
            Err(error) => peer.close(CloseCode::BAD_GATEWAY, &error.to_string()),
        }
    }

    /// `send` waits while the other server does not read; this client is not read meanwhile, so
    /// the proxy keeps no queue of its own.
    fn on_message(&mut self, peer: &mut Peer<'_>, message: Message<'_>) {
        let sent = self
            .upstream
            .as_ref()
            .map(|upstream| upstream.send(message));
        if let Some(Err(error)) = sent {
            peer.close(CloseCode::BAD_GATEWAY, &error.to_string());
        }
    }

    fn on_close(&mut self, _: &mut Peer<'_>, cause: &CloseCause) {
        if let Some(upstream) = &self.upstream {
            upstream.close(close_frame(cause));
        }
    }
}

/// Passes the other server's messages on until its connection ends, then how it ended.
fn pass_on(mut answers: Client, client: &Sender) {
    while let Some(message) = answers.receive() {
        if client.send(message.as_message()).is_err() {
            return; // the client has left; dropping the other connection closes it
        }
    }
    client.close(close_frame(&answers.wait_for_end()));
}

/// The Close that tells one end how the other one ended. 1005 and 1006 are never sent.
fn close_frame(cause: &CloseCause) -> CloseFrame {
    match CloseCode::from_number(cause.code) {
        Some(code) => CloseFrame::new(code, &cause.reason),
        None if cause.clean => CloseFrame::EMPTY,
        None => CloseFrame::new(CloseCode::BAD_GATEWAY, &cause.why),
    }
}

fn proxy_server(listen: &str, upstream_url: String) -> Result<Server, BindError> {
    let proxy = Route::new("/*", move |_| Proxy {
        upstream_url: upstream_url.clone(),
        upstream: None,
    });
    Server::builder().route(proxy).listen([listen]).bind()
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("--self-test") => self_test(),
        listen => {
            let upstream = arguments
                .next()
                .unwrap_or("ws://localhost:8765/echo".into());
            let server = proxy_server(listen.unwrap_or("localhost:9000"), upstream)?;
            println!("listening on {:?}", server.addresses());
            server.run()?;
            Ok(())
        }
    }
}

/// A message goes through the proxy and back, and so does the close code.
fn self_test() -> Result<(), Box<dyn Error>> {
    let upper = Route::on_message("/", |peer, message| match message {
        Message::Text("leave") => peer.close(CloseCode::POLICY, "as you wish"),
        Message::Text(text) => peer.text(&text.to_uppercase()),
        Message::Binary(_) => {}
    });
    let upstream = Server::builder()
        .route(upper)
        .listen(["127.0.0.1:0"])
        .bind()?
        .spawn()?;
    let proxy = proxy_server("127.0.0.1:0", format!("ws://{}/", upstream.addresses()[0]))?;
    let proxy = proxy.spawn()?;
    let mut client = Client::connect(&format!("ws://{}/any", proxy.addresses()[0]))?;
    client.text("hello")?;
    assert_eq!(client.receive(), Some(MessageBuf::from("HELLO")));
    client.text("leave")?;
    let cause = client.wait_for_end();
    assert_eq!((cause.code, cause.reason.as_str()), (1008, "as you wish"));
    println!("self test passed");
    Ok(())
}
