//! Ports that no one listens on, for programs that have to be given one.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU16, Ordering};

/// An address for a program that keeps it for as long as it runs. No other test takes it meanwhile: the whole of 127.0.0.0/8
/// is this machine's, every process has an address of its own there, and none of its ports is given twice. The system gives
/// a port again as soon as it is free, which it is until the program listens: what waits for one program would find another.
pub fn free_address() -> SocketAddr {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    let own = Ipv4Addr::new(127, high.saturating_add(1), middle, low);
    loop {
        let listener = TcpListener::bind((own, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        if GIVEN.lock().unwrap().insert(address.port()) {
            return address;
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_is_given_twice() {
        // As many as make it certain, if the system alone decides, that some come again.
        let given: BTreeSet<_> = (0..2_000).map(|_| free_address()).collect();
        assert_eq!(given.len(), 2_000);
    }
}
