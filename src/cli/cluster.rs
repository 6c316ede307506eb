//! The flags for a cluster: one hub over several servers, whose log is in Redis.

#[cfg(feature = "cluster")]
use std::time::Duration;

use super::advice;
use super::arguments::ClusterArgs;
use super::credentials;
use super::environment;
use super::exit::{Exit, Failure};
use super::spec::{FlagGroup, FlagSpec};
use super::values::{path, set, set_some, text};
#[cfg(feature = "cluster")]
use wshub::client::TlsOptions;
#[cfg(feature = "cluster")]
use wshub::standard::{Cluster, RedisOptions};
use wshub::standard::{Standard, StandardOptions};
#[cfg(feature = "cluster")]
use wshub::transport::TlsTrust;

/// The environment variable that may hold the URL.
const VARIABLE: &str = "WSHUB_CLUSTER";

/// How long the greeting waits for the server to join the cluster.
#[cfg(feature = "cluster")]
const LONGEST_WAIT: Duration = Duration::from_secs(2);

pub static CLUSTER: FlagGroup = FlagGroup {
    topic: "cluster",
    heading: "Cluster",
    summary: "several servers that act as one, on Redis",
    title: "How several servers of wshub act as one: a cluster, on Redis or Valkey",
    flags: &[
        FlagSpec::value(
            "--cluster URL",
            "redis://HOST; or in WSHUB_CLUSTER",
            |a, v| set_some(&mut a.serve.cluster.url, text(v)),
        ),
        FlagSpec::value("--cluster-file FILE", "read that URL from FILE", |a, v| {
            set_some(&mut a.serve.cluster.file, path(v))
        }),
        FlagSpec::value(
            "--cluster-prefix NAME",
            "prefix of the keys in Redis",
            |a, v| set(&mut a.serve.cluster.prefix, text(v)),
        )
        .default(|a| a.serve.cluster.prefix.clone()),
        FlagSpec::value(
            "--cluster-ca PEM",
            "trust these authorities, not the system's",
            |a, v| set_some(&mut a.serve.cluster.ca_file, path(v)),
        ),
    ],
    notes: &[
        "Servers with the same URL and prefix have one order of messages, and names, rooms and \
         history in common. URLs: redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE], rediss:// with \
         TLS, redis+sentinel://HOST[:PORT][,HOST...]/NAME. Redis 6.2 or newer, or Valkey.",
        "Every user of the machine can list arguments: a URL with a password belongs in the file \
         or the variable. A build of wshub supports clusters if it was built with: cargo build \
         --release --features cluster",
    ],
    examples: &[
        "wshub serve --cluster redis://localhost --listen localhost:8001  # the first",
        "wshub serve --cluster redis://localhost --listen localhost:8002  # one more",
    ],
};

