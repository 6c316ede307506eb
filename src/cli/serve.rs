//! `wshub serve`: from flags to a running server, and what it says at start and stop.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use log::LevelFilter;

use super::advice;
use super::arguments::ServeArgs;
use super::browser;
use super::cluster;
use super::environment;
use super::exit::{Exit, Failure};
use super::identity;
use super::interrupt::unwatched;
use super::logging::Streams;
use super::numbers::saturated;
use super::passwords;
use super::window;
use wshub::connection::MemoryBudget;
use wshub::protocol::MinRate;
use wshub::server::{Access, Builder, Server};
use wshub::standard::StandardOptions;
use wshub::system;

/// The ports of `--lan` where no `--listen` and no `--tls-listen` names one.
const DEFAULT_PORT: u16 = 8765;
const DEFAULT_TLS_PORT: u16 = 8766;

pub(super) fn run(args: &ServeArgs) -> Result<(), Failure> {
    if let Some(exit) = window::run_apart() {
        return exit.into_result();
    }
    environment::check().map_err(Failure::other)?;
    let log_file = args.log_file.as_deref();
    let streams = Streams::start(log_level(args), args.log_format, log_file).map_err(|error| {
        let file = words(log_file);
        Failure::other(format!("cannot write the log {file}: {error}"))
    })?;
    let ended = serve(args, &streams);
    if let Err(failure) = &ended {
        streams.say(&format!("wshub: {failure}\n"));
    }
    streams.flush();
    ended.or_else(|failure| failure.exit.into_result())
}

fn serve(args: &ServeArgs, streams: &Streams) -> Result<(), Failure> {
    let failed = |message: String| Failure::other(message);
    let tls = identity::load(args)?;
    let passwords = args.basic_auth_file.as_deref();
    let accounts = passwords::read(passwords).map_err(failed)?;
    let has_passwords = !accounts.is_empty();
    let memory = memory(args);
    let mut options = standard_options(args, &memory);
    options.chat_accounts = accounts.users().map(str::to_owned).collect();
    let access = Access {
        origins: args.origins.clone(),
        hosts: args.hosts.clone(),
        trusted_proxies: args.trusted_proxies.clone(),
        accounts,
    };
    if let Some(count) = args.max_threads {
        system::limit_threads(count);
    }
    let started = cluster::start(&args.cluster, options)?;
    let server = started.standard.add_to(builder(args).memory(memory));
    let server = server.access(access).advise(advice::for_denied);
    let server = match tls {
        Some(tls) => server.tls(tls),
        None => server,
    };
    let server = if args.lan {
        server.listen_everywhere(
            lan_port(&args.listen, "--listen", DEFAULT_PORT)?,
            lan_port(&args.tls_listen, "--tls-listen", DEFAULT_TLS_PORT)?,
        )
    } else {
        server
    };
    let server = server
        .bind()
        .map_err(|error| failed(advice::for_bind(&error)))?;
    let stopper = server.stopper();
    let asked = AtomicBool::new(false);
    window::watch(move || {
        if asked.swap(true, SeqCst) {
            process::exit(Exit::Done.code().into()); // asked twice: at once
        }
        stopper.stop();
        log::info!("stopping: every client gets 1001; press Ctrl-C again to exit immediately");
    })
    .map_err(unwatched)?;
    if !args.quiet {
        let (plain, tls) = (server.addresses(), server.tls_addresses());
        let cluster = started.greeting();
        streams.say(&greeting(
            &plain,
            &tls,
            args.lan,
            has_passwords,
            cluster.as_deref(),
        ));
    }
    if let Some(limit) = server.client_limit() {
        let level = match args.max_clients {
            Builder::DEFAULT_MAX_CLIENTS => log::Level::Info,
            _ => log::Level::Warn, // it was asked for
        };
        log::log!(
            level,
            "{}",
            advice::for_client_limit(args.max_clients, &limit)
        );
    }
    if args.open
        && let Some(host) = local_host(&server.addresses())
    {
        browser::open(format!("http://{host}/"));
    }
    let stopped = server.run().map_err(|error| {
        failed(format!(
            "cannot start the thread that accepts connections: {error}"
        ))
    })?;
    match stopped.aborted {
        0 => log::info!("stopped: every client has left"),
        count => log::warn!(
            "stopped: {count} clients had not answered in time and were \
                             disconnected"
        ),
    }
    Ok(())
}

