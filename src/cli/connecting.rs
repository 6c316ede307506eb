//! What every client command has in common: from flags to a connection, from an ending to words
//! and an exit code.

use super::arguments::{ConnectingArgs, ProxyChoice};
use super::client_identity::identity;
use super::credentials::authorization;
use super::exit::{Exit, Failure};
use super::output::notice;
use super::term::printable;
use super::watching::{Show, on_stderr, watch};
use wshub::client::{ConnectError, ConnectOptions, ProxyRules, TlsOptions};
use wshub::connection::{AbortCause, CloseCause};
use wshub::handshake::WsUrl;
use wshub::protocol::{CloseCode, Initiator, ProtocolError};
use wshub::transport::{TlsFailure, TlsFault};

/// The URL as it may be shown: without its password, harmless on a terminal.
pub(super) fn shown(url: &str) -> String {
    match WsUrl::parse(url) {
        Ok(url) => printable(&url.to_string()).into_owned(),
        Err(_) => printable(url).into_owned(),
    }
}

/// The options to connect with; what the user is to see of connecting goes to stderr.
pub(super) fn options(args: &ConnectingArgs) -> Result<ConnectOptions, Failure> {
    options_that_show(args, &on_stderr())
}

/// How to connect; `show` gets what is to be seen of that. Warns of trusting everybody, and asks for
/// a password that is missing.
pub(super) fn options_that_show(
    args: &ConnectingArgs,
    show: &Show,
) -> Result<ConnectOptions, Failure> {
    if args.insecure {
        notice(
            "warning: --insecure takes any certificate: whoever is on the network between \
             here and the server can read and change everything",
        );
    }
    let mut options = ConnectOptions {
        timeout: args.timeout,
        headers: args.headers.clone(),
        origin: args.origin.clone(),
        subprotocols: args.subprotocols.clone(),
        require_subprotocol: args.strict,
        proxy: match &args.proxy {
            ProxyChoice::Environment => ProxyRules::from_environment(),
            ProxyChoice::None => ProxyRules::default(),
            ProxyChoice::Through(proxy) => {
                ProxyRules::through(proxy.clone()).except_as_in_environment()
            }
        },
        tls: TlsOptions {
            ca_file: args.ca_file.clone(),
            insecure: args.insecure,
            identity: identity(args)?,
        }
        .into(),
        limits: args.limits,
        timeouts: args.timeouts,
        #[cfg(feature = "deflate")]
        deflate: super::compression::options(&args.deflate),
        ..ConnectOptions::default()
    };
    if let Some(credentials) = authorization(args)? {
        options.headers.push(("Authorization".into(), credentials));
    }
    watch(&mut options, args, show);
    Ok(options)
}

/// The failure of a connection that could not be opened, as the end of the program.
pub(super) fn failure(error: &ConnectError) -> Failure {
    Failure::new(exit_of_error(error), error_in_words(error))
}

/// Why there is no connection, and the flag or the scheme that may help.
pub(super) fn error_in_words(error: &ConnectError) -> String {
    const OWN_CERTIFICATE: &str = "; the server requires a client certificate that it accepts: \
                                   give one with --cert FILE and --key FILE, or with --pkcs12 FILE";
    let advice = match error {
        ConnectError::Tls {
            failure: TlsFailure::Alert(alert),
            ..
        }
        | ConnectError::TlsEnded(TlsFault::Alert(alert))
            if alert.is_about_certificate() =>
        {
            OWN_CERTIFICATE
        }
        ConnectError::Proxy(_) => "; --proxy takes another one, and --proxy none uses no proxy",
        ConnectError::ProxyRefused { refusal, .. } if refusal.wants_credentials() => {
            "; give user and password in the proxy's URL: --proxy http://USER:PASSWORD@HOST:PORT"
        }
        ConnectError::ThroughProxy { .. } | ConnectError::ProxyRefused { .. } => {
            "; --proxy none uses no proxy"
        }
        ConnectError::Tls { failure, .. } if failure.is_about_certificate() => {
            "; to trust a certificate of your own, give it with --cacert FILE; for a test, \
             --insecure accepts any certificate"
        }
        ConnectError::Tls {
            failure: TlsFailure::NotTls { .. } | TlsFailure::Ended,
            ..
        } => "; that port may speak ws:// only",
        _ => "",
    };
    printable(&format!("{error}{advice}")).into_owned()
}

