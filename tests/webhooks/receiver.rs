//! Receivers of deliveries on loopback, which answer as a test wants them to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// Nothing here takes as long when it works.
const PATIENCE: Duration = Duration::from_secs(60);

/// A delivery that came.
#[derive(Clone, Debug)]
pub struct Seen {
    pub at: Instant,
    pub head: String,
    pub raw: Vec<u8>,
    pub body: Value,
}

/// What a receiver answers.
#[derive(Clone, Debug)]
pub enum Reply {
    Status(u16),
    /// With one more line in the head.
    With(u16, String),
    /// The connection stays open.
    Never,
    /// Success, after this time.
    Late(Duration),
    /// Success, with 10 MB.
    Large,
    /// Half a head, and the connection ends.
    Cut,
    /// Success, but the connection ends before the body does.
    CutBody,
}

type Answer = Box<dyn Fn(&Seen) -> Reply + Send>;

/// A receiver, until it is dropped.
pub struct Receiver {
    pub address: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

struct State {
    seen: Mutex<Vec<Seen>>,
    count: watch::Sender<usize>,
    connections: watch::Sender<usize>,
    answer: Mutex<Answer>,
}

impl Receiver {
    /// Accepts everything.
    pub async fn start() -> Self {
        Self::start_with(|_| Reply::Status(204)).await
    }

    pub async fn start_with(answer: impl Fn(&Seen) -> Reply + Send + 'static) -> Self {
        Self::listen(None, answer).await
    }

    pub async fn start_tls(tls: TlsAcceptor) -> Self {
        Self::listen(Some(tls), |_| Reply::Status(200)).await
    }

    async fn listen(
        tls: Option<TlsAcceptor>,
        answer: impl Fn(&Seen) -> Reply + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            seen: Mutex::default(),
            count: watch::Sender::new(0),
            connections: watch::Sender::new(0),
            answer: Mutex::new(Box::new(answer)),
        });
        let serving = Arc::clone(&state);
        let task = tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                serving.connections.send_modify(|count| *count += 1);
                let (state, tls) = (Arc::clone(&serving), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => state.serve(socket).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(socket).await {
                                state.serve(stream).await;
                            }
                        }
                    }
                });
            }
        });
        Self {
            address,
            state,
            task,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook?a=1", self.address)
    }

    /// Answers otherwise from now on.
    pub fn answer(&self, answer: impl Fn(&Seen) -> Reply + Send + 'static) {
        *self.state.answer.lock().unwrap() = Box::new(answer);
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        *self.state.connections.borrow()
    }

    /// Waits until this is so of what came.
    pub async fn wait_for(&self, what: &str, is_so: impl Fn(&[Seen]) -> bool) -> Vec<Seen> {
        let mut count = self.state.count.subscribe();
        let came = count.wait_for(|_| is_so(&self.state.seen.lock().unwrap()));
        let came = tokio::time::timeout(PATIENCE, came).await.map(drop);
        assert!(came.is_ok(), "{what}: {:#?}", self.seen());
        self.seen()
    }

    /// Waits until so many came.
    pub async fn wait(&self, count: usize) -> Vec<Seen> {
        let what = format!("{count} deliveries");
        self.wait_for(&what, |seen| seen.len() >= count).await
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl State {
    async fn serve(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        let Some(seen) = received(&mut stream).await else {
            return;
        };
        let reply = (self.answer.lock().unwrap())(&seen);
        self.seen.lock().unwrap().push(seen);
        self.count.send_modify(|count| *count += 1);
        reply.write(&mut stream).await;
    }
}

impl Reply {
    async fn write(self, stream: &mut (impl AsyncWrite + Unpin)) {
        const SUCCESS: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\n";
        let written = match self {
            Self::Status(status) => format!("HTTP/1.1 {status} A\r\ncontent-length: 0\r\n\r\n"),
            Self::With(status, line) => {
                format!("HTTP/1.1 {status} A\r\n{line}\r\ncontent-length: 0\r\n\r\n")
            }
            Self::Never => std::future::pending().await,
            Self::Late(after) => {
                tokio::time::sleep(after).await;
                format!("{SUCCESS}content-length: 0\r\n\r\n")
            }
            Self::Large => {
                let length = 10_000_000;
                let body = "x".repeat(length);
                format!("{SUCCESS}content-length: {length}\r\n\r\n{body}")
            }
            Self::Cut => "HTTP/1.1 200 O".to_owned(),
            Self::CutBody => format!("{SUCCESS}content-length: 100\r\n\r\nhalf"),
        };
        // The engine may have closed it.
        let _ = stream.write_all(written.as_bytes()).await;
        let _ = stream.shutdown().await;
    }
}

async fn received(stream: &mut (impl AsyncRead + Unpin)) -> Option<Seen> {
    let mut bytes = Vec::new();
    loop {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
            let length: usize = value(&head, "content-length").parse().unwrap();
            let body = end + 4;
            if bytes.len() >= body + length {
                let raw = bytes[body..].to_vec();
                return Some(Seen {
                    at: Instant::now(),
                    body: serde_json::from_slice(&raw).unwrap(),
                    head,
                    raw,
                });
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

fn value(head: &str, name: &str) -> String {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    let found = lines.find(|(found, _)| found.eq_ignore_ascii_case(name));
    found.map_or_else(String::new, |(_, value)| value.to_owned())
}

impl Seen {
    /// The value of a header, empty if there is none.
    pub fn header(&self, name: &str) -> String {
        value(&self.head, name)
    }

    pub fn wallet(&self) -> &str {
        self.body["data"]["wallet"].as_str().unwrap()
    }

    /// The number of the operation.
    pub fn seq(&self) -> i64 {
        self.body["data"]["operation"]["id"].as_i64().unwrap()
    }
}

/// The numbers of a wallet's operations, in the order in which each came first.
pub fn first_of(seen: &[Seen], wallet: &str) -> Vec<i64> {
    let mut first = Vec::new();
    for seen in seen.iter().filter(|seen| seen.wallet() == wallet) {
        if !first.contains(&seen.seq()) {
            first.push(seen.seq());
        }
    }
    first
}