fn words(path: Option<&Path>) -> String {
    path.map_or_else(
        || "to stderr".into(),
        |path| format!("file {}", path.display()),
    )
}

fn log_level(args: &ServeArgs) -> LevelFilter {
    match (args.quiet, args.verbose) {
        (true, _) => LevelFilter::Warn,
        (_, 0) => LevelFilter::Info,
        (_, 1) => LevelFilter::Debug,
        _ => LevelFilter::Trace,
    }
}

/// The server's settings: what the command line says.
fn builder(args: &ServeArgs) -> Builder {
    let min_rate = args.min_rate.map(|bytes_per_second| MinRate {
        bytes_per_second,
        ..MinRate::default()
    });
    let mut builder = Server::builder()
        .limits(args.limits)
        .head_limits(args.head_limits)
        .timeouts(args.timeouts)
        .handshake_timeout(args.handshake_timeout)
        .queue(args.queue)
        .min_rate(min_rate)
        .max_rate(args.max_rate)
        .max_clients(args.max_clients);
    #[cfg(feature = "deflate")]
    if let Some(options) = super::compression::options(&args.deflate) {
        builder = builder.deflate(options);
    }
    if !args.listen.is_empty() {
        builder = builder.listen(&args.listen);
    }
    if !args.tls_listen.is_empty() {
        builder = builder.listen_tls(&args.tls_listen);
    }
    builder
}

/// The memory for what is under way, in the sessions and in the hub.
fn memory(args: &ServeArgs) -> MemoryBudget {
    let given = |bytes| MemoryBudget::new(saturated(bytes));
    (args.memory).map_or_else(MemoryBudget::quarter_of_machine, given)
}

/// The settings of the endpoints.
fn standard_options(args: &ServeArgs, memory: &MemoryBudget) -> StandardOptions {
    let mut options = StandardOptions {
        subprotocols: args.subprotocols.clone(),
        public_metrics: args.public_metrics,
        operator_advice: Some(advice::OPERATOR.into()),
        ..StandardOptions::default()
    };
    options.hub.slow_client = args.slow_client;
    options.hub.eviction_timeout = args.timeouts.close;
    options.hub.memory = memory.clone();
    options.chat.history_lines = args.history;
    options
}

/// The port for `--lan`, which listens on every address: that of `listen`, the values of `flag`.
/// An address that names one of the machine's own contradicts `--lan`, and so do two.
fn lan_port(listen: &[String], flag: &str, default: u16) -> Result<u16, Failure> {
    let Some(first) = listen.first() else {
        return Ok(default);
    };
    let (host, port) = first.rsplit_once(':').unwrap_or(("", first.as_str()));
    if listen.len() > 1 || !matches!(host, "localhost" | "0.0.0.0" | "[::]") {
        let why = format!(
            "--lan listens on every address of this machine, and {flag} {first} contradicts \
             that; leave --lan out, or write {flag} localhost:{port} once to choose the port"
        );
        return Err(Failure::usage("serve", why));
    }
    Ok(port.parse().unwrap_or(default))
}

/// The greeting, with what to open; for stderr, since stdout is for payloads only.
fn greeting(
    addresses: &[SocketAddr],
    tls_addresses: &[SocketAddr],
    lan: bool,
    has_passwords: bool,
    cluster: Option<&str>,
) -> String {
    let mut out = String::new();
    let Some(port) = addresses.first().map(SocketAddr::port) else {
        return out;
    };
    let Some(host) = local_host(addresses) else {
        return out;
    };
    let mut line = |text: std::fmt::Arguments<'_>| {
        let _ = writeln!(out, "{text}"); // a String takes everything
    };
    line(format_args!(
        "wshub {} is listening\n",
        env!("CARGO_PKG_VERSION")
    ));
    line(format_args!(
        "  page       http://{host}/            open it in two tabs"
    ));
    line(format_args!("  echo       ws://{host}/echo"));
    line(format_args!("  broadcast  ws://{host}/broadcast"));
    line(format_args!("  chat       ws://{host}/chat/lobby?name=ana"));
    // Double quotes: Windows knows no others.
    line(format_args!(
        "  terminal   wshub connect \"ws://{host}/chat/lobby?name=ana\"\n"
    ));
    if let Some(host) = local_host(tls_addresses) {
        line(format_args!(
            "  with TLS   https://{host}/   wss://{host}/echo   wss://{host}/broadcast\n"
        ));
    }
    if let Some(cluster) = cluster {
        line(format_args!("  cluster    {cluster}\n"));
    }
    if lan || is_everywhere(addresses) {
        line(format_args!(
            "  For others on your network, with this machine's address or name for HOST:"
        ));
        for address in lan_addresses() {
            let address = SocketAddr::new(address, port);
            line(format_args!("             http://{address}/"));
        }
        line(format_args!(
            "             http://HOST:{port}/   ws://HOST:{port}/broadcast"
        ));
        if let Some(port) = tls_addresses.first().map(SocketAddr::port) {
            line(format_args!(
                "             https://HOST:{port}/  wss://HOST:{port}/broadcast"
            ));
        }
        line(format_args!(
            "{}\n",
            match has_passwords {
                true =>
                    "  Over http:// and ws:// others on the network can read passwords and \
                         messages.",
                false =>
                    "  Anybody who reaches this port can read and send here: no password is \
                     set.\n  \
                      To set one: --basic-auth-file FILE",
            }
        ));
    }
    line(format_args!("  Ctrl-C stops it.\n"));
    out
}