/// The exit code for a connection that could not be opened.
pub(super) fn exit_of_error(error: &ConnectError) -> Exit {
    match error {
        ConnectError::Url(_)
        | ConnectError::Request(_)
        | ConnectError::Setting(_)
        | ConnectError::Proxy(_) => Exit::Usage,
        ConnectError::ThroughProxy { error, .. } => exit_of_error(error),
        ConnectError::ProxyRefused { .. } => Exit::HttpStatus,
        ConnectError::NameNotFound { .. } => Exit::NameNotFound,
        ConnectError::Tcp { .. } => Exit::Connect,
        ConnectError::Timeout => Exit::Timeout,
        ConnectError::TlsFile(_) | ConnectError::Tls { .. } | ConnectError::TlsEnded(_) => {
            Exit::Tls
        }
        ConnectError::HttpStatus { .. } => Exit::HttpStatus,
        ConnectError::BadUpgrade(_)
        | ConnectError::Handshake(_)
        | ConnectError::ProxyChatter { .. }
        | ConnectError::NoSubprotocol { .. } => Exit::BadUpgrade,
        _ => Exit::Failure,
    }
}

/// The exit code of a connection's end.
pub(super) fn exit_of_cause(cause: &CloseCause) -> Exit {
    match (cause.by, cause.aborted) {
        (Initiator::Fault, _) if is_our_limit(cause) => Exit::Failure,
        (Initiator::Fault, _) => Exit::ProtocolFault,
        (
            _,
            Some(AbortCause::CloseTimeout | AbortCause::CloseBlocked | AbortCause::WriteTimeout),
        ) => Exit::Timeout,
        (_, Some(AbortCause::TlsFailed)) => Exit::Tls,
        (Initiator::Network, _) => Exit::Failure,
        _ => match cause.code {
            1000 | 1001 | 1005 => Exit::Done,
            1011 if cause.by == Initiator::Local => Exit::Timeout, // no pong came
            _ if cause.by == Initiator::Local => Exit::Done,       // as the user said
            _ => Exit::ClosedWithError,
        },
    }
}

/// Whether to try again after a connection that ended like this.
pub(super) fn is_worth_retrying(cause: &CloseCause) -> bool {
    match cause.by {
        Initiator::Network => true,
        Initiator::Local => cause.code == 1011, // no pong came
        Initiator::Fault => false,
        Initiator::Peer => matches!(cause.code, 1001 | 1005 | 1006 | 1011..=1014),
    }
}

/// Whether the peer broke no rule of the protocol, but a limit of ours.
fn is_our_limit(cause: &CloseCause) -> bool {
    matches!(
        cause.fault,
        Some(ProtocolError::TooBig { .. } | ProtocolError::TooManyFragments { .. })
    )
}

