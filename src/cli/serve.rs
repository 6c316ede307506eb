//! `wshub serve`: from flags to a running server, and what it says at start and stop.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use log::LevelFilter;

use super::browser;
use super::exit::Exit;
use super::identity;
use super::passwords;
use super::values::Values;
use super::window;
use crate::logging;
use crate::server::{Server, ServerConfig, SlowClient};

/// The ports of `--lan` where no `--listen` and no `--tls-listen` names one.
const DEFAULT_PORT: u16 = 8765;
const DEFAULT_TLS_PORT: u16 = 8766;

pub(super) fn run(values: &Values) -> Exit {
    if let Some(exit) = window::run_apart() {
        return exit;
    }
    match start(values) {
        Ok(exit) => exit,
        Err((exit, message)) => {
            eprintln!("wshub: {message}");
            exit
        }
    }
}

fn start(values: &Values) -> Result<Exit, (Exit, String)> {
    let failed = |message: String| (Exit::Failure, message);
    let log_file = values.text("--log-file").map(Path::new);
    logging::start(log_level(values), log_file)
        .map_err(|error| failed(format!("cannot write the log {}: {error}", words(log_file))))?;
    let tls = identity::load(values)?;
    let mut config = config(values);
    let passwords = values.text("--basic-auth-file").map(Path::new);
    config.access.accounts = passwords::read(passwords).map_err(failed)?;
    let has_passwords = !config.access.accounts.is_empty();
    let server = Server::builder().config(config);
    let server = server
        .standard_endpoints()
        .map_err(|e| failed(format!("no thread for the hub: {e}")))?;
    let server = match tls {
        Some(tls) => server.tls(tls),
        None => server,
    };
    let server = if values.switch("--lan") {
        let usage = |why| (Exit::Usage, why);
        server.listen_everywhere(
            lan_port(&values.all("--listen"), "--listen", DEFAULT_PORT).map_err(usage)?,
            lan_port(
                &values.all("--tls-listen"),
                "--tls-listen",
                DEFAULT_TLS_PORT,
            )
            .map_err(usage)?,
        )
    } else {
        server
    };
    let server = server.bind().map_err(|error| failed(error.to_string()))?;
    let stopper = server.stopper();
    let asked = AtomicBool::new(false);
    window::watch(move || {
        if asked.swap(true, SeqCst) {
            process::exit(Exit::Done.code().into()); // asked twice: at once
        }
        log::info!("stopping: every client gets 1001; once more ends at once");
        stopper.stop();
    })
    .map_err(|error| failed(format!("cannot watch for Ctrl-C: {error}")))?;
    if !values.switch("--quiet") {
        let lan = values.switch("--lan");
        let (plain, tls) = (server.addresses(), server.tls_addresses());
        announce(&plain, &tls, lan, has_passwords);
    }
    if values.switch("--open")
        && let Some(host) = local_host(&server.addresses())
    {
        browser::open(format!("http://{host}/"));
    }
    let stopped = server
        .run()
        .map_err(|error| failed(format!("no thread to accept with: {error}")))?;
    match stopped.cut {
        0 => log::info!("stopped: every client has left"),
        cut => log::warn!("stopped: {cut} clients had not answered in time and were cut"),
    }
    Ok(Exit::Done)
}

fn words(path: Option<&Path>) -> String {
    path.map_or_else(
        || "to stderr".into(),
        |path| format!("file {}", path.display()),
    )
}

fn log_level(values: &Values) -> LevelFilter {
    match (values.switch("--quiet"), values.count("-v")) {
        (true, _) => LevelFilter::Warn,
        (_, 0) => LevelFilter::Info,
        (_, 1) => LevelFilter::Debug,
        _ => LevelFilter::Trace,
    }
}

