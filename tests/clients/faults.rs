//! Proxies before engines. What happens to each request is decided in advance, over all proxies of a test together, and
//! what passed is recorded. `testkit`'s proxy passes bytes on and knows of no request; this one reads each to its end.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fate {
    Answered,
    /// The engine responds, and the client's connection is closed before a byte of it.
    ResponseLost,
    /// Another engine gets it.
    SentTo(SocketAddr),
}

/// A request, with the engine's response to it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub key: Option<String>,
    pub upgrade: Option<String>,
    pub status: u16,
    /// The response was marked as an earlier one.
    pub replayed: bool,
    pub retry_after: Option<String>,
    pub at: Instant,
}

/// The fates of the requests that are to come, and the requests that came.
#[derive(Clone, Default)]
pub struct Faults {
    fates: Rc<RefCell<VecDeque<Fate>>>,
    seen: Rc<RefCell<Vec<Seen>>>,
}

impl Faults {
    /// Decides over the next requests, and forgets those that came. Later ones are answered.
    pub fn plan(&self, fates: &[Fate]) {
        *self.fates.borrow_mut() = fates.iter().copied().collect();
        self.seen.borrow_mut().clear();
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.borrow().clone()
    }

    /// The statuses of the engine's responses, whether the client got them or not.
    pub fn statuses(&self) -> Vec<u16> {
        self.seen.borrow().iter().map(|seen| seen.status).collect()
    }

    /// A proxy before an engine.
    pub async fn proxy(&self, engine: SocketAddr) -> SocketAddr {
        self.proxy_at((Ipv4Addr::LOCALHOST, 0).into(), engine).await
    }

    /// Two of them, on the same port of two addresses.
    pub async fn proxies(&self, engines: [SocketAddr; 2]) -> [SocketAddr; 2] {
        let first = self.proxy(engines[0]).await;
        let address = IpAddr::from([127, 0, 0, 2]);
        let second = SocketAddr::new(address, first.port());
        [first, self.proxy_at(second, engines[1]).await]
    }

    async fn proxy_at(&self, address: SocketAddr, engine: SocketAddr) -> SocketAddr {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let faults = self.clone();
        actix_web::rt::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let faults = faults.clone();
                actix_web::rt::spawn(async move { faults.serve(client, engine).await });
            }
        });
        address
    }

    /// Until the client closes the connection, or loses a response with it.
    async fn serve(&self, mut client: TcpStream, engine: SocketAddr) -> io::Result<()> {
        loop {
            let request = message(&mut client).await?;
            let at = Instant::now();
            let fate = self.fates.borrow_mut().pop_front();
            let engine = match fate {
                Some(Fate::SentTo(another)) => another,
                _ => engine,
            };
            let mut engine = TcpStream::connect(engine).await?;
            engine.write_all(request.as_bytes()).await?;
            let response = message(&mut engine).await?;
            self.record(&request, &response, at);
            if fate == Some(Fate::ResponseLost) {
                return Ok(());
            }
            client.write_all(response.as_bytes()).await?;
        }
    }

    fn record(&self, request: &str, response: &str, at: Instant) {
        let status = response.split(' ').nth(1).unwrap();
        self.seen.borrow_mut().push(Seen {
            key: header(request, "idempotency-key"),
            upgrade: header(request, "upgrade"),
            status: status.parse().unwrap(),
            replayed: header(response, "idempotency-replayed").is_some(),
            retry_after: header(response, "retry-after"),
            at,
        });
    }
}

fn header(message: &str, name: &str) -> Option<String> {
    let (head, _) = message.split_once("\r\n\r\n")?;
    let mut headers = head.lines().filter_map(|line| line.split_once(": "));
    let (_, value) = headers.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    Some(value.to_owned())
}

/// A head, and as much of a body as its `Content-Length` says.
async fn message(stream: &mut TcpStream) -> io::Result<String> {
    let mut text = String::new();
    loop {
        if let Some((_, body)) = text.split_once("\r\n\r\n") {
            let length = header(&text, "content-length").map_or(0, |value| value.parse().unwrap());
            if body.len() >= length {
                return Ok(text);
            }
        }
        let mut bytes = [0; 4096];
        let read = stream.read(&mut bytes).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        text.push_str(&String::from_utf8_lossy(&bytes[..read]));
    }
}
