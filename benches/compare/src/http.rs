//! The API's requests on a connection that waits for every answer to what it sends.

use std::io;
use std::net::SocketAddr;

use testkit::raw_http;

use crate::load::Request;

const DEPOSIT: &str = r#"{"operationType":"DEPOSIT","amount":"0.01"}"#;

pub struct Connection {
    connection: raw_http::Connection,
    /// The hold that was placed last.
    hold: u64,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let connection = raw_http::Connection::open(address).await?;
        Ok(Self {
            connection,
            hold: 0,
        })
    }

    /// Sends it, each operation of a cent; gives the status of the answer.
    pub async fn send(&mut self, request: &Request) -> io::Result<u16> {
        let text = match request {
            Request::Read(wallet) => {
                let path = path(*wallet);
                format!("GET {path} HTTP/1.1\r\nHost: wallet-engine\r\n\r\n")
            }
            Request::Deposit(wallet) => post(&format!("{}operation/", path(*wallet)), DEPOSIT),
            Request::Transfer { from, to } => post(
                &format!("{}transfers/", path(*from)),
                &format!(r#"{{"to":"{}","amount":"0.01"}}"#, id(*to)),
            ),
            Request::Hold(wallet) => {
                post(&format!("{}holds/", path(*wallet)), r#"{"amount":"0.01"}"#)
            }
            Request::Capture(wallet) => {
                let hold = self.hold;
                post(&format!("{}holds/{hold}/capture/", path(*wallet)), "{}")
            }
            Request::Batch(wallets) => {
                let member = |&n: &u64| {
                    let wallet = id(n);
                    format!(r#"{{"wallet":"{wallet}","kind":"DEPOSIT","amount":"0.01"}}"#)
                };
                let members: Vec<String> = wallets.iter().map(member).collect();
                let body = format!(r#"{{"atomic":false,"operations":[{}]}}"#, members.join(","));
                post("/api/batch/", &body)
            }
            Request::Register(name) => post(
                "/api/register/",
                &format!(
                    r#"{{"username":"{name}","email":"{name}@example.com","password":"a secret of {name}"}}"#
                ),
            ),
        };
        let answer = self.connection.ask(text.as_bytes()).await?;
        if let Request::Hold(_) = request {
            let hold: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            self.hold = hold["id"].as_u64().unwrap_or_default();
        }
        Ok(answer.status)
    }
}

fn post(path: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: wallet-engine\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// The address of a wallet.
fn path(n: u64) -> String {
    format!("/api/wallets/{}/", id(n))
}

/// The id of the `n`th wallet that `sql/wallets.sql` makes.
fn id(n: u64) -> String {
    format!("00000000-0000-4000-8000-{n:012x}")
}
