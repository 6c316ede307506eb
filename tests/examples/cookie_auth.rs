//! Authentication with a cookie: a password gets a session, whose cookie lets a client in later.
//!
//! A browser sends the cookie by itself, from any site's page: that the Origin has to be the
//! server's own, which is the default of [`Server`], is what keeps foreign pages out.

use std::collections::HashMap;
use std::error::Error;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use wshub::client::{ConnectError, ConnectOptions};
use wshub::protocol::MessageBuf;
use wshub::server::{Admit, BindError, Opening, Route};
use wshub::{Client, Server};

/// The users of sessions by their tokens.
type Sessions = Arc<Mutex<HashMap<String, String>>>;

/// The admission rule.
fn admit(sessions: &Sessions, opening: &Opening<'_>) -> Admit {
    let mut sessions = sessions.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(token) = cookie(opening, "session") {
        return match sessions.get(token) {
            Some(user) => Admit::accept_as(user),
            None => Admit::refuse(403, "The session is not known; log in again."),
        };
    }
    match opening.request.headers.get("X-Password") {
        Some("correct horse") => {
            let token = new_token();
            let cookie = format!("session={token}; HttpOnly; SameSite=Strict; Path=/");
            sessions.insert(token, "ana".into());
            Admit::accept_as("ana").with_header("Set-Cookie", cookie)
        }
        Some(_) => Admit::refuse(403, "That is not the password."),
        None => Admit::refuse(403, "Log in with the header X-Password."),
    }
}

/// The value of a cookie of the request.
fn cookie<'a>(opening: &'a Opening<'_>, name: &str) -> Option<&'a str> {
    let cookies = opening.request.headers.get("Cookie")?;
    let mut pairs = cookies.split(';').filter_map(|pair| pair.split_once('='));
    pairs
        .find(|(key, _)| key.trim() == name)
        .map(|(_, value)| value.trim())
}

/// A name that nobody guesses. A product takes it from a cryptographic generator, such as the
/// package `getrandom`; the standard library has none, so this stands in for it.
fn new_token() -> String {
    let random = || RandomState::new().hash_one("session");
    format!("{:016x}{:016x}", random(), random())
}

fn private_server(listen: &str) -> Result<Server, BindError> {
    let sessions = Sessions::default();
    Server::builder()
        .admit(move |opening| admit(&sessions, opening))
        .route(Route::on_message("/whoami", |peer, _| {
            peer.text(peer.info().user.as_deref().unwrap_or("nobody"));
        }))
        .listen([listen])
        .bind()
}

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("--self-test") => self_test(),
        listen => {
            let server = private_server(listen.unwrap_or("localhost:8765"))?;
            println!("listening on {:?}", server.addresses());
            server.run()?;
            Ok(())
        }
    }
}

/// The password gets a cookie, the cookie lets in, a wrong one does not.
fn self_test() -> Result<(), Box<dyn Error>> {
    let server = private_server("127.0.0.1:0")?.spawn()?;
    let url = format!("ws://{}/whoami", server.addresses()[0]);
    let connect = |name: &str, value: &str| -> Result<Client, ConnectError> {
        let headers = vec![(name.to_owned(), value.to_owned())];
        ConnectOptions {
            headers,
            ..ConnectOptions::default()
        }
        .connect(&url)
    };
    let first = connect("X-Password", "correct horse")?;
    let set_cookie = first.response().headers.get("Set-Cookie");
    let session = set_cookie.and_then(|cookie| cookie.split(';').next());

    let mut second = connect("Cookie", session.ok_or("no cookie was set")?)?;
    second.text("who am I?")?;
    assert_eq!(second.receive(), Some(MessageBuf::from("ana")));
    for (name, value) in [("X-Password", "1234"), ("Cookie", "session=1")] {
        let refused = connect(name, value);
        assert!(matches!(refused, Err(ConnectError::HttpStatus { .. })));
    }
    println!("self test passed");
    Ok(())
}