/// The end of a connection as a sentence.
pub(super) fn ending_in_words(cause: &CloseCause) -> String {
    let who = match cause.by {
        Initiator::Local => "closed by us",
        Initiator::Peer => "closed by the server",
        Initiator::Fault if is_our_limit(cause) => "closed by us",
        Initiator::Fault => "the server broke the protocol",
        Initiator::Network => "the connection was lost",
    };
    let meaning = CloseCode::meaning(cause.code);
    let reason = match cause.reason.as_str() {
        "" => String::new(),
        _ if cause.by == Initiator::Fault => String::new(), // our own words, as the next ones are
        reason => format!(", \"{}\"", printable(reason)),
    };
    let mut words = format!(
        "{who}: {} {meaning}{reason} ({})",
        cause.code,
        printable(&cause.why)
    );
    if matches!(cause.fault, Some(ProtocolError::TooBig { .. })) {
        words.push_str("; --max-message takes larger ones");
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use wshub::transport::TlsAlert;

    fn cause(by: Initiator, code: u16, aborted: Option<AbortCause>) -> CloseCause {
        let mut cause = CloseCause::new(by, code);
        cause.reason = "\x1b[2J".into();
        cause.why = "closing handshake".into();
        cause.aborted = aborted;
        cause
    }

    #[test]
    fn endings_have_their_exit_codes() {
        use Initiator::*;
        let rows = [
            (Peer, 1000, None, Exit::Done, false),
            (Peer, 1001, None, Exit::Done, true),
            (Peer, 1005, None, Exit::Done, true),
            (Peer, 1008, None, Exit::ClosedWithError, false),
            (Peer, 1011, None, Exit::ClosedWithError, true),
            (Peer, 1012, None, Exit::ClosedWithError, true),
            (Peer, 4000, None, Exit::ClosedWithError, false),
            (Local, 1000, None, Exit::Done, false),
            (Local, 4000, None, Exit::Done, false),
            (Local, 1011, None, Exit::Timeout, true),
            (
                Local,
                1000,
                Some(AbortCause::CloseTimeout),
                Exit::Timeout,
                false,
            ),
            (Network, 1006, None, Exit::Failure, true),
            (
                Network,
                1006,
                Some(AbortCause::WriteTimeout),
                Exit::Timeout,
                true,
            ),
            (Fault, 1002, None, Exit::ProtocolFault, false),
        ];
        for (by, code, cut, exit, again) in rows {
            let cause = cause(by, code, cut);
            assert_eq!(exit_of_cause(&cause), exit, "{cause}");
            assert_eq!(is_worth_retrying(&cause), again, "{cause}");
        }
    }

    #[test]
    fn endings_are_told_harmlessly() {
        assert_eq!(
            ending_in_words(&cause(Initiator::Peer, 1008, None)),
            "closed by the server: 1008 policy violation, \"\\x1b[2J\" (closing handshake)"
        );
        assert_eq!(
            ending_in_words(&cause(Initiator::Fault, 1002, None)),
            "the server broke the protocol: 1002 protocol error (closing handshake)"
        );
    }

    #[test]
    fn a_limit_of_ours_is_not_the_peers_fault() {
        let (announced, limit) = (5, 3);
        let rows = [
            (
                ProtocolError::TooBig { announced, limit },
                "closed by us: 1009 message too big (closing handshake); \
                 --max-message takes larger ones",
            ),
            (
                ProtocolError::TooManyFragments { limit: 9 },
                "closed by us: 1008 policy violation (closing handshake)",
            ),
        ];
        for (fault, words) in rows {
            let mut cause = cause(Initiator::Fault, fault.close_code().number(), None);
            cause.fault = Some(fault);
            assert_eq!(exit_of_cause(&cause), Exit::Failure);
            assert_eq!(ending_in_words(&cause), words);
        }
    }

    #[test]
    fn an_error_about_tls_says_what_may_help() {
        let tls = |failure| ConnectError::Tls {
            address: "h:1".into(),
            failure,
        };
        let refused = |why: &str| tls(TlsFailure::Refused(why.into()));
        let rows = [
            (tls(TlsFailure::Ended), "; that port may speak ws:// only"),
            (
                tls(TlsFailure::NotTls { http: true }),
                "; that port may speak ws:// only",
            ),
            (
                refused("certificate verify failed: self-signed certificate"),
                "; to trust a certificate of your own, give it with --cacert FILE; for a test, \
                 --insecure accepts any certificate",
            ),
            (refused("handshake failure"), ""),
            (tls(TlsFailure::Alert(TlsAlert::new(40))), ""),
            (
                tls(TlsFailure::Alert(TlsAlert::new(42))),
                "; the server requires a client certificate that it accepts: give one with \
                 --cert FILE and --key FILE, or with --pkcs12 FILE",
            ),
        ];
        for (error, advice) in rows {
            assert_eq!(error_in_words(&error), format!("{error}{advice}"));
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(shown("ana:secret@h:1/x"), "ws://ana@h:1/x");
    }
}