/// `HOST:PORT` for this machine's own browser; none where nothing listens.
fn local_host(addresses: &[SocketAddr]) -> Option<String> {
    let first = addresses.first()?;
    let local = addresses.iter().all(|address| address.ip().is_loopback());
    Some(if local || is_everywhere(addresses) {
        format!("localhost:{}", first.port())
    } else {
        in_url(first)
    })
}

/// `HOST:PORT` as a URL has it: a zone stands behind `%25` (RFC 6874).
fn in_url(address: &SocketAddr) -> String {
    address.to_string().replacen('%', "%25", 1)
}

fn is_everywhere(addresses: &[SocketAddr]) -> bool {
    addresses
        .iter()
        .any(|address| address.ip().is_unspecified())
}

/// The address that this machine would use towards others, found without sending anything: a
/// datagram socket that is "connected" only picks its own address.
fn lan_addresses() -> Vec<std::net::IpAddr> {
    let pick = |from: &str, to: &str| -> io::Result<std::net::IpAddr> {
        let socket = std::net::UdpSocket::bind(from)?;
        socket.connect(to)?;
        Ok(socket.local_addr()?.ip())
    };
    [
        pick("0.0.0.0:0", "192.0.2.1:9"),
        pick("[::]:0", "[2001:db8::1]:9"),
    ]
    .into_iter()
    .flatten()
    .filter(|address| !address.is_loopback() && !address.is_unspecified())
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::arguments::Arguments;
    use crate::cli::serve_command::SERVE;

    #[test]
    fn lan_takes_a_port_and_refuses_an_address() {
        let rows = [
            (&[][..], Some(7)),
            (&["localhost:9000"], Some(9000)),
            (&["0.0.0.0:9000"], Some(9000)),
            (&["[::]:0"], Some(0)),
            (&["127.0.0.1:9000"], None),
            (&["[::1]:9000"], None),
            (&["192.0.2.1:9000"], None),
            (&["localhost:9000", "localhost:9001"], None),
        ];
        for (listen, port) in rows {
            let listen: Vec<_> = listen.iter().map(ToString::to_string).collect();
            assert_eq!(lan_port(&listen, "--listen", 7).ok(), port, "{listen:?}");
        }
    }

    #[test]
    fn the_defaults_of_the_help_text_are_those_of_the_server() {
        let mut written = Arguments::default();
        for flag in SERVE.all_flags() {
            if let Some(default) = flag.default_text() {
                assert_eq!(flag.update(&mut written, &default), Ok(()));
            }
        }
        let listen = [Builder::DEFAULT_LISTEN];
        let tls_listen = [Builder::DEFAULT_TLS_LISTEN];
        let named = Server::builder().listen(listen).listen_tls(tls_listen);
        let rows = [
            (written.serve, named),
            (Arguments::default().serve, Server::builder()),
        ];
        for (args, default) in rows {
            assert_eq!(format!("{:?}", builder(&args)), format!("{default:?}"));
            let mut default = StandardOptions {
                operator_advice: Some(advice::OPERATOR.into()),
                ..StandardOptions::default()
            };
            let memory = memory(&args);
            assert_eq!(
                memory.limit_bytes(),
                MemoryBudget::quarter_of_machine().limit_bytes()
            );
            default.hub.memory = memory.clone();
            assert_eq!(standard_options(&args, &memory), default);
        }
    }
}
