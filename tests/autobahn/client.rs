//! Our client under the reference conformance suite: takes every case that its server offers,
//! echoes every message until the connection ends, then asks for the reports.
//!
//!     autobahn-client [--deflate] ws://127.0.0.1:9001 [AGENT [CERTIFICATE]]
//!
//! For wss:// the certificate, a PEM file, is the one to trust.
//!
//! `tests/autobahn/run` starts the suite's server, runs this, and reads the verdicts. Here only
//! what no verdict can tell is a failure: a case that cannot be started, or does not end.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use wshub::Client;
use wshub::client::{ConnectOptions, TlsOptions};
use wshub::connection::{CloseCause, Incoming};
use wshub::protocol::MessageBuf;

/// For one case, one connection, and the reports. The suite gives a case 480 s at most and then tells
/// what was wrong; its server runs all cases in one thread, so on a busy machine it answers late.
const PATIENCE: Duration = Duration::from_secs(500);

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).peekable();
    let deflates = arguments.next_if_eq("--deflate").is_some();
    let (Some(server), agent) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: autobahn-client [--deflate] ws://HOST:PORT [AGENT [CERTIFICATE]]");
        return ExitCode::from(2);
    };
    let tls = TlsOptions {
        ca_file: arguments.next().map(PathBuf::from),
        ..TlsOptions::default()
    };
    #[allow(unused_mut)]
    let mut options = ConnectOptions {
        tls: tls.into(),
        timeout: PATIENCE,
        ..ConnectOptions::default()
    };
    #[cfg(feature = "deflate")]
    if deflates {
        // Everything, however short: the cases are about compression.
        let mut deflate = wshub::connection::DeflateOptions::default();
        deflate.min_bytes = 0;
        options.deflate = Some(deflate);
    }
    if deflates && cfg!(not(feature = "deflate")) {
        eprintln!("autobahn-client: --deflate needs a build with --features deflate");
        return ExitCode::from(2);
    }
    match drive(
        server.trim_end_matches('/'),
        agent.as_deref().unwrap_or("wshub"),
        &options,
    ) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("autobahn-client: {error}");
            ExitCode::FAILURE
        }
    }
}

fn drive(server: &str, agent: &str, options: &ConnectOptions) -> Result<(), Box<dyn Error>> {
    let cases = count(server, options)?;
    let mut stuck = Vec::new();
    for case in 1..=cases {
        let url = format!("{server}/runCase?case={case}&agent={agent}");
        let mut client = connect(&url, options)?;
        if echo(&mut client, Instant::now() + PATIENCE).is_none() {
            stuck.push(case);
        }
    }
    let mut client = connect(&format!("{server}/updateReports?agent={agent}"), options)?;
    if echo(&mut client, Instant::now() + PATIENCE).is_none() {
        return Err(format!("no reports within {PATIENCE:?}").into());
    }
    match stuck.as_slice() {
        [] => Ok(()),
        stuck => Err(format!("cases number {stuck:?} did not end within {PATIENCE:?}").into()),
    }
}

fn connect(url: &str, options: &ConnectOptions) -> Result<Client, Box<dyn Error>> {
    let connected = options.connect(url);
    connected.map_err(|error| format!("{url}: {error}").into())
}

/// How many cases the server will run.
fn count(server: &str, options: &ConnectOptions) -> Result<usize, Box<dyn Error>> {
    let url = format!("{server}/getCaseCount");
    let mut client = connect(&url, options)?;
    let mut count = None;
    while let Some(message) = client.receive() {
        if let MessageBuf::Text(text) = message {
            count = Some(text.trim().parse()?);
        }
    }
    count.ok_or_else(|| format!("{url}: no count in the answer").into())
}

/// Sends every message back until the connection has ended; `None` if it has not by `deadline`.
fn echo(client: &mut Client, deadline: Instant) -> Option<CloseCause> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        let goes_on = client.turn(left, |incoming, outbox| {
            if let Incoming::Message(message) = incoming {
                outbox.send(message);
            }
        });
        if !goes_on {
            return client.ended().cloned();
        }
    }
}
