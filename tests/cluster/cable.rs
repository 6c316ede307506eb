//! A TCP proxy between a server and Redis that can be cut like a cable: bytes sent then are held,
//! and no connection ends. Once it is mended, the held bytes arrive.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// The proxy.
pub struct Cable {
    pub port: u16,
    target: Arc<Mutex<SocketAddr>>,
    is_cut: Arc<AtomicBool>,
    /// The connections that it forwards.
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Cable {
    /// A proxy to a port of this machine.
    pub fn to(port: u16) -> Self {
        Self::to_address(here(port))
    }

    pub fn to_address(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let cable = Self {
            port,
            target: Arc::new(Mutex::new(target)),
            is_cut: Arc::default(),
            open: Arc::default(),
        };
        let (target, is_cut, open) = (
            cable.target.clone(),
            cable.is_cut.clone(),
            cable.open.clone(),
        );
        thread::spawn(move || {
            for near in listener.incoming() {
                let Ok(near) = near else { return };
                let (target, is_cut, open) = (target.clone(), is_cut.clone(), open.clone());
                thread::spawn(move || {
                    wait_while(&is_cut);
                    let target = *target.lock().unwrap();
                    if let Ok(far) = TcpStream::connect(target) {
                        open.lock().unwrap().push(near.try_clone().unwrap());
                        join(&near, &far, &is_cut);
                    }
                });
            }
        });
        cable
    }

    /// Forwards to another port of this machine from now on; open connections end.
    pub fn turn_to(&self, port: u16) {
        *self.target.lock().unwrap() = here(port);
        for near in self.open.lock().unwrap().drain(..) {
            let _ = near.shutdown(Shutdown::Both); // an error means that it has ended
        }
    }

    pub fn cut(&self) {
        self.is_cut.store(true, Relaxed);
    }

    pub fn mend(&self) {
        self.is_cut.store(false, Relaxed);
    }
}

fn here(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

fn wait_while(is_cut: &AtomicBool) {
    while is_cut.load(Relaxed) {
        thread::sleep(Duration::from_millis(10));
    }
}

fn join(near: &TcpStream, far: &TcpStream, is_cut: &Arc<AtomicBool>) {
    let pass = |from: &TcpStream, to: &TcpStream| {
        let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
        let is_cut = is_cut.clone();
        thread::spawn(move || {
            let mut bytes = vec![0; 64 << 10];
            while let Ok(read @ 1..) = from.read(&mut bytes) {
                wait_while(&is_cut);
                if to.write_all(&bytes[..read]).is_err() {
                    break;
                }
            }
            wait_while(&is_cut);
            // An error means that the other end is closed already.
            let _ = to.shutdown(Shutdown::Write);
        });
    };
    pass(near, far);
    pass(far, near);
}
