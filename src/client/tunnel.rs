//! The tunnel through a proxy, on a stream that leads there.

use std::io::IoSlice;
use std::time::Instant;

use super::error::ConnectError;
use super::opening::{OpeningEvent, OpeningWatch};
use crate::connection::{HandshakeFailure, preview_body, read_response};
use crate::handshake::{ProxyUrl, TunnelRequest, WsUrl, check_tunnel};
use crate::transport::Stream;

/// Asks the proxy at the other end of `stream` for a tunnel to the URL's server. Once this returns,
/// the stream leads there.
pub(super) fn open_tunnel(
    stream: &mut Stream,
    proxy: &ProxyUrl,
    url: &WsUrl,
    deadline: Instant,
    watch: Option<&OpeningWatch>,
) -> Result<(), ConnectError> {
    let credentials = proxy.userinfo.as_ref();
    let request = TunnelRequest {
        host: &url.host,
        port: url.port,
        credentials: credentials.map(|(user, password)| (user.as_str(), password.as_str())),
    };
    if let Some(watch) = watch {
        watch.show(OpeningEvent::Request(&request.head()));
    }
    // Where it cannot be written whole, the answer may be there already, and says why.
    drop((stream.write).write_all(&mut [IoSlice::new(&request.write())]));
    let by_proxy = |failure: HandshakeFailure| ConnectError::through(proxy, failure.into());
    let (head, behind) = read_response(&mut stream.read, deadline).map_err(by_proxy)?;
    if let Some(watch) = watch {
        watch.show(OpeningEvent::Response(&head));
    }
    if let Err(refusal) = check_tunnel(&head) {
        return Err(ConnectError::ProxyRefused {
            proxy: proxy.address(),
            body: preview_body(&mut stream.read, &head, &behind, deadline),
            refusal,
            response: Box::new(head),
        });
    }
    match behind.is_empty() {
        true => Ok(()),
        // A server says nothing before it is asked, neither in TLS nor in HTTP.
        false => Err(ConnectError::ProxyChatter {
            proxy: proxy.address(),
        }),
    }
}
