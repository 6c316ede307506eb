//! Adds to the library's errors the flag that helps.

use std::io;

use super::numbers::size_text;
use wshub::handshake::HeadError;
use wshub::server::{BindError, Denied, ListenError};
use wshub::system::{ClientLimit, LimitedBy};
use wshub::transport::TlsFileError;

/// Descriptors that a server needs beside those of its clients, at most.
const OTHER_DESCRIPTORS: usize = 80;

/// Descriptors that a client needs beside those of its connections: standard streams, look-ups.
const CLIENT_DESCRIPTORS: u64 = 16;

/// The advice for a request that may not see the operator's pages.
pub(super) const OPERATOR: &str = "start the server with --public-metrics to show it to \
                                   everybody, or with --basic-auth-file to show it to those with \
                                   a password";

/// The smallest size that the advice for a long head names: browsers send no longer heads.
const LONG_HEAD_BYTES: usize = 64 << 10;

/// The advice for a client whose Host, Origin or head is refused.
pub(super) fn for_denied(denied: &Denied) -> Option<String> {
    match denied {
        Denied::Host { host, .. } => Some(format!(
            "start the server with --allow-host {host} to answer to that name"
        )),
        Denied::Origin {
            origin: Some(origin),
            ..
        } => Some(format!(
            "start the server with --allow-origin {origin} to allow it"
        )),
        Denied::Head(
            HeadError::LineTooLong { limit }
            | HeadError::HeaderLineTooLong { limit }
            | HeadError::HeadTooLong { limit },
        ) => {
            let size = size_text(LONG_HEAD_BYTES.max(limit.saturating_mul(2)) as u64);
            Some(format!(
                "start the server with --max-head {size} to take longer ones"
            ))
        }
        _ => None,
    }
}

/// Why the standard endpoints cannot start. The only option of theirs that can be out of range
/// is the eviction timeout, which is that of `--close-timeout`.
pub(super) fn for_standard(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::InvalidInput => {
            "--close-timeout is too long; it must be at most 365 days".into()
        }
        _ => format!("cannot start the hub's thread: {error}"),
    }
}

/// Why the server cannot start, and what to try.
pub(super) fn for_bind(error: &BindError) -> String {
    match error {
        BindError::Listen(error) => format!("{error}{}", for_listen(error)),
        // The program's routes are valid, and its flags accept no zero: so the setting is too long.
        BindError::Setting(error) => {
            let text = error.to_string();
            let field = error.setting();
            let words = field.rsplit('.').next().unwrap_or(field).replace('_', "-");
            let flag = match words.as_str() {
                "idle" | "close" | "write" => format!("--{words}-timeout"),
                _ => format!("--{words}"),
            };
            text.replacen(field, &flag, 1)
        }
        error => error.to_string(),
    }
}

/// Why fewer clients are accepted than `--max-clients` says, and what to raise for more.
pub(super) fn for_client_limit(max_clients: usize, limit: &ClientLimit) -> String {
    let ClientLimit {
        clients,
        limited_by,
        ..
    } = limit;
    let raise = match limited_by {
        LimitedBy::Mappings(_) => "raise vm.max_map_count with sysctl".into(),
        LimitedBy::UserThreads(_) => "raise that limit with ulimit -u".into(),
        LimitedBy::GroupThreads(_) => "raise pids.max of the control group".into(),
        LimitedBy::Descriptors(_) => {
            let needed = max_clients.saturating_add(OTHER_DESCRIPTORS);
            format!("raise that limit with ulimit -n {needed}")
        }
        LimitedBy::Setting(_) => "raise --max-threads".into(),
        _ => {
            return format!(
                "--max-clients {max_clients} is lowered to {clients}: {limited_by}; set it to \
                 {clients} or less to avoid this notice"
            );
        }
    };
    format!("--max-clients {max_clients} is lowered to {clients}: {limited_by}; for more, {raise}")
}

/// The message before a load with this many connections, if the system allows too few descriptors
/// for it.
pub(super) fn for_descriptors(connections: u64, limit: Option<u64>) -> Option<String> {
    let needed = connections.saturating_add(CLIENT_DESCRIPTORS);
    let limit = limit.filter(|limit| *limit < needed)?;
    Some(format!(
        "{connections} connections need {needed} descriptors, and the system allows this process \
         {limit}; raise the limit first, with: ulimit -n {needed}"
    ))
}

/// Why a TLS file cannot be used, and the flag that helps.
pub(super) fn for_tls_file(error: &TlsFileError) -> String {
    match error {
        TlsFileError::WrongPassword { .. } => format!(
            "{error}; give the right one in a file with --tls-password-file, or in \
             WSHUB_TLS_PASSWORD"
        ),
        TlsFileError::Mismatch { .. } if cfg!(windows) => {
            format!("{error} (a PKCS#12 file is given with --tls-pkcs12)")
        }
        error => error.to_string(),
    }
}

