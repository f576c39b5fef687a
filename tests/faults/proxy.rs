//! The line between one engine and one PostgreSQL, or between a standby and what it follows: TCP on one side, the
//! server's Unix socket on the other. It can be cut, for once or until it is opened again, and it can swallow what the
//! server says.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::unix::OwnedReadHalf;
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;

/// Bytes that are read at once.
const CHUNK: usize = 16 * 1024;

pub struct Proxy {
    address: SocketAddr,
    line: watch::Sender<Line>,
}

#[derive(Clone, Copy, Default)]
struct Line {
    /// Connections live as long as this stays as it was when they were made.
    cuts: u64,
    /// What the server says goes nowhere.
    silent: bool,
    /// New connections end at once.
    shut: bool,
}

impl Proxy {
    /// Serves until the runtime ends.
    pub async fn start(socket: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (line, state) = watch::channel(Line::default());
        tokio::spawn(serve(listener, socket.to_owned(), state));
        Self { address, line }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Breaks every connection; new ones are welcome.
    pub fn cut(&self) {
        self.line.send_modify(|line| line.cuts += 1);
    }

    /// Breaks every connection, and lets no new one through.
    pub fn shut(&self) {
        self.line.send_modify(|line| {
            line.shut = true;
            line.cuts += 1;
        });
    }

    pub fn open(&self) {
        self.line.send_modify(|line| line.shut = false);
    }

    /// Swallows what the server says from now on, also on new connections.
    pub fn silence(&self) {
        self.line.send_modify(|line| line.silent = true);
    }

    /// Lets the server be heard again. Connections that have missed something are cut.
    pub fn end_silence(&self) {
        self.line.send_modify(|line| {
            line.silent = false;
            line.cuts += 1;
        });
    }
}

async fn serve(listener: TcpListener, socket: PathBuf, line: watch::Receiver<Line>) {
    loop {
        let (engine, _) = listener.accept().await.unwrap();
        let (socket, mut line) = (socket.clone(), line.clone());
        let Line { cuts, shut, .. } = *line.borrow();
        if shut {
            continue;
        }
        tokio::spawn(async move {
            let hears = line.clone();
            tokio::select! {
                () = pass(engine, &socket, hears) => {}
                _ = line.wait_for(|line| line.cuts != cuts) => {}
            }
        });
    }
}

/// Passes everything on, both ways, until either side ends or is not there.
async fn pass(engine: TcpStream, socket: &Path, line: watch::Receiver<Line>) {
    let Ok(server) = UnixStream::connect(socket).await else {
        return;
    };
    // It only costs time if it fails.
    let _ = engine.set_nodelay(true);
    let (mut engine_says, engine_hears) = engine.into_split();
    let (server_says, mut server_hears) = server.into_split();
    tokio::select! {
        _ = copy(&mut engine_says, &mut server_hears) => {}
        _ = pass_answers(server_says, engine_hears, line) => {}
    }
}

async fn pass_answers(
    mut server_says: OwnedReadHalf,
    mut engine_hears: OwnedWriteHalf,
    line: watch::Receiver<Line>,
) -> std::io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let length = server_says.read(&mut chunk).await?;
        if length == 0 {
            return Ok(());
        }
        if !line.borrow().silent {
            engine_hears.write_all(&chunk[..length]).await?;
        }
    }
}
