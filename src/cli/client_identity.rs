//! The flags that give a client its own certificate.

use std::path::Path;

use super::arguments::ConnectingArgs;
use super::exit::{Exit, Failure};
use super::identity::password;
use wshub::client::TlsIdentity;

/// What the flags ask for. Errors: flags that do not go together, or a password that cannot be read.
pub(super) fn identity(args: &ConnectingArgs) -> Result<Option<TlsIdentity>, Failure> {
    let (certificate, key) = (args.cert.as_deref(), args.key.as_deref());
    let has_password = args.tls_password_file.is_some();
    match (certificate, key, args.pkcs12.as_deref()) {
        (None, None, None) if has_password => Err(usage(
            "--tls-password-file is for --pkcs12, which is missing",
        )),
        (None, None, None) => Ok(None),
        (None, None, Some(file)) => Ok(Some(TlsIdentity::Pkcs12 {
            file: file.to_owned(),
            password: password(args.tls_password_file.as_deref())?,
        })),
        (_, _, Some(_)) => Err(usage("give either --pkcs12 or --cert with --key, not both")),
        (None, Some(_), None) => Err(usage("--key needs its certificate: add --cert FILE")),
        (Some(_), _, None) if has_password => Err(usage(
            "--tls-password-file is for --pkcs12; a --key has no password (openssl pkcs8 -topk8 \
             -nocrypt takes it off)",
        )),
        // The key may be in the certificate's file.
        (Some(certificate), key, None) => Ok(Some(pem(certificate, key.unwrap_or(certificate)))),
    }
}

fn pem(certificate: &Path, key: &Path) -> TlsIdentity {
    TlsIdentity::Pem {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
    }
}

fn usage(why: &str) -> Failure {
    Failure::new(Exit::Usage, format!("{why}\nmore: wshub help connection"))
}

#[cfg(test)]
mod tests {
    use super::super::args::arguments;
    use super::super::client_commands::CONNECT;
    use super::*;

    #[test]
    fn the_flags_give_one_certificate_or_say_what_is_missing() {
        type Row<'a> = (&'a [&'a str], Result<Option<TlsIdentity>, &'a str>);
        let rows: [Row<'_>; 7] = [
            (&[], Ok(None)),
            (
                &["--cert=c", "--key=k"],
                Ok(Some(pem("c".as_ref(), "k".as_ref()))),
            ),
            (&["--cert=c"], Ok(Some(pem("c".as_ref(), "c".as_ref())))),
            (&["--key=k"], Err("add --cert FILE")),
            (&["--cert=c", "--pkcs12=p"], Err("not both")),
            (&["--tls-password-file=f"], Err("which is missing")),
            (
                &["--cert=c", "--tls-password-file=f"],
                Err("has no password"),
            ),
        ];
        for (words, expected) in rows {
            let args = arguments(&CONNECT, &[words, &["ws://h/"]].concat());
            match (identity(&args.connecting), expected) {
                (Err(failure), Err(part)) => {
                    assert_eq!(failure.exit, Exit::Usage);
                    assert!(failure.message.contains(part), "{failure}");
                }
                (Ok(got), Ok(expected)) => assert_eq!(got, expected),
                (got, expected) => panic!("{got:?} for {expected:?}"),
            }
        }
    }
}
