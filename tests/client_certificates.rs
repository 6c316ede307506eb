//! Servers that ask for a client's certificate: what clients do with one, and without.

#![cfg(all(feature = "cli", unix, not(target_vendor = "apple")))]

mod support;

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use rustls::server::WebPkiClientVerifier;
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion,
};
use support::command::{run_in, text};
use support::peer::TIMEOUT;
use support::proxy::read_head;
use support::tls::Identity;
use wshub::client::{ConnectError, ConnectOptions, TlsIdentity, TlsOptions};
use wshub::transport::{TlsFailure, TlsFault};

/// A rustls server that accepts any client with `client`'s certificate, any number of times.
fn demanding(
    server: &Identity,
    client: &Identity,
    versions: &[&'static SupportedProtocolVersion],
) -> String {
    let mut roots = RootCertStore::empty();
    roots.add(client.certificate_der.clone().into()).unwrap();
    let verifier = WebPkiClientVerifier::builder(Arc::new(roots))
        .build()
        .unwrap();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(server.key_der.clone());
    let config = ServerConfig::builder_with_protocol_versions(versions)
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![server.certificate_der.clone().into()], key.into())
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("wss://localhost:{}/", listener.local_addr().unwrap().port());
    thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let config = config.clone();
            thread::spawn(move || answer(socket, config));
        }
    });
    url
}

/// Upgrades, and closes with 1000.
fn answer(socket: TcpStream, config: Arc<ServerConfig>) {
    socket.set_read_timeout(Some(TIMEOUT)).unwrap();
    let mut stream = StreamOwned::new(ServerConnection::new(config).unwrap(), socket);
    match read_head(&mut stream) {
        Ok(head) => {
            let key = head.split("Sec-WebSocket-Key: ").nth(1).unwrap();
            let accept = wshub::handshake::accept_value(&key[..24]);
            let answer = format!(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Accept: {accept}\r\n\r\n"
            );
            stream.write_all(answer.as_bytes()).unwrap();
            stream.write_all(b"\x88\x02\x03\xe8").unwrap();
            drop(std::io::Read::read_to_end(&mut stream, &mut Vec::new()));
        }
        Err(_) => {
            // The alert is sent, and no reset overtakes it.
            drop(stream.conn.complete_io(&mut stream.sock));
            drop(stream.sock.shutdown(std::net::Shutdown::Write));
            drop(std::io::Read::read(&mut stream.sock, &mut [0; 4096]));
        }
    }
}

fn pem(identity: &Identity) -> TlsIdentity {
    TlsIdentity::Pem {
        certificate: identity.certificate.clone(),
        key: identity.key.clone(),
    }
}

fn pkcs12(identity: &Identity, password: &str) -> PathBuf {
    use openssl::{pkcs12::Pkcs12, pkey::PKey, x509::X509};
    let mut builder = Pkcs12::builder();
    builder.pkey(&PKey::private_key_from_der(&identity.key_der).unwrap());
    builder.cert(&X509::from_der(&identity.certificate_der).unwrap());
    let der = builder.build2(password).unwrap().to_der().unwrap();
    identity.folder.file("client.p12", der)
}

#[test]
fn a_client_gets_in_with_its_certificate_and_is_told_the_alert_without() {
    let (server, client, stranger) = (Identity::new(), Identity::new(), Identity::new());
    let in_pkcs12 = TlsIdentity::Pkcs12 {
        file: pkcs12(&client, "open sesame"),
        password: "open sesame".into(),
    };
    assert!(!format!("{in_pkcs12:?}").contains("sesame"));
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        let url = demanding(&server, &client, &[version]);
        let connect = |identity: Option<TlsIdentity>| {
            let tls = TlsOptions {
                identity,
                ..server.trusted()
            };
            let options = ConnectOptions {
                tls: tls.into(),
                ..ConnectOptions::default()
            };
            options.connect(&url)
        };
        let mut accepted = vec![pem(&client)];
        if cfg!(not(feature = "rustls")) {
            accepted.push(in_pkcs12.clone());
        }
        for identity in accepted {
            let cause = connect(Some(identity)).unwrap().wait_for_end();
            assert_eq!(cause.code, 1000, "{cause}");
        }
        for identity in [None, Some(pem(&stranger))] {
            let what = format!("{version:?} with {identity:?}");
            let error = connect(identity).unwrap_err();
            let alert = match &error {
                ConnectError::TlsEnded(TlsFault::Alert(alert)) => *alert,
                ConnectError::Tls {
                    failure: TlsFailure::Alert(alert),
                    ..
                } => *alert,
                other => panic!("{what}: {other:?}"),
            };
            assert!(alert.name().is_some(), "{what}: {alert}");
            assert!(
                error.to_string().contains("sent the TLS alert \""),
                "{error}"
            );
            assert!(!error.is_transient());
        }
    }
}

#[test]
fn the_program_has_a_flag_for_each_form_and_ends_with_8_without() {
    let (server, client) = (Identity::new(), Identity::new());
    let url = demanding(&server, &client, &[&rustls::version::TLS13]);
    let name = |path: &PathBuf| path.display().to_string();
    let (ca, cert, key) = (
        name(&server.certificate),
        name(&client.certificate),
        name(&client.key),
    );
    let p12 = name(&pkcs12(&client, "open sesame"));
    let both =
        [&client.certificate, &client.key].map(|file| std::fs::read_to_string(file).unwrap());
    let both = name(&client.folder.file("both.pem", both.concat()));
    let password = name(&client.folder.file("password", "open sesame\n"));
    let variable = [("WSHUB_TLS_PASSWORD", "open sesame")];
    type Row<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str], i32, &'a str);
    let rows: [Row<'_>; 7] = [
        (&[], &["--cert", &cert, "--key", &key], 0, ""),
        (&[], &["--cert", &both], 0, ""),
        (
            &[],
            &["--pkcs12", &p12, "--tls-password-file", &password],
            0,
            "",
        ),
        (&variable, &["--pkcs12", &p12], 0, ""),
        (
            &[],
            &[],
            8,
            "the peer sent the TLS alert \"certificate required\"; the server requires a client \
             certificate that it accepts: give one with --cert FILE",
        ),
        (&[], &["--pkcs12", &p12], 8, "the password does not open"),
        (&[], &["--cert", &cert], 8, "holds no private key"),
    ];
    for (variables, flags, mut code, mut words) in rows {
        if cfg!(feature = "rustls") && flags.contains(&"--pkcs12") {
            (code, words) = (
                8,
                "this build reads PEM files only; convert it with: openssl pkcs12",
            );
        }
        let args = [
            &["subscribe", &url, "--no-reconnect", "--cacert", &ca],
            flags,
        ]
        .concat();
        let output = run_in(variables, &args, b"");
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{flags:?}: {stderr}");
        assert!(stderr.contains(words), "{flags:?}: {stderr}");
    }
}
