//! IPv6 addresses with a zone: listened on, connected to, and left out of the Host.
#![cfg(all(target_os = "linux", feature = "standard"))]
#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use std::fs;
use std::sync::mpsc;

use wshub::server::Route;
use wshub::{Client, Server};

/// Link-local addresses of this machine with their interfaces; where it has none, the loopback
/// address with the number of its interface, which is a zone as well.
fn zoned() -> Vec<(String, String)> {
    let lines = fs::read_to_string("/proc/net/if_inet6").unwrap_or_default();
    let rows = lines.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [address, _, _, scope, _, interface] = fields[..] else {
            return None;
        };
        let groups: Vec<&str> = (0..8).map(|at| &address[at * 4..at * 4 + 4]).collect();
        (scope == "20").then(|| (groups.join(":"), interface.to_owned()))
    });
    rows.chain([("::1".to_owned(), "1".to_owned())]).collect()
}

#[test]
fn a_server_listens_on_an_address_with_a_zone_and_a_client_reaches_it_by_one() {
    for (address, zone) in zoned() {
        let listen = format!("[{address}%{zone}]:0");
        let (seen, hosts) = mpsc::channel();
        let server = Server::builder()
            .listen([listen.clone(), format!("[{address}%25{zone}]:0")])
            .route(Route::new("/", move |info| {
                let host = info.request.headers.get("Host");
                seen.send(host.unwrap_or_default().to_owned()).unwrap();
                wshub::standard::Echo
            }));
        let server = server
            .bind()
            .unwrap_or_else(|error| panic!("{listen}: {error}"));
        let server = server.spawn().unwrap();
        assert_eq!(server.addresses().len(), 2, "{listen}");
        for bound in server.addresses() {
            let port = bound.port();
            for url in [
                format!("ws://[{address}%25{zone}]:{port}/"),
                format!("[{address}%{zone}]:{port}"),
            ] {
                let client =
                    Client::connect(url.as_str()).unwrap_or_else(|error| panic!("{url}: {error}"));
                let host = hosts.recv().unwrap();
                assert!(host.ends_with(&format!("]:{port}")), "{host}");
                assert!(!host.contains('%'), "{host}");
                drop(client);
            }
        }
        server.stop();
    }
}

#[test]
fn an_interface_that_is_not_there_is_told() {
    let bound = Server::builder().listen(["[fe80::1%nosuch0]:0"]).bind();
    let error = bound.unwrap_err().to_string();
    assert!(
        error.starts_with("cannot listen on [fe80::1%nosuch0]:0: "),
        "{error}"
    );
    let error = Client::connect("ws://[fe80::1%25nosuch0]:9/").unwrap_err();
    assert!(error.to_string().contains("fe80::1"), "{error}");
}