/// The source of the URL.
#[derive(Debug, PartialEq, Eq)]
enum Source<'a> {
    Flag(&'a str),
    File(&'a std::path::Path),
    Variable(String),
}

/// The source that the flags name, or else the environment variable. It is an error if the flags
/// contradict each other.
fn source(
    args: &ClusterArgs,
    variable: Option<String>,
) -> Result<Option<Source<'_>>, &'static str> {
    match (&args.url, &args.file, variable) {
        (Some(_), Some(_), _) => Err("give either --cluster or --cluster-file, not both"),
        (Some(url), None, _) => Ok(Some(Source::Flag(url))),
        (None, Some(file), _) => Ok(Some(Source::File(file))),
        (None, None, Some(url)) => Ok(Some(Source::Variable(url))),
        (None, None, None) if *args != ClusterArgs::default() => {
            Err("--cluster-prefix and --cluster-ca are for --cluster URL, which is missing")
        }
        (None, None, None) => Ok(None),
    }
}

/// The URL and the name of its source, if the server is to join a cluster.
fn url(args: &ClusterArgs) -> Result<Option<(String, &'static str)>, Failure> {
    let variable = environment::read(VARIABLE).map_err(Failure::other)?;
    let source = source(args, variable).map_err(|why| Failure::usage("serve", why))?;
    Ok(match source {
        None => None,
        Some(Source::Flag(url)) => Some((url.to_owned(), "--cluster")),
        Some(Source::Variable(url)) => Some((url, VARIABLE)),
        Some(Source::File(file)) => {
            const FLAG: &str = "--cluster-file";
            let line = credentials::first_line(file, FLAG).map_err(Failure::other)?;
            Some((line, FLAG))
        }
    })
}

/// The endpoints, and the cluster's name in the greeting.
pub(super) struct Started {
    pub(super) standard: Standard,
    #[cfg(feature = "cluster")]
    place: Option<String>,
}

/// Starts the endpoints; as one server of a cluster if the flags ask for it.
pub(super) fn start(args: &ClusterArgs, options: StandardOptions) -> Result<Started, Failure> {
    let failed = |error| Failure::other(advice::for_standard(&error));
    #[cfg(not(feature = "cluster"))]
    if let Some((_, place)) = url(args)? {
        return Err(Failure::new(
            Exit::Usage,
            format!(
                "{place}: this wshub was built without clusters; build one that has them:\n\
                 cargo build --release --features cluster"
            ),
        ));
    }
    #[cfg(feature = "cluster")]
    if let Some(redis) = redis(args)? {
        let place = Some(redis.to_string());
        let standard = Standard::start_in_cluster(options, Cluster::redis(redis));
        let standard = standard.map_err(failed)?;
        return Ok(Started { standard, place });
    }
    Ok(Started {
        standard: Standard::start(options).map_err(failed)?,
        #[cfg(feature = "cluster")]
        place: None,
    })
}

impl Started {
    /// The server's state in its cluster, for the greeting; waits up to `LONGEST_WAIT` for it to
    /// join.
    pub(super) fn greeting(&self) -> Option<String> {
        #[cfg(feature = "cluster")]
        if let (Some(place), Some(status)) = (&self.place, self.standard.cluster_status()) {
            let stands = match status.wait_until_joined(LONGEST_WAIT) {
                true => match status.nodes().saturating_sub(1) {
                    0 => "the only one so far".to_owned(),
                    1 => "with 1 other".to_owned(),
                    others => format!("with {others} others"),
                },
                false => format!(
                    "not joined yet, so that /chat and /broadcast answer 503: {}",
                    status
                        .trouble()
                        .as_deref()
                        .unwrap_or("Redis has not answered yet")
                ),
            };
            return Some(format!("{place} as node {}, {stands}", status.node()));
        }
        None
    }
}

/// The location of the log, if the server is to join a cluster. No error shows the URL.
#[cfg(feature = "cluster")]
fn redis(args: &ClusterArgs) -> Result<Option<RedisOptions>, Failure> {
    let Some((url, place)) = url(args)? else {
        return Ok(None);
    };
    let wrong = |place, error| Failure::new(Exit::Usage, format!("{place}: {error}"));
    let options = RedisOptions::new(&url).map_err(|error| wrong(place, error))?;
    let prefix = options.prefix(&args.prefix);
    let options = prefix.map_err(|error| wrong("--cluster-prefix", error))?;
    let Some(ca_file) = &args.ca_file else {
        return Ok(Some(options));
    };
    let tls = TlsTrust::from(TlsOptions {
        ca_file: Some(ca_file.clone()),
        ..TlsOptions::default()
    });
    // An unusable file is reported now, not at each connection.
    let usable = tls.client();
    usable.map_err(|error| Failure::other(format!("--cluster-ca: {error}")))?;
    Ok(Some(options.tls(tls)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::{Path, PathBuf};

    #[test]
    fn the_url_comes_from_a_flag_a_file_or_the_environment() {
        let args = |url: Option<&str>, file: Option<&str>, ca: Option<&str>| ClusterArgs {
            url: url.map(str::to_owned),
            file: file.map(PathBuf::from),
            ca_file: ca.map(PathBuf::from),
            ..ClusterArgs::default()
        };
        let variable = || Some("redis://v".to_owned());
        let of = |args: &ClusterArgs, variable| match source(args, variable) {
            Ok(source) => format!("{source:?}"),
            Err(why) => why.to_owned(),
        };
        let rows = [
            (args(None, None, None), None, "None"),
            (
                args(None, None, None),
                variable(),
                "Variable(\"redis://v\")",
            ),
            (args(Some("u"), None, None), variable(), "Flag(\"u\")"),
            (args(None, Some("f"), None), variable(), "File(\"f\")"),
            (args(Some("u"), Some("f"), None), None, "not both"),
            (args(None, None, Some("c")), None, "which is missing"),
            (args(None, None, Some("c")), variable(), "redis://v"),
        ];
        for (args, variable, expected) in rows {
            let found = of(&args, variable);
            assert!(found.contains(expected), "{args:?}: {found}");
        }
        let other = ClusterArgs {
            prefix: "other".to_owned(),
            ..ClusterArgs::default()
        };
        assert!(source(&other, None).is_err());
        assert_eq!(
            source(&args(None, Some("f"), None), None),
            Ok(Some(Source::File(Path::new("f"))))
        );
    }

    #[cfg(feature = "cluster")]
    #[test]
    fn the_default_prefix_is_the_librarys() {
        let library = RedisOptions::DEFAULT_PREFIX;
        assert_eq!(ClusterArgs::default().prefix, library);
    }
}
