//! From a request for a WebSocket to its session.

use super::super::admission::Admission;
use super::super::handler::ClientInfo;
use super::super::route::Route;
use super::super::serving::serve;
use super::super::upgrade::UpgradeResponse;
use super::Handshake;
use super::upgraded::{Ready, Upgraded};
use crate::connection::{Opened, Session, SessionSettings};
use crate::handshake::{DeflateAgreed, Refusal, RequestHead, Upgrade, accept_deflate};
use crate::protocol::Role;
use crate::transport::Stream;

impl<'a> Handshake<'a> {
    /// Returns the route of an opening handshake, and what the admission rules add to its answer.
    #[inline(never)]
    pub(super) fn admit_upgrade(
        &self,
        head: &RequestHead,
        upgrade: Upgrade,
    ) -> Result<(&'a Route, UpgradeResponse, Admission), Refusal> {
        let shared = self.shared;
        shared.access.check_host(head, self.arrival.loopback)?;
        let mut opening = self.opening(head, true);
        let admission = self.admit(&mut opening)?;
        let Some(route) = shared.route(head.path()) else {
            return Err(shared.not_found("No endpoint", head.path()));
        };
        let spoken = route.choose_subprotocol(&upgrade).map(str::to_owned);
        let mut response = UpgradeResponse::new(upgrade, spoken);
        if let Some(name) = &admission.subprotocol {
            response.choose_subprotocol(name);
        }
        for (name, value) in &admission.headers {
            response.add_header(name, value);
        }
        Ok((route, response, admission))
    }

    /// Makes the handler and passes it the 101. An error gives the request back: the handler
    /// panicked.
    #[expect(
        clippy::boxed_local,
        reason = "unboxed here, not on the caller's stack"
    )]
    #[inline(never)]
    pub(super) fn upgrade(
        &self,
        request: Box<RequestHead>,
        route: &'a Route,
        mut response: UpgradeResponse,
        admission: Admission,
    ) -> Result<Upgraded<'a>, Box<RequestHead>> {
        let Admission { user, data, .. } = admission;
        let Self { arrival, guard, .. } = self;
        let mut info = Box::new(ClientInfo {
            id: guard.id,
            peer: arrival.peer,
            request: *request,
            subprotocol: response.subprotocol().map(str::to_owned),
            secure: arrival.secure,
            user,
            data,
        });
        let options = self.shared.settings.deflate;
        let deflate = options.and_then(|_| {
            let (agreed, answer) = accept_deflate(&info.request)?;
            response.turn_on(answer);
            Some(agreed)
        });
        let made = self.shared.catch_panic(guard.id, "the handler", || {
            let mut handler = route.handler(&info);
            handler.on_upgrade(&info, &mut response);
            let wants_fragments = handler.wants_fragments();
            (handler, wants_fragments)
        });
        let Some((handler, wants_fragments)) = made else {
            return Err(Box::new(info.request));
        };
        if response.subprotocol().is_none() && !response.offered_subprotocols().is_empty() {
            // Only their number is logged: some clients send a token among them.
            let offered = response.offered_subprotocols().len();
            log::info!(
                "subprotocol {} endpoint={:?} offered={offered} why=\"the endpoint supports none \
                 of them; a browser closes such a connection\"",
                self.log_fields(),
                route.path()
            );
        }
        let (response_head, subprotocol) = response.into_bytes();
        info.subprotocol = subprotocol;
        self.shared
            .observers
            .tell(|observer| observer.handshake(101));
        Ok(Upgraded {
            route,
            handler,
            wants_fragments,
            info,
            response_head,
            deflate,
        })
    }

    /// The connection of a client whose opening handshake is complete except for sending the 101.
    #[inline(never)]
    pub(super) fn open(
        &self,
        stream: Stream,
        leftover: Vec<u8>,
        mut upgraded: Upgraded<'a>,
    ) -> Ready<'a> {
        let response_head = std::mem::take(&mut upgraded.response_head);
        let settings = self.session_settings(upgraded.route, upgraded.deflate);
        let id = self.guard.id;
        let opened = Opened::over_stream(id, Role::Server, stream, response_head, &settings);
        self.guard.opened(opened.opening_sender());
        Ready {
            opened,
            leftover,
            upgraded,
        }
    }

    fn session_settings(&self, route: &Route, agreed: Option<DeflateAgreed>) -> SessionSettings {
        let settings = &self.shared.settings;
        SessionSettings {
            limits: settings.limits,
            queue: settings.queue,
            timeouts: settings.timeouts,
            min_rate: settings.min_rate,
            max_rate: route.rate_of_clients(settings.max_rate),
            #[cfg(feature = "deflate")]
            deflate: None,
        }
        .with_deflate(agreed.zip(settings.deflate))
    }

    /// Begins the session. The stack that this uses is free again before the session runs.
    #[inline(never)]
    fn begin(
        &self,
        opened: Opened,
        leftover: Vec<u8>,
        (route, deflate): (&Route, Option<DeflateAgreed>),
    ) -> Session {
        let settings = self.session_settings(route, deflate);
        opened.into_session(&leftover, &settings)
    }

    /// Serves a client to its end.
    #[inline(never)]
    pub(super) fn serve_client(self, ready: Ready<'_>) {
        let Ready {
            opened,
            leftover,
            upgraded,
        } = ready;
        let Upgraded {
            route,
            handler,
            wants_fragments,
            info,
            deflate,
            ..
        } = upgraded;
        let mut session = self.begin(opened, leftover, (route, deflate));
        session.stream_fragments(wants_fragments);
        session.limit_memory(&self.shared.memory);
        serve(&mut session, handler, route.path(), &info, self.shared);
    }
}
