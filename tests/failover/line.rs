//! A TCP line to a server: it can be cut, lead elsewhere, refuse, be slow to begin, or swallow what the server says.

use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::sleep;

pub struct Line {
    address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    state: watch::Sender<State>,
}

#[derive(Clone, Copy)]
struct State {
    to: SocketAddr,
    /// Connections live as long as this stays as it was when they were made.
    cuts: u64,
    /// So many connections are closed as soon as they are made.
    refuses: usize,
    /// What the server says goes nowhere.
    is_silent: bool,
    /// New connections are accepted, and lead nowhere.
    is_dead: bool,
    /// How long a connection waits before anything is passed on.
    greeting: Duration,
}

impl Line {
    /// Serves until the runtime ends.
    pub async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (state, _) = watch::channel(State {
            to: server,
            cuts: 0,
            refuses: 0,
            is_silent: false,
            is_dead: false,
            greeting: Duration::ZERO,
        });
        let accepted = Arc::new(AtomicUsize::new(0));
        tokio::spawn(serve(listener, state.clone(), Arc::clone(&accepted)));
        Self {
            address,
            accepted,
            state,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections were made, refused ones included.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Breaks every connection.
    pub fn cut(&self) {
        self.state.send_modify(|state| state.cuts += 1);
    }

    /// New connections lead there.
    pub fn lead_to(&self, server: SocketAddr) {
        self.state.send_modify(|state| state.to = server);
    }

    /// The next connections are closed as soon as they are made.
    pub fn refuse(&self, connections: usize) {
        self.state.send_modify(|state| state.refuses = connections);
    }

    /// Swallows what the server says, from now on or no longer.
    pub fn silence(&self, is_silent: bool) {
        self.state.send_modify(|state| state.is_silent = is_silent);
    }

    /// Answers nothing any more and breaks nothing, as a host without power.
    pub fn die(&self) {
        self.state.send_modify(|state| {
            state.is_silent = true;
            state.is_dead = true;
        });
    }

    /// Breaks the connections that have missed something; new ones miss nothing.
    pub fn end_silence(&self) {
        self.state.send_modify(|state| {
            state.is_silent = false;
            state.cuts += 1;
        });
    }

    /// New connections wait as long before anything is passed on.
    pub fn slow_down(&self, greeting: Duration) {
        self.state.send_modify(|state| state.greeting = greeting);
    }
}

async fn serve(listener: TcpListener, state: watch::Sender<State>, accepted: Arc<AtomicUsize>) {
    loop {
        let (client, _) = listener.accept().await.unwrap();
        accepted.fetch_add(1, Ordering::Relaxed);
        let mut is_refused = false;
        state.send_if_modified(|state| {
            is_refused = state.refuses > 0;
            state.refuses = state.refuses.saturating_sub(1);
            false
        });
        if is_refused {
            continue;
        }
        let mut seen = state.subscribe();
        let began = *seen.borrow();
        let passed = state.subscribe();
        tokio::spawn(async move {
            tokio::select! {
                () = pass(client, began, passed) => {}
                _ = seen.wait_for(|state| state.cuts != began.cuts) => {}
            }
        });
    }
}

async fn pass(client: TcpStream, began: State, state: watch::Receiver<State>) {
    sleep(began.greeting).await;
    if began.is_dead {
        pending::<()>().await;
    }
    let Ok(server) = TcpStream::connect(began.to).await else {
        return;
    };
    let _ = client.set_nodelay(true);
    let (mut client_says, mut client_hears) = client.into_split();
    let (mut server_says, mut server_hears) = server.into_split();
    let answers = async {
        let mut chunk = vec![0; 16 * 1024];
        loop {
            let Ok(length @ 1..) = server_says.read(&mut chunk).await else {
                return;
            };
            if !state.borrow().is_silent && client_hears.write_all(&chunk[..length]).await.is_err()
            {
                return;
            }
        }
    };
    tokio::select! {
        _ = copy(&mut client_says, &mut server_hears) => {}
        () = answers => {}
    }
}
