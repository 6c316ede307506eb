//! The flags that give the server its certificate: from words and files to what speaks TLS.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use super::advice;
use super::arguments::ServeArgs;
use super::environment;
use super::exit::{Exit, Failure};
use wshub::transport::TlsServer;

/// Where a PKCS#12 file's password may stand instead of in a file.
const PASSWORD_VARIABLE: &str = "WSHUB_TLS_PASSWORD";

/// Where a certificate is to come from.
#[derive(Debug, PartialEq, Eq)]
enum Source<'a> {
    Pem {
        certificate: &'a Path,
        key: &'a Path,
    },
    Pkcs12 {
        file: &'a Path,
    },
}

/// What the flags ask for. Errors: flags that do not go together.
fn source(args: &ServeArgs) -> Result<Option<Source<'_>>, &'static str> {
    let has_password = args.tls_password_file.is_some();
    let pair = (args.tls_cert.as_deref(), args.tls_key.as_deref());
    match (pair, args.tls_pkcs12.as_deref()) {
        ((None, None), None) if !args.tls_listen.is_empty() => {
            Err("--tls-listen needs a certificate: add --tls-cert and --tls-key, or --tls-pkcs12")
        }
        ((None, None), None) if has_password => {
            Err("--tls-password-file is for --tls-pkcs12, which is missing")
        }
        ((None, None), None) => Ok(None),
        ((None, None), Some(file)) => Ok(Some(Source::Pkcs12 { file })),
        (_, Some(_)) => Err("give either --tls-pkcs12 or --tls-cert with --tls-key, not both"),
        ((Some(_), None), None) => Err(
            "--tls-cert needs its key: add --tls-key FILE (the same file if the key is in it too)",
        ),
        ((None, Some(_)), None) => Err("--tls-key needs its certificate: add --tls-cert FILE"),
        ((Some(_), Some(_)), None) if has_password => Err(
            "--tls-password-file is for --tls-pkcs12; a --tls-key has no password (openssl pkcs8 \
             -topk8 -nocrypt takes it off)",
        ),
        ((Some(certificate), Some(key)), None) => Ok(Some(Source::Pem { certificate, key })),
    }
}

/// What speaks TLS, if the flags ask for it; a certificate that clients will refuse is warned
/// of.
pub(super) fn load(args: &ServeArgs) -> Result<Option<TlsServer>, Failure> {
    let loaded = match source(args).map_err(|why| Failure::usage("serve", why))? {
        None => return Ok(None),
        Some(Source::Pem { certificate, key }) => TlsServer::from_pem(certificate, key),
        Some(Source::Pkcs12 { file }) => {
            TlsServer::from_pkcs12(file, &password(args.tls_password_file.as_deref())?)
        }
    };
    let tls = loaded.map_err(|error| Failure::new(Exit::Tls, advice::for_tls_file(&error)))?;
    if let Some(warning) = tls.warning(SystemTime::now()) {
        log::warn!("{warning}");
    }
    Ok(Some(tls))
}

/// The first line of the password file, or else the variable, or else none.
pub(super) fn password(file: Option<&Path>) -> Result<String, Failure> {
    match file {
        Some(file) => {
            let text = fs::read_to_string(file).map_err(|error| {
                let file = file.display();
                Failure::other(format!("cannot read the password in {file}: {error}"))
            })?;
            Ok(text.lines().next().unwrap_or_default().to_owned())
        }
        None => {
            let value = environment::read(PASSWORD_VARIABLE).map_err(Failure::other)?;
            Ok(value.unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::args::arguments;
    use super::super::serve_command::SERVE;
    use super::*;

    #[test]
    fn the_flags_give_one_certificate_or_say_what_is_missing() {
        let pem = Some(Source::Pem {
            certificate: Path::new("c"),
            key: Path::new("k"),
        });
        type Expected = Result<Option<Source<'static>>, &'static str>;
        let rows: [(&[&str], Expected); 9] = [
            (&[], Ok(None)),
            (&["--tls-cert=c", "--tls-key=k"], Ok(pem)),
            (
                &[
                    "--tls-pkcs12=p",
                    "--tls-password-file=w",
                    "--tls-listen=h:1",
                ],
                Ok(Some(Source::Pkcs12 {
                    file: Path::new("p"),
                })),
            ),
            (&["--tls-cert=c"], Err("--tls-key FILE")),
            (&["--tls-key=k"], Err("--tls-cert FILE")),
            (
                &["--tls-cert=c", "--tls-key=k", "--tls-pkcs12=p"],
                Err("not both"),
            ),
            (&["--tls-listen=h:1"], Err("needs a certificate")),
            (&["--tls-password-file=w"], Err("which is missing")),
            (
                &["--tls-cert=c", "--tls-key=k", "--tls-password-file=w"],
                Err("has no password"),
            ),
        ];
        for (words, expected) in rows {
            match (source(&arguments(&SERVE, words).serve), expected) {
                (Err(why), Err(part)) => assert!(why.contains(part), "{why}"),
                (got, expected) => assert_eq!(got, expected),
            }
        }
    }
}
