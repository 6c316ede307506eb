//! Clients that never came to ask for anything: whose TLS failed, or whose request was none.

use super::{Visit, hang_up};
use crate::connection::HandshakeFailure;
use crate::handshake::{HeadError, Refusal};
use crate::server::Shared;
use crate::server::clients::Place;
use crate::server::who::Who;
use crate::transport::{Rejected, Stream, TlsFailure};

impl Visit {
    pub(super) fn tls_failed(&self, rejected: Rejected, place: &Place, shared: &Shared) {
        let who = Who(place.id, Some(self.peer), None);
        let Rejected { stream, failure } = rejected;
        if let TlsFailure::NotTls { http: true } = failure {
            log::info!(
                "refused {who} status=400 why=\"plain HTTP on a port that speaks wss:// and \
                 https:// only\""
            );
            shared.metrics.handshake(400);
            let why = "This port speaks TLS: use wss:// and https:// here.";
            return hang_up(stream, &Refusal::new(400, why).response());
        }
        match failure {
            TlsFailure::NotTls { .. } => log::info!(
                "refused {who} why=\"neither TLS nor HTTP on a port that speaks wss:// and \
                 https:// only\""
            ),
            TlsFailure::Silent | TlsFailure::Ended | TlsFailure::Io(_) => {
                log::debug!("gone {who} why=\"{failure}\"");
            }
            TlsFailure::TooSlow | TlsFailure::Refused(_) => {
                let hint = match failure.is_about_certificate() {
                    true => "; the client does not trust this server's certificate",
                    false => "",
                };
                log::info!("refused {who} why={:?}", format!("{failure}{hint}"));
            }
        }
        shared.metrics.handshake_without_answer();
        stream.cutter.cut();
    }

    pub(super) fn handshake_failed(
        &self,
        stream: Stream,
        place: &Place,
        shared: &Shared,
        failure: &HandshakeFailure,
    ) {
        let who = Who(place.id, Some(self.peer), None);
        let refusal = match failure {
            HandshakeFailure::Head(HeadError::TlsHello) => None,
            failure => failure.refusal(),
        };
        match failure {
            HandshakeFailure::Head(HeadError::TlsHello) => {
                log::info!(
                    "refused {who} why=\"TLS on a port that speaks ws:// and http:// only\""
                );
            }
            HandshakeFailure::Silent | HandshakeFailure::Ended | HandshakeFailure::Io(_) => {
                log::debug!("gone {who} why=\"{failure}\"");
            }
            _ => {
                let status = refusal.as_ref().map_or(0, |refusal| refusal.status);
                log::info!("refused {who} status={status} why=\"{failure}\"");
            }
        }
        match refusal {
            Some(refusal) => {
                shared.metrics.handshake(refusal.status);
                hang_up(stream, &refusal.response());
            }
            None => {
                shared.metrics.handshake_without_answer();
                stream.cutter.cut();
            }
        }
    }
}
