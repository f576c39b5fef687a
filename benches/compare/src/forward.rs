//! The way to a database that is further away than it is: passes every chunk on after a delay, in each direction.
//!
//! A process of its own, `compare forward LISTEN TO DELAY_US`, so that its work is not the driver's. A chunk is stamped
//! when it is read and handed to one thread, which waits until each is due and hands it on to be written. The
//! delay is the same for all, so chunks fall due in the order in which they came: nothing is reordered, and any
//! number is under way at once, so throughput is not limited. It is a thread of its own because Tokio's timer has
//! steps of a millisecond, and so has `testkit`'s proxy; a thread wakes some 50 µs late, which [`crate::away`] measures and the results say.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UnixStream};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes that are read at once.
const CHUNK: usize = 64 * 1024;
/// Chunks under way in one direction of one connection: more than either side sends without waiting for the other.
const CHUNKS_MAX: usize = 256;

struct Chunk {
    bytes: Vec<u8>,
    due: Instant,
    to: UnboundedSender<Chunk>,
    _under_way: OwnedSemaphorePermit,
}

/// Serves until it is killed.
pub fn run(listen: &str, to: &Path, delay: Duration) -> ExitCode {
    let served = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .and_then(|runtime| runtime.block_on(serve(listen, to.to_owned(), delay)));
    if let Err(error) = served {
        eprintln!("compare forward: {error}");
    }
    ExitCode::FAILURE
}

async fn serve(listen: &str, to: PathBuf, delay: Duration) -> io::Result<()> {
    let listener = TcpListener::bind(listen).await?;
    let line = delay_line();
    loop {
        let (client, _) = listener.accept().await?;
        client.set_nodelay(true)?;
        let (line, to) = (line.clone(), to.clone());
        tokio::spawn(async move {
            let server = UnixStream::connect(to).await?;
            let (client_reads, client_writes) = client.into_split();
            let (server_reads, server_writes) = server.into_split();
            tokio::try_join!(
                pass(client_reads, server_writes, &line, delay),
                pass(server_reads, client_writes, &line, delay),
            )
        });
    }
}

/// One direction of one connection, to its end.
async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    line: &mpsc::Sender<Chunk>,
    delay: Duration,
) -> io::Result<()> {
    let (arrived, mut arrivals) = unbounded_channel();
    let room = Arc::new(Semaphore::new(CHUNKS_MAX));
    let read = async move {
        loop {
            let room = Arc::clone(&room).acquire_owned().await;
            let mut bytes = Vec::with_capacity(CHUNK);
            if from.read_buf(&mut bytes).await? == 0 {
                return Ok(());
            }
            let chunk = Chunk {
                bytes,
                due: Instant::now() + delay,
                to: arrived.clone(),
                _under_way: room.map_err(io::Error::other)?,
            };
            line.send(chunk).map_err(io::Error::other)?;
        }
    };
    let write = async move {
        while let Some(chunk) = arrivals.recv().await {
            let chunk: Chunk = chunk;
            to.write_all(&chunk.bytes).await?;
        }
        to.shutdown().await
    };
    // Whichever side breaks, the other is let go.
    tokio::try_join!(read, write).map(|_| ())
}

/// The thread that holds chunks back until they are due.
fn delay_line() -> mpsc::Sender<Chunk> {
    let (sender, chunks) = mpsc::channel::<Chunk>();
    thread::spawn(move || {
        for chunk in chunks {
            wait_until(chunk.due);
            let to = chunk.to.clone();
            // The connection may have ended meanwhile.
            let _ = to.send(chunk);
        }
    });
    sender
}

fn wait_until(due: Instant) {
    loop {
        let left = due.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        thread::park_timeout(left);
    }
}
