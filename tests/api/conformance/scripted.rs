//! An engine that has one wallet and answers one request with given bytes, right or wrong.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rust_decimal::Decimal;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

pub const WALLET: &str = "0f0e0d0c-0b0a-4908-8706-050403020100";
/// The path whose answer is scripted.
pub const SCRIPTED_PATH: &str = "/scripted/";

/// A listening engine; it stops when this is dropped.
pub struct ScriptedEngine {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
    listening: AbortHandle,
}

struct State {
    answer: Vec<u8>,
    balance: Value,
    /// The balance as soon as the scripted request has come.
    balance_after: Option<Value>,
    scripted_request: Vec<u8>,
}

impl ScriptedEngine {
    /// Answers `SCRIPTED_PATH` with these bytes.
    pub async fn spawn(answer: impl Into<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State {
            answer: answer.into(),
            balance: json!("0.00"),
            balance_after: None,
            scripted_request: Vec::new(),
        }));
        let served = Arc::clone(&state);
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                serve(stream, &served).await;
            }
        });
        Self {
            address,
            state,
            listening: listening.abort_handle(),
        }
    }

    /// Changes the balance when the scripted request comes.
    pub fn and_moves_the_balance_to(self, balance: Value) -> Self {
        self.state.lock().unwrap().balance_after = Some(balance);
        self
    }

    /// The scripted request as it came.
    pub fn scripted_request(&self) -> Vec<u8> {
        self.state.lock().unwrap().scripted_request.clone()
    }
}

impl Drop for ScriptedEngine {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// A response with this status and body, and the headers that a body needs.
pub fn answer(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} Scripted\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
}

async fn serve(mut stream: TcpStream, state: &Mutex<State>) {
    let request = read_request(&mut stream).await;
    let answer = state.lock().unwrap().answer_to(request);
    stream.write_all(&answer).await.unwrap();
    // The client may close first.
    let _ = stream.shutdown().await;
}

/// The head, and as much of a body as its `Content-Length` promises.
async fn read_request(stream: &mut TcpStream) -> Vec<u8> {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        let head_end = request.windows(4).position(|at| at == b"\r\n\r\n");
        if let Some(head_end) = head_end {
            let length = text
                .split("Content-Length: ")
                .nth(1)
                .and_then(|rest| rest.split("\r\n").next()?.parse().ok())
                .unwrap_or(0);
            if request.len() >= head_end + 4 + length {
                return request;
            }
        }
        if stream.read_buf(&mut request).await.unwrap() == 0 {
            return request;
        }
    }
}

impl State {
    fn answer_to(&mut self, request: Vec<u8>) -> Vec<u8> {
        let text = String::from_utf8_lossy(&request).into_owned();
        let mut words = text.split(' ');
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let body = text.split("\r\n\r\n").nth(1).unwrap_or_default();
        let wallet = format!("/api/wallets/{WALLET}/");
        let location = format!("Location: {wallet}\r\n");
        let answer = match (method, path) {
            (_, SCRIPTED_PATH) => {
                self.scripted_request = request;
                self.balance = self.balance_after.take().unwrap_or(self.balance.take());
                return self.answer.clone();
            }
            ("POST", "/api/register/") => answer(201, &location, "{}"),
            ("GET", path) if path == wallet => {
                let shown = json!({"user": 7, "balance": self.balance});
                answer(200, "", &shown.to_string())
            }
            ("POST", path) if path == format!("{wallet}operation/") => {
                self.operate(&serde_json::from_str(body).unwrap());
                answer(200, "", "{}")
            }
            _ => answer(404, "", "{}"),
        };
        answer.into_bytes()
    }

    fn operate(&mut self, operation: &Value) {
        let decimal = |value: &Value| value.as_str().unwrap().parse::<Decimal>().unwrap();
        let (balance, amount) = (decimal(&self.balance), decimal(&operation["amount"]));
        let moved = match operation["operationType"].as_str().unwrap() {
            "DEPOSIT" => balance + amount,
            _ => balance - amount,
        };
        self.balance = format!("{moved:.2}").into();
    }
}