fn for_listen(error: &ListenError) -> String {
    let (flag, port) = match error.tls {
        true => ("--tls-listen", 8766),
        false => ("--listen", 8765),
    };
    match error.error.kind() {
        io::ErrorKind::AddrInUse => {
            format!(". Stop it, or choose another port: {flag} localhost:9000")
        }
        io::ErrorKind::PermissionDenied if cfg!(windows) => {
            ". Choose another port: --listen localhost:9000 (netsh interface ipv4 \
             show excludedportrange protocol=tcp lists the reserved ones)"
                .into()
        }
        io::ErrorKind::PermissionDenied => format!("; try {flag} localhost:{port}"),
        io::ErrorKind::AddrNotAvailable => ". For every address of the machine, use --lan".into(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use wshub::Server;
    use wshub::connection::Timeouts;
    use wshub::handshake::{Headers, RequestHead};
    use wshub::server::Access;

    fn head(name: &str, value: &str) -> RequestHead {
        let mut headers = Headers::new();
        headers.push(name, value);
        RequestHead::new("GET", "/", headers)
    }

    #[test]
    fn a_wrong_password_is_told_with_the_flag_that_takes_the_right_one() {
        let error = TlsFileError::WrongPassword {
            file: "both.p12".into(),
        };
        assert_eq!(
            for_tls_file(&error),
            "the password does not open both.p12; give the right one in a file with \
             --tls-password-file, or in WSHUB_TLS_PASSWORD"
        );
    }

    #[test]
    fn too_few_descriptors_for_a_load_are_told_before_it_begins() {
        assert_eq!(for_descriptors(1000, None), None);
        assert_eq!(for_descriptors(1000, Some(1016)), None);
        let told = for_descriptors(1000, Some(1015)).unwrap();
        assert_eq!(
            told,
            "1000 connections need 1016 descriptors, and the system allows this process 1015; \
             raise the limit first, with: ulimit -n 1016"
        );
    }

    #[test]
    fn a_refused_host_is_told_the_flag() {
        let rows = [
            (
                "Evil.example:80",
                "start the server with --allow-host evil.example to answer to that name",
            ),
            (
                "[FD00::7]",
                "start the server with --allow-host [fd00::7] to answer to that name",
            ),
        ];
        for (host, advice) in rows {
            let denied = Access::default().check_host(&head("Host", host), true);
            assert_eq!(for_denied(&denied.unwrap_err()).as_deref(), Some(advice));
        }
        assert_eq!(for_denied(&Denied::MalformedHost), None);
    }

    #[test]
    fn a_refused_origin_is_told_the_flag() {
        let long = format!("https://{}.example", "a".repeat(5000));
        let rows = [
            ("https://a.example:8443", "https://a.example:8443"),
            ("null", "null"),
            (&long, &long[..200]),
        ];
        for (origin, value) in rows {
            let denied = Access::default().check_origin(&head("Origin", origin), false);
            let advice = format!("start the server with --allow-origin {value} to allow it");
            assert_eq!(for_denied(&denied.unwrap_err()), Some(advice));
        }
        for unknown in [
            "\u{1b}[2J\u{202e}x",
            "",
            "https://",
            "a page",
            "https://a b",
        ] {
            let denied = Access::default().check_origin(&head("Origin", unknown), false);
            assert_eq!(for_denied(&denied.unwrap_err()), None, "{unknown:?}");
        }
    }

    #[test]
    fn a_head_that_is_too_long_is_told_the_flag() {
        let rows = [
            (HeadError::LineTooLong { limit: 8 << 10 }, Some("64k")),
            (HeadError::HeaderLineTooLong { limit: 8 << 10 }, Some("64k")),
            (HeadError::HeadTooLong { limit: 16 << 10 }, Some("64k")),
            (HeadError::HeadTooLong { limit: 1 << 20 }, Some("2M")),
            (HeadError::TooManyHeaders { limit: 100 }, None),
            (HeadError::BareLf, None),
        ];
        for (error, size) in rows {
            let advice = size
                .map(|size| format!("start the server with --max-head {size} to take longer ones"));
            assert_eq!(for_denied(&Denied::Head(error)), advice, "{error:?}");
        }
    }

    #[test]
    fn a_time_that_is_too_long_is_told_by_its_flag() {
        let message = |change: fn(&mut Timeouts)| {
            let mut timeouts = Timeouts::default();
            change(&mut timeouts);
            for_bind(&Server::builder().timeouts(timeouts).bind().unwrap_err())
        };
        type Change = fn(&mut Timeouts);
        let rows: [(Change, &str); 3] = [
            (|t| t.write = Duration::MAX, "--write-timeout"),
            (|t| t.ping_timeout = Duration::MAX, "--ping-timeout"),
            (|t| t.ping_interval = Some(Duration::MAX), "--ping-interval"),
        ];
        for (change, flag) in rows {
            let expected = format!("{flag} is too long; it must be at most 365 days");
            assert_eq!(message(change), expected);
        }
    }
}
