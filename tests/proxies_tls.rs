//! TLS through an HTTP proxy, and to one.

#![cfg(feature = "cli")]

mod support;

use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use support::loopback::Settings;
use support::proxy::{ESTABLISHED, Proxy, echoes, through};
use support::tls::{Secure, deadline};
use wshub::client::{ConnectError, ConnectOptions};

#[test]
fn tls_goes_through_the_tunnel_and_proves_the_servers_name() {
    let server = Secure::standard(Settings::default());
    let proxy = Proxy::start(ESTABLISHED, Some(server.port));
    let options = ConnectOptions {
        proxy: through(&proxy.url()),
        ..server.identity.options()
    };
    echoes(&options, &server.url("/echo"));
    assert!(proxy.heads()[0].starts_with("CONNECT localhost:"));
    // Where the tunnel leads elsewhere, the name is not proved.
    match options.connect("wss://other.example/") {
        Err(ConnectError::Tls { failure, .. }) => assert!(failure.is_about_certificate()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_proxy_may_itself_speak_tls() {
    let server = Secure::standard(Settings::default());
    let (tls, target) = (server.identity.server(), server.port);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // TLS is taken off in front of a plain proxy.
    let plain = Proxy::start(ESTABLISHED, Some(target));
    let plain_port = plain.port;
    thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        let stream = wshub::transport::Stream::tcp(socket, Duration::from_secs(10)).unwrap();
        let outer = tls.accept(stream, deadline()).unwrap();
        let inner = TcpStream::connect(("127.0.0.1", plain_port)).unwrap();
        let inner = wshub::transport::Stream::tcp(inner, Duration::from_secs(10)).unwrap();
        let there = thread::spawn(move || carry(outer.read, inner.write));
        carry(inner.read, outer.write);
        there.join().unwrap();
    });
    let options = ConnectOptions {
        proxy: through(&format!("https://localhost:{port}")),
        ..server.identity.options()
    };
    echoes(&options, &server.url("/echo"));
    assert_eq!(plain.heads().len(), 1);
}

fn carry(mut from: wshub::transport::ReadHalf, mut to: wshub::transport::WriteHalf) {
    use wshub::transport::ReadOutcome;
    let mut chunk = [0; 4096];
    while let Ok(ReadOutcome::Data(bytes)) = from.read(&mut chunk, Duration::from_secs(20)) {
        let sent = to.write_all(&mut [std::io::IoSlice::new(&chunk[..bytes])]);
        if sent.is_err() {
            break;
        }
    }
    to.finish();
}
