//! `wshub check`: does that peer conform? Each vector has a connection of its own.

mod client;
mod client_vectors;
mod deflate_vectors;
mod frames;
mod judge;
mod offers;
mod report;
mod requests;
mod seen;
mod server;
mod table;
mod vectors;
mod wire;

use std::net::TcpListener;

use super::arguments::{CheckArgs, ConnectingArgs};
use super::connecting;
use super::exit::{Exit, Failure};
use super::output::{self, notice};
use client::ClientProbe;
use client_vectors::{ClientVector, client_deflate_vectors, client_vectors};
use deflate_vectors::deflate_vectors;
use judge::Verdict;
use offers::{Offer, offers};
use report::{Outcome, is_wanted, place};
use requests::{RequestVector, requests};
use server::ServerProbe;
use table::Table;
use vectors::{Vector, vectors};
use wshub::connection::Entropy;
use wshub::handshake::WsUrl;
use wshub::protocol::Role;

pub(super) fn run(connecting: &ConnectingArgs, args: &CheckArgs) -> Result<(), Failure> {
    if args.client {
        if !connecting.url.is_empty() {
            return Err(usage(
                "--client listens and takes no URL; leave one of the two out",
            ));
        }
        let all = match connecting.deflate.on {
            true => client_deflate_vectors(),
            false => client_vectors(),
        };
        let wanted = wanted(all, args, ClientVector::title)?;
        match args.list {
            true => list(&wanted, ClientVector::title),
            false => check_client(connecting, args, &wanted),
        }
    } else {
        let all = match connecting.deflate.on {
            true => server_deflate_vectors(),
            false => server_vectors(),
        };
        let wanted = wanted(all, args, ServerVector::title)?;
        match args.list {
            true => list(&wanted, ServerVector::title),
            false => check_server(connecting, args, &wanted),
        }
    }
}

fn usage(why: &str) -> Failure {
    Failure::usage("check", why)
}

/// A vector's section and name.
type Title = (&'static str, &'static str);

/// The vectors of the sections that are asked for.
fn wanted<V>(all: Vec<V>, args: &CheckArgs, title: fn(&V) -> Title) -> Result<Vec<V>, Failure> {
    let mut wanted = all;
    wanted.retain(|vector| is_wanted(title(vector).0, &args.sections));
    if wanted.is_empty() {
        return Err(usage(
            "that section has no vectors; --list shows all of them",
        ));
    }
    Ok(wanted)
}

fn list<V>(vectors: &[V], title: fn(&V) -> Title) -> Result<(), Failure> {
    let titles = vectors.iter().map(title);
    let lines: String = titles
        .map(|(section, name)| format!("{section:<8}{name}\n"))
        .collect();
    output::report(&lines).map(drop)
}

/// A vector for a server.
enum ServerVector {
    Request(RequestVector),
    Offer(Offer),
    Frames(Vector),
}

impl ServerVector {
    fn title(&self) -> Title {
        match self {
            Self::Request(vector) => (vector.section, vector.name),
            Self::Offer(vector) => (vector.section, vector.name),
            Self::Frames(vector) => (vector.section, vector.name),
        }
    }
}

fn server_vectors() -> Vec<ServerVector> {
    let requests = requests().into_iter().map(ServerVector::Request);
    let mut all: Vec<_> = requests
        .chain(vectors(Role::Server).into_iter().map(ServerVector::Frames))
        .collect();
    all.sort_by_key(|vector| place(vector.title().0));
    all
}

/// Those about compression (RFC 7692).
fn server_deflate_vectors() -> Vec<ServerVector> {
    let frames = deflate_vectors(Role::Server).into_iter();
    let mut all: Vec<_> = (offers().into_iter().map(ServerVector::Offer))
        .chain(frames.map(ServerVector::Frames))
        .collect();
    all.sort_by_key(|vector| place(vector.title().0));
    all
}

fn check_server(
    connecting: &ConnectingArgs,
    args: &CheckArgs,
    wanted: &[ServerVector],
) -> Result<(), Failure> {
    if connecting.url.is_empty() {
        return Err(usage(
            "wshub check needs URL; write for example: wshub check ws://localhost:8765/echo",
        ));
    }
    let url = WsUrl::parse(&connecting.url).map_err(|why| Failure::new(Exit::Usage, why))?;
    let mut probe = ServerProbe {
        options: connecting::options(connecting)?,
        url,
        timeout: args.timeout,
        echoes: false,
        deflate: connecting.deflate.on,
        compresses: false,
        random: Entropy::new(),
    };
    let peer = connecting::shown(&connecting.url);
    let table = Table::new(args.json, args.all);
    table.end_at_interrupt(&peer, wanted.len())?;
    probe.reach().map_err(|error| connecting::failure(&error))?;
    if !probe.echoes {
        notice("this endpoint does not echo: what comes back is not compared with what was sent");
    }
    if probe.deflate && !probe.compresses {
        notice(
            "this endpoint does not accept permessage-deflate: only its answers to offers are \
             checked",
        );
    }
    for vector in wanted {
        let outcome = match vector {
            ServerVector::Request(vector) => probe.request(vector),
            ServerVector::Offer(offer) => probe.offer(offer),
            ServerVector::Frames(vector) => probe.frames(vector),
        };
        if !table.add(outcome)? {
            break;
        }
    }
    table.end(&peer)
}

