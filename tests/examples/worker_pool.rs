//! Requests that take a while are worked on by a pool of threads; a client may have many under
//! way, and each answer names its request.
//!
//! ```console
//! $ cargo run --example worker_pool    # then: wshub connect ws://localhost:8765/divisors
//! a 1000000007
//! b 12
//! ```

use std::error::Error;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use wshub::connection::{Offer, Sender};
use wshub::protocol::{CloseCode, CloseFrame, Message, MessageBuf};
use wshub::server::Route;
use wshub::{Client, Server};

/// Requests that may wait for a worker. While there are so many, the server reads no more from
/// the clients that have further ones, and TCP tells them to wait.
const WAITING_JOBS: usize = 64;

/// One request, and who gets the answer.
struct Job {
    client: Sender,
    id: String,
    number: u64,
}

/// Takes jobs until nobody can send one any more.
fn work(jobs: &Mutex<Receiver<Job>>) {
    loop {
        // The lock is held while this thread waits, and not while it works.
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { client, id, number }) = next else {
            return;
        };
        let divisors = (1..=number.isqrt())
            .filter(|divisor| number % divisor == 0)
            .map(|divisor| 1 + u32::from(divisor != number / divisor))
            .sum::<u32>();
        // A worker never waits for a client: one that reads too slowly is disconnected.
        if let Offer::Full { .. } = client.offer(Message::Text(&format!("{id} {divisors}"))) {
            client.close(CloseFrame::new(CloseCode::POLICY, "too slow"));
        }
    }
}

/// Starts the workers. They end when the last sender of jobs is dropped.
fn start_pool(threads: usize) -> io::Result<SyncSender<Job>> {
    let (sender, jobs) = sync_channel(WAITING_JOBS);
    let jobs = Arc::new(Mutex::new(jobs));
    for _ in 0..threads {
        let jobs = jobs.clone();
        thread::Builder::new().spawn(move || work(&jobs))?;
    }
    Ok(sender)
}

fn pool_server(listen: &str) -> Result<Server, Box<dyn Error>> {
    let pool = start_pool(4)?;
    let divisors = Route::on_message("/divisors", move |peer, message| {
        let request = match message {
            Message::Text(text) => text.split_once(' '),
            Message::Binary(_) => None,
        };
        let Some((Ok(number), id)) = request.map(|(id, number)| (number.parse(), id)) else {
            return peer.text("send an identifier and a number");
        };
        let job = Job {
            client: peer.sender(),
            id: id.to_owned(),
            number,
        };
        if pool.send(job).is_err() {
            peer.close(CloseCode::INTERNAL_ERROR, "no worker is left");
        }
    });
    Ok(Server::builder().route(divisors).listen([listen]).bind()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("--self-test") => self_test(),
        listen => {
            let server = pool_server(listen.unwrap_or("localhost:8765"))?;
            println!("listening on {:?}", server.addresses());
            server.run()?;
            Ok(())
        }
    }
}

/// Sends 100 requests at once; each is answered, in whatever order.
fn self_test() -> Result<(), Box<dyn Error>> {
    let server = pool_server("127.0.0.1:0")?.spawn()?;
    let mut client = Client::connect(&format!("ws://{}/divisors", server.addresses()[0]))?;
    client.text("what?")?;
    let help = "send an identifier and a number";
    assert_eq!(client.receive(), Some(MessageBuf::from(help)));
    for id in 0..100 {
        client.text(&format!("{id} 12"))?;
    }
    let answers = (&mut client).take(100);
    let mut answers: Vec<String> = answers.map(|answer| format!("{answer:?}")).collect();
    answers.sort();
    answers.dedup();
    assert_eq!(answers.len(), 100);
    assert!(answers.iter().all(|answer| answer.ends_with(" 6\")")));
    println!("self test passed");
    Ok(())
}
