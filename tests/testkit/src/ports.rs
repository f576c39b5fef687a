//! Ports that no one listens on, for programs that have to be given one.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::ops::Range;
use std::sync::atomic::{AtomicU16, Ordering};

/// An address for a program that keeps it for as long as it runs. No other test takes it meanwhile: the whole of 127.0.0.0/8
/// is this machine's, and every process has an address of its own there.
pub fn free_address() -> SocketAddr {
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    let address = Ipv4Addr::new(127, high.saturating_add(1), middle, low);
    let listener = TcpListener::bind((address, 0)).unwrap();
    listener.local_addr().unwrap()
}

/// A port below those that the system gives to outgoing connections, so that a program which is started again finds its own
/// again. Processes begin at different places.
pub fn lasting_port(within: Range<u16>) -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let ports = u32::from(within.end - within.start);
    loop {
        let next = u32::from(NEXT.fetch_add(1, Ordering::Relaxed));
        let offset = (std::process::id() * 16 + next) % ports;
        let port = within.start + u16::try_from(offset).unwrap();
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