fn check_client(
    connecting: &ConnectingArgs,
    args: &CheckArgs,
    wanted: &[ClientVector],
) -> Result<(), Failure> {
    let address = &args.listen;
    let bound = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok((listener.local_addr()?, listener))
    });
    let (local, listener) =
        bound.map_err(|error| Failure::other(format!("cannot listen on {address}: {error}")))?;
    let peer = "the client";
    let table = Table::new(args.json, args.all);
    table.end_at_interrupt(peer, wanted.len())?;
    notice(format_args!(
        "let the client connect to ws://{local}/ again and again: {} times, one for each vector",
        wanted.len()
    ));
    let mut probe = ClientProbe {
        listener,
        timeout: args.timeout,
        started: false,
        deflate: connecting.deflate.on,
    };
    let mut gone = false;
    for vector in wanted {
        let outcome = if gone { None } else { probe.probe(vector) };
        gone = outcome.is_none();
        let outcome = outcome.unwrap_or_else(|| {
            let (section, name) = vector.title();
            Outcome {
                section,
                name,
                verdict: Verdict::Skipped,
                sent: String::new(),
                came: "no further client connected".to_owned(),
            }
        });
        if !table.add(outcome)? {
            break;
        }
    }
    table.end(peer)
}

#[cfg(test)]
mod tests {
    use super::frames::*;
    use super::*;

    #[test]
    fn the_vectors_stand_in_the_order_of_their_sections() {
        let titles: Vec<_> = server_vectors().iter().map(ServerVector::title).collect();
        assert!(titles.len() >= 80, "{}", titles.len());
        assert!(titles.is_sorted_by_key(|(section, _)| place(section)));
        assert_eq!(titles[0].0, "4.2.1");
        let all = server_deflate_vectors();
        let titles: Vec<_> = all.iter().map(ServerVector::title).collect();
        assert!(titles.len() >= 45, "{}", titles.len());
        assert!(titles.is_sorted_by_key(|(section, _)| place(section)));
    }

    #[test]
    fn there_are_many_vectors_about_frames_and_none_twice() {
        for (all, least) in [Role::Server, Role::Client]
            .into_iter()
            .flat_map(|role| [(vectors(role), 60), (deflate_vectors(role), 25)])
        {
            assert!(all.len() >= least, "{}", all.len());
            for (i, one) in all.iter().enumerate() {
                assert!(
                    all[i + 1..].iter().all(|other| other.name != one.name),
                    "{}",
                    one.name
                );
                assert!(one.name.len() < 50 && one.name.is_ascii());
                assert!(!one.frames.is_empty());
            }
        }
    }

    #[test]
    fn frames_have_the_bytes_of_the_rfc() {
        let client = |frame: Frame| frame.wire(Role::Server);
        let server = |frame: Frame| frame.wire(Role::Client);
        // RFC 6455 section 5.7
        assert_eq!(server(text("Hello")), *b"\x81\x05Hello");
        assert_eq!(
            client(text("Hello")),
            *b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"
        );
        assert_eq!(
            wire(Role::Client, &text_fragments(&["Hel", "lo"])),
            *b"\x01\x03Hel\x80\x02lo"
        );
        assert_eq!(server(binary([0; 256]))[..4], *b"\x82\x7e\x01\x00");
        assert_eq!(
            server(binary([0; 65536]))[..10],
            *b"\x82\x7f\0\0\0\0\0\x01\0\0"
        );
        assert_eq!(server(text("a").form(Form::Sixteen)), *b"\x81\x7e\0\x01a");
        assert_eq!(
            server(text("a").form(Form::SixtyFour)),
            *b"\x81\x7f\0\0\0\0\0\0\0\x01a"
        );
        assert_eq!(
            server(binary("").announcing(1 << 63))[..3],
            *b"\x82\x7f\x80"
        );
        assert_eq!(server(close_with(1000, "x")), *b"\x88\x03\x03\xe8x");
    }
}
