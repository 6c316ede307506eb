//! What native-tls's errors say. OpenSSL's texts are written for its developers.

use super::shared::printable;
use crate::transport::TlsAlert;

/// The useful part of a TLS library's error text. OpenSSL writes
/// `error:CODE:LIBRARY:FUNCTION:REASON:FILE:LINE:`, several of these with commas between, and after
/// them, in brackets, what is wrong with a certificate; the other libraries write a sentence.
pub(super) fn in_words(text: &str) -> String {
    let (errors, verdict) = match text.rsplit_once(" (") {
        Some((errors, verdict)) if text.starts_with("error:") => {
            (errors, verdict.strip_suffix(')'))
        }
        _ => (text, None),
    };
    let reason = errors
        .split("error:")
        .map(|error| error.split(':').collect::<Vec<_>>())
        .find_map(|fields| fields.get(3).map(|reason| reason.trim().to_owned()))
        .filter(|reason| !reason.is_empty());
    let reason = match reason {
        Some(reason) if text.starts_with("error:") => reason,
        _ => errors.trim().to_owned(),
    };
    let words = match verdict {
        Some(verdict) => format!("{reason}: {verdict}"),
        None => reason,
    };
    printable(&words)
}

/// The alert in an error of OpenSSL, `error:CODE:...`: a reason from 1000 on is an alert that was
/// received. Other libraries do not tell.
pub(super) fn alert_in(text: &str) -> Option<TlsAlert> {
    const FIRST_REASON: u32 = 1000;
    let errors = text.split("error:").skip(1);
    let mut codes = errors.filter_map(|error| {
        let code = error.split(':').next()?;
        u32::from_str_radix(code, 16).ok()
    });
    codes.find_map(|code| {
        // The library is SSL: in OpenSSL 3 the bits from 23 on, in 1.1 those from 24 on.
        let is_ssl = code >> 23 == 20 || code >> 24 == 20;
        let alert = (code & 0xFFF).checked_sub(FIRST_REASON)?;
        u8::try_from(alert)
            .ok()
            .filter(|_| is_ssl)
            .map(TlsAlert::new)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_found_in_what_libraries_write() {
        let rows = [
            (
                "error:0A000086:SSL routines:tls_post_process_server_certificate:certificate \
                 verify failed:../ssl/statem/statem_clnt.c:1889: (self-signed certificate)",
                "certificate verify failed: self-signed certificate",
            ),
            (
                "error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../ssl/record/a.c:354:",
                "wrong version number",
            ),
            (
                "error:11800071:PKCS12 routines:PKCS12_parse:mac verify failure:../crypto/a.c:67:, \
                 error:0308010C:digital envelope routines:x:unsupported:../crypto/b.c:373:Global",
                "mac verify failure",
            ),
            (
                "The certificate chain was issued by an authority that is not trusted. (os error -2146893019)",
                "The certificate chain was issued by an authority that is not trusted. (os error -2146893019)",
            ),
            ("bad\u{1b}[31m", "bad [31m"),
            ("", ""),
            ("error:", "error:"),
        ];
        for (text, words) in rows {
            assert_eq!(in_words(text), words, "{text:?}");
        }
    }

    #[test]
    fn an_alert_is_found_in_an_error_of_openssl() {
        let rows = [
            (
                "error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:x:1:SSL \
                 alert number 116",
                Some(116),
            ),
            (
                "error:14094412:SSL routines:ssl3_read_bytes:sslv3 alert bad certificate:x:1:",
                Some(42),
            ),
            (
                "error:0A000458:SSL routines:ssl3_read_bytes:tlsv1 unrecognized name:x:1:",
                Some(112),
            ),
            (
                "error:0A000086:SSL routines:x:certificate verify failed:x:1: (self-signed certificate)",
                None,
            ),
            (
                "error:0308010C:digital envelope routines:x:unsupported:x:1:, \
                 error:0A000410:SSL routines:x:ssl/tls alert handshake failure:x:1:",
                Some(40),
            ),
            ("error:0308045C:digital envelope routines:x:y:x:1:", None),
            ("a sentence", None),
            ("error:", None),
        ];
        for (text, number) in rows {
            assert_eq!(alert_in(text).map(TlsAlert::number), number, "{text}");
        }
    }
}
