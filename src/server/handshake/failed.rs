//! Connections without a valid request: TLS failed, or the bytes were not a request.

#[cfg(feature = "wss")]
use std::sync::Arc;
use std::time::Instant;

use super::super::access::Denied;
use super::requests::send_last;
use super::{Handshake, dated};
use crate::connection::HandshakeFailure;
use crate::handshake::HeadError;
#[cfg(feature = "wss")]
use crate::handshake::Refusal;
#[cfg(feature = "wss")]
use crate::lock::Lock;
use crate::transport::Stream;
#[cfg(feature = "wss")]
use crate::transport::{Rejected, TlsFailure, TlsServer};

impl Handshake<'_> {
    /// The stream inside TLS, if the connection is to use it. `None`: TLS failed, and that has been
    /// handled.
    #[cfg(feature = "wss")]
    pub(super) fn accept_tls(&self, stream: Stream, deadline: Instant) -> Option<Stream> {
        let Some(tls) = self.shared.tls.as_ref().filter(|_| self.arrival.secure) else {
            return Some(stream);
        };
        match self.shake_hands(tls.clone(), stream, deadline)? {
            Ok(stream) => Some(stream),
            Err(rejected) => {
                self.tls_failed(*rejected);
                None
            }
        }
    }

    #[cfg(not(feature = "wss"))]
    pub(super) fn accept_tls(&self, stream: Stream, _: Instant) -> Option<Stream> {
        Some(stream)
    }

    /// The TLS handshake, on another thread's stack if one is free: the pages that a handshake uses
    /// would stay in memory for as long as the client is connected. `None` after a panic.
    #[cfg(feature = "wss")]
    #[inline(never)]
    fn shake_hands(
        &self,
        tls: TlsServer,
        stream: Stream,
        deadline: Instant,
    ) -> Option<Result<Stream, Box<Rejected>>> {
        let given = Arc::new(Lock::new(Some(stream)));
        let (sender, result) = crossbeam_channel::bounded(1);
        let (taken, there) = (given.clone(), tls.clone());
        let started = self.shared.handshakes.execute(Box::new(move || {
            let stream = taken.lock().take();
            if let Some(stream) = stream {
                drop(sender.send(there.accept(stream, deadline))); // the client's thread waits for it
            }
        }));
        if started.is_ok() {
            return result.recv().ok();
        }
        let stream = given.lock().take()?;
        Some(tls.accept(stream, deadline))
    }

    #[cfg(feature = "wss")]
    fn tls_failed(&self, rejected: Rejected) {
        let fields = self.log_fields();
        let Rejected { stream, failure } = rejected;
        if let TlsFailure::NotTls { http: true } = failure {
            log::info!(
                "refused {fields} status=400 why=\"plain HTTP on a port that speaks wss:// and \
                 https:// only\""
            );
            self.shared
                .observers
                .tell(|observer| observer.handshake(400));
            let why = "This port speaks TLS: use wss:// and https:// here.";
            return send_last(stream, &dated(Refusal::new(400, why)).response());
        }
        match failure {
            TlsFailure::NotTls { .. } => log::info!(
                "refused {fields} why=\"neither TLS nor HTTP on a port that speaks wss:// and \
                 https:// only\""
            ),
            TlsFailure::Silent | TlsFailure::Ended | TlsFailure::Io(_) => {
                log::debug!("gone {fields} why=\"{failure}\"");
            }
            TlsFailure::TooSlow | TlsFailure::Refused(_) | TlsFailure::Alert(_) => {
                let hint = match failure.is_about_certificate() {
                    true => "; the client does not trust this server's certificate",
                    false => "",
                };
                log::info!("refused {fields} why={:?}", format!("{failure}{hint}"));
            }
        }
        self.not_answered(&stream);
    }

    pub(super) fn head_failed(&self, stream: Stream, failure: &HandshakeFailure) {
        let fields = self.log_fields();
        let refusal = match failure {
            HandshakeFailure::Head(HeadError::TlsHello) => None,
            HandshakeFailure::Head(error) => {
                Some(self.shared.access.refusal(&Denied::Head(*error)))
            }
            failure => failure.refusal(),
        };
        match failure {
            HandshakeFailure::Head(HeadError::TlsHello) => {
                log::info!(
                    "refused {fields} why=\"TLS on a port that speaks ws:// and http:// only\""
                );
            }
            HandshakeFailure::Silent | HandshakeFailure::Ended | HandshakeFailure::Io(_) => {
                log::debug!("gone {fields} why=\"{failure}\"");
            }
            _ => {
                let status = refusal.as_ref().map_or(0, |refusal| refusal.status);
                let why = refusal.as_ref().map(|refusal| refusal.why.as_str());
                let why = why.map_or_else(|| failure.to_string(), str::to_owned);
                log::info!("refused {fields} status={status} why={why:?}");
            }
        }
        match refusal {
            Some(refusal) => {
                let status = refusal.status;
                self.shared
                    .observers
                    .tell(|observer| observer.handshake(status));
                send_last(stream, &dated(refusal).response());
            }
            None => self.not_answered(&stream),
        }
    }

    fn not_answered(&self, stream: &Stream) {
        let observers = &self.shared.observers;
        observers.tell(|observer| observer.handshake_without_answer());
        stream.shutdown.abort();
    }
}
