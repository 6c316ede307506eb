//! What a client shows of its connections in addition to what arrives: with `-v` the heads of the
//! opening handshake, with `-vv` every frame; and, once, that the server chose no subprotocol.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::arguments::ConnectingArgs;
use super::output::{notice, stderr};
use super::term::printable;
use wshub::client::{ConnectOptions, OpeningEvent, OpeningWatch};
use wshub::connection::{Seen, Watch};

/// A line for the person, and what it is.
pub(super) enum Shown<'a> {
    /// Something to know.
    Notice(&'a str),
    /// A part of what goes over the wire, harmless on a terminal.
    Wire(&'a str),
}

/// Shows lines.
pub(super) type Show = Arc<dyn Fn(Shown<'_>) + Send + Sync>;

/// Shows lines on stderr.
pub(super) fn on_stderr() -> Show {
    Arc::new(|shown| match shown {
        Shown::Notice(line) => notice(line),
        Shown::Wire(line) => stderr(format_args!("{line}\n")),
    })
}

/// Makes the options show what the flags ask for.
pub(super) fn watch(options: &mut ConnectOptions, args: &ConnectingArgs, show: &Show) {
    let offered = match options.require_subprotocol {
        true => String::new(), // the error tells
        false => args.subprotocols.join(", "),
    };
    let is_verbose = args.verbose > 0;
    if is_verbose || !offered.is_empty() {
        let show = show.clone();
        let told = AtomicBool::new(false);
        options.watch_opening = Some(OpeningWatch::new(move |event| {
            if is_verbose {
                lines(&event)
                    .iter()
                    .for_each(|line| show(Shown::Wire(line)));
            }
            if let OpeningEvent::Response(head) = event
                && head.status == 101
                && !offered.is_empty()
                && head.headers.get("Sec-WebSocket-Protocol").is_none()
                && !told.swap(true, Relaxed)
            {
                show(Shown::Notice(&format!(
                    "the server chose none of the offered subprotocols ({offered}); with --strict \
                     that is an error"
                )));
            }
        }));
    }
    if args.verbose > 1 {
        let show = show.clone();
        options.watch_frames = Some(Watch::new(move |seen| {
            let line = match seen {
                Seen::Opening(_) => return, // a server's; the heads are shown above
                Seen::In(frame) => format!("frame dir=in {frame}"),
                Seen::Out(frame) => format!("frame dir=out {frame}"),
                Seen::Broken(fault) => format!(
                    "broken dir=in section=\"RFC {} {}\" rule=\"{fault}\"",
                    fault.rfc(),
                    fault.section()
                ),
                Seen::InCompressed(message) => format!("message dir=in {message}"),
                Seen::OutCompressed(message) => format!("message dir=out {message}"),
            };
            show(Shown::Wire(&printable(&line)));
        }));
    }
}

/// An event as lines: `*` for what happened, `>` for what went out, `<` for what came.
fn lines(event: &OpeningEvent<'_>) -> Vec<String> {
    let head = |mark: &str, first: String, headers: &wshub::handshake::Headers| {
        let mut lines = vec![format!("{mark} {}", printable(&first))];
        lines.extend(
            headers
                .iter_without_credentials()
                .map(|(name, value)| format!("{mark} {}", printable(&format!("{name}: {value}")))),
        );
        lines
    };
    match event {
        OpeningEvent::Tcp { address } => vec![format!("* TCP to {address}")],
        OpeningEvent::Tls { host } => vec![format!("* TLS with {}", printable(host))],
        OpeningEvent::Request(request) => {
            let first = format!("{} {} HTTP/1.1", request.method, request.target);
            head(">", first, &request.headers)
        }
        OpeningEvent::Response(response) => {
            let first = format!("{} {}", response.status, response.reason);
            head("<", first.trim_end().to_owned(), &response.headers)
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wshub::handshake::{RequestHead, ResponseHead};

    #[test]
    fn heads_are_shown_harmlessly_and_without_credentials() {
        let request = RequestHead::new(
            "GET",
            "/a?b",
            [
                ("Host", "h"),
                ("authorization", "Basic eA=="),
                ("Cookie", "c=d"),
            ]
            .into_iter()
            .collect(),
        );
        let response = ResponseHead {
            status: 403,
            reason: "No\u{9b}2J".to_owned(),
            headers: [("Set-Cookie", "secret"), ("Server", "\u{202e}y")]
                .into_iter()
                .collect(),
        };
        let rows = [
            (
                OpeningEvent::Request(&request),
                "> GET /a?b HTTP/1.1|> Host: h|> authorization: (not shown)|> Cookie: (not shown)",
            ),
            (
                OpeningEvent::Response(&response),
                "< 403 No\\u{9b}2J|< Set-Cookie: (not shown)|< Server: \\u{202e}y",
            ),
            (
                OpeningEvent::Tcp {
                    address: ([127, 0, 0, 1], 80).into(),
                },
                "* TCP to 127.0.0.1:80",
            ),
        ];
        for (event, expected) in rows {
            assert_eq!(lines(&event).join("|"), expected);
        }
    }
}