/// The server's settings: the defaults, and what the command line says otherwise.
fn config(values: &Values) -> ServerConfig {
    let mut config = ServerConfig::default();
    let listen = values.all("--listen");
    if !listen.is_empty() {
        config.listen = owned(&listen);
    }
    let tls_listen = values.all("--tls-listen");
    if !tls_listen.is_empty() {
        config.tls_listen = owned(&tls_listen);
    }
    set(
        &mut config.limits.max_message_bytes,
        values.size("--max-message"),
    );
    set(
        &mut config.limits.max_fragments,
        values.number("--max-fragments").map(saturated),
    );
    set(
        &mut config.handshake_timeout,
        values.duration("--handshake-timeout"),
    );
    let timeouts = &mut config.timeouts;
    set(
        &mut timeouts.ping_interval,
        values.setting("--ping-interval").map(|s| s.limit()),
    );
    set(
        &mut timeouts.ping_timeout,
        values.duration("--ping-timeout"),
    );
    set(
        &mut timeouts.idle,
        values.setting("--idle-timeout").map(|s| s.limit()),
    );
    set(&mut timeouts.close, values.duration("--close-timeout"));
    set(&mut timeouts.write, values.duration("--write-timeout"));
    set(
        &mut config.queue.messages,
        values.number("--queue-messages").map(saturated),
    );
    set(
        &mut config.queue.bytes,
        values.size("--queue-bytes").map(saturated),
    );
    set(
        &mut config.chat.history,
        values.number("--history").map(saturated),
    );
    set(
        &mut config.max_clients,
        values.number("--max-clients").map(saturated),
    );
    if values.text("--slow-client") == Some("drop") {
        config.slow_client = SlowClient::Drop;
    }
    config.access.origins = owned(&values.all("--allow-origin"));
    config.access.hosts = owned(&values.all("--allow-host"));
    config.public_metrics = values.switch("--public-metrics");
    config
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

/// A count that is larger than this machine can count is no limit at all.
fn saturated<T: TryFrom<u64> + Bounded>(value: u64) -> T {
    T::try_from(value).unwrap_or(T::MOST)
}

trait Bounded {
    const MOST: Self;
}

impl Bounded for u32 {
    const MOST: Self = u32::MAX;
}

impl Bounded for usize {
    const MOST: Self = usize::MAX;
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// The port for `--lan`, which listens on every address: that of `listen`, the values of `flag`.
/// An address that names one of the machine's own contradicts `--lan`, and so do two.
fn lan_port(listen: &[&str], flag: &str, default: u16) -> Result<u16, String> {
    let Some(first) = listen.first() else {
        return Ok(default);
    };
    let (host, port) = first.rsplit_once(':').unwrap_or(("", first));
    if listen.len() > 1 || !matches!(host, "localhost" | "0.0.0.0" | "[::]") {
        return Err(format!(
            "--lan listens on every address of this machine, and {flag} {first} asks for another \
             thing; leave --lan out, or write {flag} localhost:{port} once to choose the port\n\
             more: wshub serve --help"
        ));
    }
    Ok(port.parse().unwrap_or(default))
}

/// What to open, on stderr: stdout is for payloads alone.
fn announce(
    addresses: &[SocketAddr],
    tls_addresses: &[SocketAddr],
    lan: bool,
    has_passwords: bool,
) {
    let Some(port) = addresses.first().map(SocketAddr::port) else {
        return;
    };
    let Some(host) = local_host(addresses) else {
        return;
    };
    let everywhere = is_everywhere(addresses);
    eprintln!("wshub {} is listening", env!("CARGO_PKG_VERSION"));
    eprintln!();
    eprintln!("  page       http://{host}/            open it in two tabs");
    eprintln!("  echo       ws://{host}/echo");
    eprintln!("  broadcast  ws://{host}/broadcast");
    eprintln!("  chat       ws://{host}/chat/lobby?name=ana");
    // Double quotes: Windows knows no others.
    eprintln!("  terminal   wshub connect \"ws://{host}/chat/lobby?name=ana\"");
    eprintln!();
    if let Some(host) = local_host(tls_addresses) {
        eprintln!("  with TLS   https://{host}/   wss://{host}/echo   wss://{host}/broadcast");
        eprintln!();
    }
    if lan || everywhere {
        eprintln!("  For others on your network, with this machine's address or name for HOST:");
        for address in lan_addresses() {
            eprintln!("             http://{}/", SocketAddr::new(address, port));
        }
        eprintln!("             http://HOST:{port}/   ws://HOST:{port}/broadcast");
        if let Some(port) = tls_addresses.first().map(SocketAddr::port) {
            eprintln!("             https://HOST:{port}/  wss://HOST:{port}/broadcast");
        }
        if has_passwords {
            eprintln!("  Over http:// and ws:// passwords and messages can be read on the way.");
        } else {
            eprintln!("  Whoever reaches this port may read and send here: there is no password.");
            eprintln!("  For one: --basic-auth-file FILE");
        }
        eprintln!();
    }
    eprintln!("  Ctrl-C stops it.");
    eprintln!();
}

/// `HOST:PORT` for this machine's own browser; none where nothing listens.
fn local_host(addresses: &[SocketAddr]) -> Option<String> {
    let first = addresses.first()?;
    let local = addresses.iter().all(|address| address.ip().is_loopback());
    Some(if local || is_everywhere(addresses) {
        format!("localhost:{}", first.port())
    } else {
        first.to_string()
    })
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
            assert_eq!(lan_port(listen, "--listen", 7).ok(), port, "{listen:?}");
        }
    }

    #[test]
    fn the_defaults_of_the_help_text_are_those_of_the_server() {
        assert_eq!(config(&Values::defaults(&SERVE)), ServerConfig::default());
    }
}
