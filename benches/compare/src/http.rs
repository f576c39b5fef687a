//! The API's two requests on a connection that waits for every answer to what it sends.

use std::io;
use std::net::SocketAddr;

use testkit::raw_http;

const DEPOSIT: &str = r#"{"operationType":"DEPOSIT","amount":"0.01"}"#;

pub struct Connection(raw_http::Connection);

impl Connection {
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        raw_http::Connection::open(address).await.map(Self)
    }

    /// Deposits a cent; gives the status of the answer.
    pub async fn deposit(&mut self, wallet: u64) -> io::Result<u16> {
        let request = format!(
            "POST {}operation/ HTTP/1.1\r\nHost: wallet-engine\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{DEPOSIT}",
            path(wallet),
            DEPOSIT.len()
        );
        self.ask(&request).await
    }

    /// Reads the balance; gives the status of the answer.
    pub async fn read(&mut self, wallet: u64) -> io::Result<u16> {
        let path = path(wallet);
        self.ask(&format!(
            "GET {path} HTTP/1.1\r\nHost: wallet-engine\r\n\r\n"
        ))
        .await
    }

    async fn ask(&mut self, request: &str) -> io::Result<u16> {
        let answer = self.0.ask(request.as_bytes()).await?;
        Ok(answer.status)
    }
}

/// The address of the `n`th wallet that `sql/wallets.sql` makes.
fn path(n: u64) -> String {
    format!("/api/wallets/00000000-0000-4000-8000-{n:012x}/")
}
