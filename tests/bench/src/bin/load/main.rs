//! A load generator for a WebSocket server, or a bare echo server, over TCP or TLS, in one thread;
//! it prints its results as one line of JSON. Each byte that comes back is compared with the
//! expected one.

mod connection;
mod histogram;
mod load;
mod process;
mod stream;
mod wire;
mod works;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use wire::Talk;

const USAGE: &str = "\
usage: load WORK SERVER:PORT[,...] [flags]

  echo       each client keeps --depth messages in flight
  fanout     the first client keeps --depth messages in flight, all receive each; with several
             servers, which act as one, clients go to each of them in turn
  churn      connect, handshake, one echo, closing handshake, over and over
  idle       each client sends one message, then all are silent: memory of one
  broadcast  all are silent, then one message goes to all

  --clients N (64)   --size BYTES (64)   --depth N (1)      --secs S (2)
  --path P (/)       --binary            --bare (no WebSocket at all)
  --process ID,... (the servers')        --tls CERTIFICATE (PEM; the one that is trusted)
  --resume: a client that comes back resumes its TLS session
  --publishers N: so many clients publish (fanout; how long a delivery took is not told then)
  --socket-io: the protocol of Socket.IO, with events named m";

pub struct Options {
    work: String,
    servers: Vec<SocketAddr>,
    clients: usize,
    size: usize,
    depth: usize,
    time: Duration,
    path: String,
    binary: bool,
    bare: bool,
    process: Vec<u32>,
    publishers: usize,
    socket_io: bool,
    certificate: Option<PathBuf>,
    resume: bool,
}

fn parse(mut args: impl Iterator<Item = String>) -> Option<Options> {
    let mut options = Options {
        work: args.next()?,
        servers: listed(&args.next()?)?,
        clients: 64,
        size: 64,
        depth: 1,
        time: Duration::from_secs(2),
        path: "/".into(),
        binary: false,
        bare: false,
        process: Vec::new(),
        publishers: 1,
        socket_io: false,
        certificate: None,
        resume: false,
    };
    while let Some(flag) = args.next() {
        match flag.as_str() {
            "--clients" => options.clients = args.next()?.parse().ok().filter(|n| *n > 0)?,
            "--size" => options.size = args.next()?.parse().ok().filter(|n| *n > 0)?,
            "--depth" => options.depth = args.next()?.parse().ok().filter(|n| *n > 0)?,
            "--secs" => {
                options.time = Duration::try_from_secs_f64(args.next()?.parse().ok()?).ok()?
            }
            "--path" => options.path = args.next()?,
            "--binary" => options.binary = true,
            "--bare" => options.bare = true,
            "--tls" => options.certificate = Some(args.next()?.into()),
            "--resume" => options.resume = true,
            "--publishers" => options.publishers = args.next()?.parse().ok().filter(|n| *n > 0)?,
            "--socket-io" => options.socket_io = true,
            "--process" => options.process = listed(&args.next()?)?,
            _ => return None,
        }
    }
    Some(options)
}

fn listed<T: std::str::FromStr>(text: &str) -> Option<Vec<T>> {
    text.split(',').map(|one| one.parse().ok()).collect()
}

/// Raises the limit of file descriptors as far as the system permits.
fn raise_descriptors() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let _ = setrlimit(Resource::Nofile, raised); // if it fails, opening connections reports it
}

fn main() -> ExitCode {
    let Some(options) = parse(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    raise_descriptors();
    let talk = if options.bare {
        Talk::bare(options.size)
    } else {
        let host = options.servers[0].to_string();
        let talk = Talk::websocket(&host, &options.path, options.size, options.binary);
        if options.socket_io {
            talk.over_socket_io(options.size)
        } else {
            talk
        }
    };
    match works::run(&options, talk) {
        Ok(figures) => {
            let figures: Vec<_> = (figures.iter())
                .map(|(name, value)| format!("\"{name}\": {value:.3}"))
                .collect();
            println!("{{{}}}", figures.join(", "));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}
