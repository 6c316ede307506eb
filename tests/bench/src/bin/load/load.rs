//! All clients of a run, and the wait for their events.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};

use super::connection::{Connection, Progress};
use super::stream::Trust;
use super::wire::{READ_BYTES, Talk};

/// How many clients connect at the same time: fewer than any server's backlog.
const OPENING: usize = 64;

/// The most clients from one address; further ones use the next address of 127.0.0.x, since an
/// address has too few ports.
const CLIENTS_OF_ADDRESS: usize = 8000;

/// The timeout of everything that has to happen.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Load {
    pub talk: Rc<Talk>,
    pub connections: Vec<Connection>,
    servers: Vec<SocketAddr>,
    trust: Option<Trust>,
    poll: Poll,
    events: Events,
    scratch: Vec<u8>,
    begun: usize,
}

impl Load {
    pub fn new(servers: &[SocketAddr], talk: Talk, trust: Option<Trust>) -> io::Result<Self> {
        Ok(Self {
            talk: Rc::new(talk),
            connections: Vec::new(),
            servers: servers.to_vec(),
            trust,
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            scratch: vec![0; READ_BYTES],
            begun: 0,
        })
    }

    /// Opens `clients` clients, and waits until all are open.
    pub fn open(&mut self, clients: usize) -> io::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let mut open = 0;
        while open < clients {
            while self.connections.len() < clients.min(open + OPENING) {
                let place = self.connections.len();
                let connection = self.begin(place)?;
                self.connections.push(connection);
            }
            if Instant::now() > deadline {
                let what = format!("{open} of {clients} clients were open after a minute");
                return Err(io::Error::other(what));
            }
            self.wait(Duration::from_millis(100), |_, _, progress| {
                open += usize::from(progress.opened);
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Begins a new client in the place of one that has ended.
    pub fn renew(&mut self, place: usize) -> io::Result<()> {
        self.connections[place] = self.begin(place)?;
        Ok(())
    }

    fn begin(&mut self, place: usize) -> io::Result<Connection> {
        let address = self.begun / CLIENTS_OF_ADDRESS % 200;
        self.begun += 1;
        let server = self.servers[place % self.servers.len()];
        let mut connection = Connection::begin(server, address as u8, self.trust.as_ref())?;
        let interest = Interest::READABLE | Interest::WRITABLE;
        let socket = connection.socket.tcp_mut();
        (self.poll.registry()).register(socket, Token(place), interest)?;
        Ok(connection)
    }

    /// Waits for events, for at most `time`, and calls `then` with the progress of each client that
    /// had one.
    pub fn wait(
        &mut self,
        time: Duration,
        mut then: impl FnMut(usize, &mut Connection, Progress) -> io::Result<()>,
    ) -> io::Result<()> {
        match self.poll.poll(&mut self.events, Some(time)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            done => done?,
        }
        for event in &self.events {
            let Token(place) = event.token();
            let connection = &mut self.connections[place];
            let progress = connection
                .ready(&self.talk, &mut self.scratch)
                .map_err(|error| {
                    io::Error::new(error.kind(), format!("client {place}: {error}"))
                })?;
            then(place, connection, progress)?;
        }
        Ok(())
    }
}
