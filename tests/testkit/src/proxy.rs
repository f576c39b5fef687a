//! What stands between two sides and can fail as a network does: cut them, refuse, be slow to begin, or swallow what the
//! server says; and lead elsewhere.

use std::future::pending;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy, split};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::time::sleep;

/// Bytes that are read at once.
const CHUNK: usize = 16 * 1024;

/// Takes TCP on 127.0.0.1.
pub struct Proxy {
    address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    state: watch::Sender<State>,
}

#[derive(Clone)]
enum Target {
    Tcp(SocketAddr),
    /// A Unix socket.
    Socket(PathBuf),
}

#[derive(Clone)]
struct State {
    to: Target,
    /// Connections live as long as this stays as it was when they were made.
    cuts: u64,
    /// So many connections are closed as soon as they are made.
    refuses: usize,
    /// All of them are.
    is_shut: bool,
    /// What the server says goes nowhere.
    is_silent: bool,
    /// New connections are accepted, and lead nowhere.
    is_dead: bool,
    /// How long a connection waits before anything is passed on.
    greeting: Duration,
}

impl Proxy {
    /// Serves until the runtime ends.
    pub async fn to(server: SocketAddr) -> Self {
        Self::start(Target::Tcp(server)).await
    }

    pub async fn to_socket(server: &Path) -> Self {
        Self::start(Target::Socket(server.to_owned())).await
    }

    async fn start(to: Target) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (state, _) = watch::channel(State {
            to,
            cuts: 0,
            refuses: 0,
            is_shut: false,
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

    /// Breaks every connection; new ones are welcome.
    pub fn cut(&self) {
        self.state.send_modify(|state| state.cuts += 1);
    }

    /// Breaks every connection, and lets no new one through.
    pub fn shut(&self) {
        self.state.send_modify(|state| {
            state.is_shut = true;
            state.cuts += 1;
        });
    }

    pub fn open(&self) {
        self.state.send_modify(|state| state.is_shut = false);
    }

    /// New connections lead there.
    pub fn lead_to(&self, server: SocketAddr) {
        self.state
            .send_modify(|state| state.to = Target::Tcp(server));
    }

    /// The next connections are closed as soon as they are made.
    pub fn refuse(&self, connections: usize) {
        self.state.send_modify(|state| state.refuses = connections);
    }

    /// Swallows what the server says from now on, also on new connections.
    pub fn silence(&self) {
        self.state.send_modify(|state| state.is_silent = true);
    }

    /// Breaks the connections that have missed something; new ones miss nothing.
    pub fn end_silence(&self) {
        self.state.send_modify(|state| {
            state.is_silent = false;
            state.cuts += 1;
        });
    }

    /// Answers nothing any more and breaks nothing, as a host without power.
    pub fn die(&self) {
        self.state.send_modify(|state| {
            state.is_silent = true;
            state.is_dead = true;
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
            is_refused = state.is_shut || state.refuses > 0;
            state.refuses = state.refuses.saturating_sub(1);
            false
        });
        if is_refused {
            continue;
        }
        let mut seen = state.subscribe();
        let began = seen.borrow().clone();
        let cuts = began.cuts;
        let passed = state.subscribe();
        tokio::spawn(async move {
            tokio::select! {
                () = pass(client, began, passed) => {}
                _ = seen.wait_for(|state| state.cuts != cuts) => {}
            }
        });
    }
}

/// Passes everything on, both ways, until either side ends or is not there.
async fn pass(client: TcpStream, began: State, state: watch::Receiver<State>) {
    sleep(began.greeting).await;
    if began.is_dead {
        pending::<()>().await;
    }
    // It only costs time if it fails.
    let _ = client.set_nodelay(true);
    match began.to {
        Target::Tcp(address) => {
            if let Ok(server) = TcpStream::connect(address).await {
                pass_to(server, client, state).await;
            }
        }
        Target::Socket(path) => {
            if let Ok(server) = UnixStream::connect(path).await {
                pass_to(server, client, state).await;
            }
        }
    }
}

async fn pass_to(
    server: impl AsyncRead + AsyncWrite,
    client: TcpStream,
    state: watch::Receiver<State>,
) {
    let (mut client_says, client_hears) = client.into_split();
    let (server_says, mut server_hears) = split(server);
    tokio::select! {
        _ = copy(&mut client_says, &mut server_hears) => {}
        () = pass_answers(server_says, client_hears, state) => {}
    }
}

async fn pass_answers(
    mut server_says: impl AsyncRead + Unpin,
    mut client_hears: impl AsyncWrite + Unpin,
    state: watch::Receiver<State>,
) {
    let mut chunk = vec![0; CHUNK];
    loop {
        let Ok(length @ 1..) = server_says.read(&mut chunk).await else {
            return;
        };
        let is_silent = state.borrow().is_silent;
        if !is_silent && client_hears.write_all(&chunk[..length]).await.is_err() {
            return;
        }
    }
}
