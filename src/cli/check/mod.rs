//! `wshub check`: is that peer conforming? Each vector has a connection of its own.

mod client;
mod client_vectors;
mod frames;
mod judge;
mod report;
mod requests;
mod seen;
mod server;
mod table;
mod vectors;
mod wire;

use std::net::TcpListener;
use std::time::Duration;

use super::connecting;
use super::exit::Exit;
use super::values::Values;
use crate::handshake::WsUrl;
use crate::transport::Entropy;
use client::ClientProbe;
use client_vectors::{ClientVector, client_vectors};
use judge::Verdict;
use report::{Outcome, place};
use requests::{RequestVector, requests};
use server::ServerProbe;
use table::{Table, write};
use vectors::{Vector, vectors};

/// How long an answer may take, unless `--timeout` says otherwise.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) fn run(values: &Values) -> Exit {
    let table = Table::new(values);
    let ended = if values.switch("--client") {
        if values.positionals().is_empty() {
            check_client(values, &table)
        } else {
            Err(usage(
                "--client listens and takes no URL; leave one of the two out",
            ))
        }
    } else {
        check_server(values, &table)
    };
    match ended {
        Ok(peer) => table.end(&peer),
        Err(exit) => exit,
    }
}

fn usage(sentence: &str) -> Exit {
    eprintln!("wshub: {sentence}\nmore: wshub check --help");
    Exit::Usage
}

/// A vector for a server.
enum ServerVector {
    Request(RequestVector),
    Frames(Vector),
}

impl ServerVector {
    fn title(&self) -> (&'static str, &'static str) {
        match self {
            Self::Request(vector) => (vector.section, vector.name),
            Self::Frames(vector) => (vector.section, vector.name),
        }
    }
}

fn server_vectors() -> Vec<ServerVector> {
    let requests = requests().into_iter().map(ServerVector::Request);
    let mut all: Vec<_> = requests
        .chain(vectors(true).into_iter().map(ServerVector::Frames))
        .collect();
    all.sort_by_key(|vector| place(vector.title().0));
    all
}

fn check_server(values: &Values, table: &Table) -> Result<String, Exit> {
    let all = server_vectors();
    let wanted: Vec<_> = all
        .iter()
        .filter(|vector| table.wants(vector.title().0))
        .collect();
    if wanted.is_empty() {
        return Err(usage("no vector is in that section; --list shows them"));
    }
    if values.switch("--list") {
        return Err(list(wanted.iter().map(|vector| vector.title())));
    }
    let url = connecting::url(values);
    if url.is_empty() {
        return Err(usage(
            "wshub check needs URL; write for example: wshub check ws://localhost:8765/echo",
        ));
    }
    let parsed = WsUrl::parse(url).map_err(|error| {
        eprintln!("wshub: {error}");
        Exit::Usage
    })?;
    let mut probe = ServerProbe {
        options: connecting::options(values),
        url: parsed,
        patience: table.patience,
        echoes: false,
        random: Entropy::new(),
    };
    let peer = connecting::shown(url);
    table.end_at_interrupt(&peer, wanted.len())?;
    probe.reach().map_err(|error| {
        eprintln!("wshub: {error}");
        connecting::exit_of_error(&error)
    })?;
    if !probe.echoes {
        eprintln!(
            "wshub: this endpoint does not echo: what comes back is not compared with what was sent"
        );
    }
    for vector in wanted {
        let outcome = match vector {
            ServerVector::Request(vector) => probe.request(vector),
            ServerVector::Frames(vector) => probe.frames(vector),
        };
        table.add(outcome)?;
    }
    Ok(peer)
}

fn check_client(values: &Values, table: &Table) -> Result<String, Exit> {
    let all = client_vectors();
    let wanted: Vec<&ClientVector> = all
        .iter()
        .filter(|vector| table.wants(vector.title().0))
        .collect();
    if wanted.is_empty() {
        return Err(usage("no vector is in that section; --list shows them"));
    }
    if values.switch("--list") {
        return Err(list(wanted.iter().map(|vector| vector.title())));
    }
    let address = values.text("--listen").unwrap_or("localhost:9001");
    let bound = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok((listener.local_addr()?, listener))
    });
    let (local, listener) = bound.map_err(|error| {
        eprintln!("wshub: cannot listen on {address}: {error}");
        Exit::Failure
    })?;
    let peer = "the client".to_owned();
    table.end_at_interrupt(&peer, wanted.len())?;
    eprintln!(
        "wshub: let the client connect to ws://{local}/ again and again: {} times, one for each vector",
        wanted.len()
    );
    let mut probe = ClientProbe {
        listener,
        patience: table.patience,
        started: false,
    };
    let mut gone = false;
    for vector in wanted {
        let outcome = if gone { None } else { probe.probe(vector) };
        gone = outcome.is_none();
        let (section, name) = vector.title();
        table.add(outcome.unwrap_or_else(|| Outcome {
            section,
            name,
            verdict: Verdict::Skipped,
            sent: String::new(),
            came: "no client came any more".to_owned(),
        }))?;
    }
    Ok(peer)
}

fn list(titles: impl Iterator<Item = (&'static str, &'static str)>) -> Exit {
    let lines: String = titles
        .map(|(section, name)| format!("{section:<8}{name}\n"))
        .collect();
    write(&lines).err().unwrap_or(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_stand_in_the_order_of_their_sections() {
        let titles: Vec<_> = server_vectors().iter().map(ServerVector::title).collect();
        assert!(titles.len() >= 80, "{}", titles.len());
        assert!(titles.is_sorted_by_key(|(section, _)| place(section)));
        assert_eq!(titles[0].0, "4.2.1");
    }
}
