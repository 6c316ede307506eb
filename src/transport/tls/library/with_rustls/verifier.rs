//! Which servers a client trusts.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme};

use super::super::certificate::{is_self_signed, may_serve, may_vouch};
use super::super::shared::Trust;
use super::provider::provider;
use crate::transport::tls::validity::Validity;

/// Judges the certificates of servers.
#[derive(Debug)]
pub(super) enum Verifier {
    /// Accepts any certificate, for any host.
    Anybody,
    Trusting {
        /// Accepts those that an authority vouches for; `None` if no authority is trusted.
        by_authority: Option<Arc<WebPkiServerVerifier>>,
        /// All trusted certificates. A server may also present one of these itself, which webpki refuses
        /// if it is marked as an authority's, as `openssl req -x509` does.
        trusted: Vec<CertificateDer<'static>>,
    },
}

impl Verifier {
    pub(super) fn new(trust: Trust) -> Result<Self, rustls::Error> {
        let trusted: Vec<CertificateDer<'static>> = match trust {
            Trust::Anybody => return Ok(Self::Anybody),
            Trust::System => system_certificates()?,
            Trust::These(these) => these.into_iter().map(CertificateDer::from).collect(),
        };
        let now = SystemTime::now();
        let authorities = trusted.iter().filter(|one| may_vouch(one, now));
        let mut roots = RootCertStore::empty();
        // A system's store may hold some that cannot be read.
        roots.add_parsable_certificates(authorities.cloned());
        let by_authority = match roots.is_empty() {
            true => None,
            false => {
                let roots = Arc::new(roots);
                let built = WebPkiServerVerifier::builder_with_provider(roots, provider()).build();
                Some(built.map_err(|error| rustls::Error::General(error.to_string()))?)
            }
        };
        Ok(Self::Trusting {
            by_authority,
            trusted,
        })
    }
}

/// The certificates that the system trusts. Where some cannot be read, the others may be enough.
fn system_certificates() -> Result<Vec<CertificateDer<'static>>, rustls::Error> {
    let read = rustls_native_certs::load_native_certs();
    match read.errors.first() {
        Some(error) if read.certs.is_empty() => Err(rustls::Error::General(format!(
            "the certificates that the system trusts cannot be read: {error}"
        ))),
        _ => Ok(read.certs),
    }
}

/// Nobody vouches for the certificate, and it is not trusted itself.
#[derive(Debug)]
struct SelfSigned;

impl fmt::Display for SelfSigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "self-signed certificate")
    }
}

impl std::error::Error for SelfSigned {}

/// Accepts a certificate that is trusted itself, if it is for this server now.
fn check_trusted(
    certificate: &CertificateDer<'_>,
    server: &ServerName<'_>,
    now: UnixTime,
) -> Result<(), rustls::Error> {
    verify_server_name(&ParsedCertificate::try_from(certificate)?, server)?;
    if !may_serve(certificate) {
        return Err(CertificateError::InvalidPurpose.into());
    }
    let now = UNIX_EPOCH + Duration::from_secs(now.as_secs());
    let validity = Validity::of(certificate).ok_or(CertificateError::BadEncoding)?;
    match validity.fault(now) {
        None => Ok(()),
        Some(_) if validity.is_over(now) => Err(CertificateError::Expired.into()),
        Some(_) => Err(CertificateError::NotValidYet.into()),
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Self::Trusting {
            by_authority,
            trusted,
        } = self
        else {
            return Ok(ServerCertVerified::assertion());
        };
        let verified = match by_authority {
            Some(verifier) => verifier.verify_server_cert(
                end_entity,
                intermediates,
                server_name,
                ocsp_response,
                now,
            ),
            None => Err(CertificateError::UnknownIssuer.into()),
        };
        use CertificateError::{BadSignature, Other, UnknownIssuer};
        match verified {
            Err(_) if trusted.contains(end_entity) => {
                check_trusted(end_entity, server_name, now)?;
                Ok(ServerCertVerified::assertion())
            }
            Err(rustls::Error::InvalidCertificate(UnknownIssuer | BadSignature | Other(_)))
                if is_self_signed(end_entity) =>
            {
                Err(Other(OtherError(Arc::new(SelfSigned))).into())
            }
            // An authority of the same name has another key.
            Err(rustls::Error::InvalidCertificate(BadSignature)) => Err(UnknownIssuer.into()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &provider().signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &provider().signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}
