//! What a certificate may be used for (RFC 5280 section 4.2): rustls takes each certificate that it is
//! told to trust for an authority's.

use std::time::SystemTime;

use crate::transport::tls::der::{
    BOOLEAN, CONTEXT_0, Der, Fields, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE,
};
use crate::transport::tls::validity::Validity;

/// The certificate's extensions, `[3]`.
const EXTENSIONS: u8 = 0xA3;

/// Identifiers: basic constraints, extended key usage, and of the latter "server" and "anything".
const BASIC_CONSTRAINTS: [u8; 3] = [0x55, 0x1D, 0x13];
const EXTENDED_KEY_USAGE: [u8; 3] = [0x55, 0x1D, 0x25];
const SERVER: [u8; 8] = [0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];
const ANY_USAGE: [u8; 4] = [0x55, 0x1D, 0x25, 0x00];

/// Whether the certificate may vouch for others at `now`: it is an authority's, and not expired.
/// In version 1, which has no extensions, one that is signed by itself counts as an authority's.
pub(super) fn may_vouch(certificate: &[u8], now: SystemTime) -> bool {
    let is_authority = match is_version_1(certificate) {
        true => is_self_signed(certificate),
        false => extension(certificate, &BASIC_CONSTRAINTS)
            .and_then(|value| Der(value).expect(SEQUENCE))
            .and_then(|fields| Der(fields).expect(BOOLEAN))
            .is_some_and(|is_authority| is_authority != [0]),
    };
    is_authority && Validity::of(certificate).is_some_and(|validity| !validity.is_over(now))
}

/// Whether the certificate may be a server's.
pub(super) fn may_serve(certificate: &[u8]) -> bool {
    let Some(value) = extension(certificate, &EXTENDED_KEY_USAGE) else {
        return true;
    };
    let mut usages = Der(Der(value).expect(SEQUENCE).unwrap_or_default());
    std::iter::from_fn(|| usages.expect(OBJECT_IDENTIFIER))
        .any(|usage| usage == SERVER || usage == ANY_USAGE)
}

/// Whether the certificate names itself as its issuer.
pub(super) fn is_self_signed(certificate: &[u8]) -> bool {
    Fields::of(certificate).is_some_and(|fields| fields.issuer == fields.subject)
}

/// The fields that are signed, one after the other.
fn signed(certificate: &[u8]) -> Option<Der<'_>> {
    let certificate = Der(certificate).expect(SEQUENCE)?;
    Some(Der(Der(certificate).expect(SEQUENCE)?))
}

fn is_version_1(certificate: &[u8]) -> bool {
    signed(certificate).is_some_and(|fields| fields.0.first() != Some(&CONTEXT_0))
}

/// The value of the extension with this identifier.
fn extension<'a>(certificate: &'a [u8], identifier: &[u8]) -> Option<&'a [u8]> {
    let mut fields = signed(certificate)?;
    let extensions = loop {
        if let (EXTENSIONS, contents) = fields.next()? {
            break Der(contents).expect(SEQUENCE)?;
        }
    };
    let mut extensions = Der(extensions);
    loop {
        let mut extension = Der(extensions.expect(SEQUENCE)?);
        if extension.expect(OBJECT_IDENTIFIER)? != identifier {
            continue;
        }
        return match extension.next()? {
            (BOOLEAN, _) => extension.expect(OCTET_STRING), // it is critical
            (OCTET_STRING, value) => Some(value),
            _ => None,
        };
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use rcgen::{
        BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    };

    use super::*;

    fn params(name: &str) -> CertificateParams {
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2030, 1, 1);
        params
    }

    fn self_signed(params: &CertificateParams) -> Vec<u8> {
        let key = KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn only_an_authority_that_is_not_expired_may_vouch() {
        let in_2025 = UNIX_EPOCH + Duration::from_secs(1_750_000_000);
        let in_2031 = UNIX_EPOCH + Duration::from_secs(1_925_000_000);
        let mut authority = params("authority");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let mut bounded = params("bounded");
        bounded.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let mut explicit = params("explicit");
        explicit.is_ca = IsCa::ExplicitNoCa;
        for (params, expected) in [
            (&authority, true),
            (&bounded, true),
            (&explicit, false),
            (&params("plain"), false),
        ] {
            let certificate = self_signed(params);
            assert_eq!(may_vouch(&certificate, in_2025), expected);
            assert!(!may_vouch(&certificate, in_2031));
            assert!(is_self_signed(&certificate));
        }
        let issuer = Issuer::new(authority, KeyPair::generate().unwrap());
        let leaf = params("leaf").signed_by(&KeyPair::generate().unwrap(), &issuer);
        assert!(!is_self_signed(leaf.unwrap().der()));
    }

    #[test]
    fn a_certificate_with_other_usages_only_may_not_serve() {
        use ExtendedKeyUsagePurpose::{Any, ClientAuth, ServerAuth};
        let rows: [(&[ExtendedKeyUsagePurpose], bool); 5] = [
            (&[], true),
            (&[ServerAuth], true),
            (&[ClientAuth, ServerAuth], true),
            (&[Any], true),
            (&[ClientAuth], false),
        ];
        for (usages, expected) in rows {
            let mut params = params("leaf");
            params.extended_key_usages = usages.to_vec();
            assert_eq!(may_serve(&self_signed(&params)), expected, "{usages:?}");
        }
    }

    #[test]
    fn what_is_no_certificate_is_nothing_and_never_a_panic() {
        let mut authority = params("authority");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = self_signed(&authority);
        for cut in 0..certificate.len() {
            let cut = &certificate[..cut];
            assert!(!may_vouch(cut, SystemTime::now()) && !is_self_signed(cut));
            let _ = may_serve(cut);
        }
        for at in 0..certificate.len() {
            let mut changed = certificate.clone();
            changed[at] ^= 0xFF;
            let _ = (may_vouch(&changed, SystemTime::now()), may_serve(&changed));
        }
    }
}
