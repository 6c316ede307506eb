//! What a command line says: for each command a struct of typed values, each field with its
//! default beside it. The defaults stand here, or in the library, and nowhere else; the help texts
//! print them from here.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use wshub::client::ConnectOptions;
use wshub::connection::{QueueLimits, Timeouts};
use wshub::handshake::{HeadLimits, ProxyUrl};
use wshub::hub::SlowClient;
use wshub::protocol::{Limits, MinRate, Rate};
use wshub::server::{Builder, Subprotocols};
use wshub::standard::StandardOptions;

/// Declares structs whose fields are public, and have a default: the value behind `=`, or that of
/// the field's type.
macro_rules! arguments {
    (@default) => { Default::default() };
    (@default $default:expr) => { $default };
    ($(
        $(#[$about:meta])*
        struct $name:ident { $($(#[$doc:meta])* $field:ident: $type:ty $(= $default:expr)?,)* }
    )*) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name { $($(#[$doc])* pub $field: $type,)* }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: arguments!(@default $($default)?),)* }
            }
        }
    )*};
}

arguments! {
    /// What one command line says. A command reads its own struct, and a client `connecting` too.
    struct Arguments {
        connecting: ConnectingArgs,
        serve: ServeArgs,
        connect: ConnectArgs,
        send: SendArgs,
        subscribe: SubscribeArgs,
        bench: BenchArgs,
        check: CheckArgs,
        /// The shell of `completions`, the topic of `help`.
        word: Option<String>,
        /// `help --man`.
        man: bool,
    }

    /// `wshub serve`.
    struct ServeArgs {
        /// Where to listen; the library's default when it is empty.
        listen: Vec<String>,
        lan: bool,
        /// Where to listen for TLS; the library's default when it is empty.
        tls_listen: Vec<String>,
        tls_cert: Option<PathBuf>,
        tls_key: Option<PathBuf>,
        tls_pkcs12: Option<PathBuf>,
        tls_password_file: Option<PathBuf>,
        origins: Vec<String>,
        hosts: Vec<String>,
        subprotocols: Subprotocols,
        basic_auth_file: Option<PathBuf>,
        trusted_proxies: Vec<IpAddr>,
        public_metrics: bool,
        open: bool,
        quiet: bool,
        /// How often `-v` is given.
        verbose: u32,
        log_file: Option<PathBuf>,
        log_format: LogFormat = LogFormat::Text,
        limits: Limits,
        head_limits: HeadLimits,
        max_clients: usize = Builder::DEFAULT_MAX_CLIENTS,
        /// `None`: as many as the system allows.
        max_threads: Option<usize>,
        /// The process-wide budget in bytes; a quarter of the machine's memory without it.
        memory: Option<u64>,
        /// In bytes a second.
        min_rate: Option<u32> = Some(MinRate::default().bytes_per_second),
        max_rate: Option<Rate>,
        queue: QueueLimits,
        slow_client: SlowClient,
        history: usize = StandardOptions::default().chat.history_lines,
        handshake_timeout: Duration = Builder::DEFAULT_HANDSHAKE_TIMEOUT,
        timeouts: Timeouts,
        deflate: DeflateArgs,
        cluster: ClusterArgs,
    }

    /// Where the log is that the servers of a cluster share.
    struct ClusterArgs {
        url: Option<String>,
        file: Option<PathBuf>,
        prefix: String = "wshub".to_owned(),
        ca_file: Option<PathBuf>,
    }

    /// Where and how a client connects.
    struct ConnectingArgs {
        /// As it was written; empty if the command line has none.
        url: String,
        /// Names and values.
        headers: Vec<(String, String)>,
        origin: Option<String>,
        subprotocols: Vec<String>,
        /// A connection without one of the subprotocols is an error.
        strict: bool,
        /// `user:password`, or a user alone.
        auth: Option<String>,
        auth_file: Option<PathBuf>,
        proxy: ProxyChoice = ProxyChoice::Environment,
        ca_file: Option<PathBuf>,
        insecure: bool,
        /// The client's own certificate.
        cert: Option<PathBuf>,
        key: Option<PathBuf>,
        pkcs12: Option<PathBuf>,
        tls_password_file: Option<PathBuf>,
        /// How often `-v` is given.
        verbose: u32,
        timeout: Duration = ConnectOptions::default().timeout,
        timeouts: Timeouts,
        limits: Limits,
        deflate: DeflateArgs,
    }

    /// How messages are compressed.
    struct DeflateArgs {
        on: bool,
        min_bytes: usize = 512,
        level: u8 = 1,
    }

    /// `wshub connect`.
    struct ConnectArgs {
        timestamps: Option<Timestamps>,
        pretty: bool,
        rtt: bool,
        raw_input: bool,
        reconnect: bool,
        send: Vec<String>,
        /// The lines of a paste are sent at once, and not held until Enter.
        sends_pastes: bool,
        history: HistoryFile,
        save_dir: Option<PathBuf>,
    }

    /// `wshub send`.
    struct SendArgs {
        texts: Vec<String>,
        /// `-` is stdin.
        files: Vec<String>,
        binary: bool,
        null: bool,
        repeat: u64 = 1,
        interval: Option<Duration>,
        /// In bytes.
        fragment: Option<usize>,
        wait: Option<Duration>,
        expect: Option<u64>,
        until: Option<String>,
    }

    /// `wshub subscribe`.
    struct SubscribeArgs {
        send: Vec<String>,
        count: Option<u64>,
        /// `--for`.
        time: Option<Duration>,
        filter: Option<String>,
        output: Option<PathBuf>,
        json: bool,
        stats: bool,
        /// The first connection is tried again as well.
        retry: bool,
        no_reconnect: bool,
    }

    /// `wshub bench`.
    struct BenchArgs {
        mode: Mode = Mode::Echo,
        connections: u64 = 10,
        messages: Option<u64>,
        /// None: [`BenchArgs::DURATION`], or no bound where `messages` is one.
        duration: Option<Duration>,
        rate: Option<u64>,
        depth: u64 = 1,
        /// The least and the most bytes of a payload; none: [`BenchArgs::SIZE`].
        size: Option<(u64, u64)>,
        binary: bool,
        publishers: u64 = 1,
        ramp: Duration,
        /// None: [`BenchArgs::WARMUP`], where there is something to warm up.
        warmup: Option<Duration>,
        assert: Option<String>,
        json: bool,
        quiet: bool,
    }

    /// `wshub check`.
    struct CheckArgs {
        client: bool,
        listen: String = "localhost:9001".to_owned(),
        sections: Vec<String>,
        /// How long an answer may take.
        timeout: Duration = Duration::from_secs(2),
        all: bool,
        json: bool,
        list: bool,
    }
}

impl BenchArgs {
    pub const DURATION: Duration = Duration::from_secs(10);
    pub const SIZE: (u64, u64) = (64, 64);
    pub const WARMUP: Duration = Duration::from_secs(1);
}

/// How the lines of the log are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people: the time in UTC, the level, and the message with its fields as `name=value`.
    Text,
    /// For programs: one JSON object on each line, with the same fields.
    Json,
}

/// Which proxy a client takes.
#[derive(Debug, Clone, PartialEq)]
pub enum ProxyChoice {
    /// The one that the environment names.
    Environment,
    None,
    Through(ProxyUrl),
}

/// The time that stands before each line on a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timestamps {
    /// The time of day, in UTC.
    Clock,
    /// The time since the line before.
    Delta,
}

/// Where the sent lines are kept between runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum HistoryFile {
    /// In the platform's folder for states.
    #[default]
    Standard,
    /// In this file.
    At(PathBuf),
    /// Nowhere.
    None,
}

/// What the connections of a benchmark do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Each sends, and gets the same back.
    Echo,
    /// Some send, and all get it.
    Fanout,
    /// Each is opened and closed, again and again.
    Connect,
    /// All are open, and silent.
    Idle,
}
