//! Activates wallets: one request to each of many, of this program's own client.

use std::net::SocketAddr;

use testkit::failure::{Failure, failed};
use tokio::task::JoinSet;

use crate::http::Connection;
use crate::load::Request;

const CONNECTIONS: usize = 64;

/// Reads each wallet from `first` up to, and without, `end`. Gives how many requests were refused.
pub async fn read_each(address: SocketAddr, first: u64, end: u64) -> Result<u64, Failure> {
    send_each(address, first, end, Request::Read).await
}

/// Deposits once into each of these wallets. Gives how many requests were refused.
pub async fn deposit_each(address: SocketAddr, first: u64, end: u64) -> Result<u64, Failure> {
    send_each(address, first, end, Request::Deposit).await
}

async fn send_each(
    address: SocketAddr,
    first: u64,
    end: u64,
    request: fn(u64) -> Request,
) -> Result<u64, Failure> {
    let mut clients = JoinSet::new();
    for client in 0..CONNECTIONS {
        clients.spawn(async move {
            let mut connection = Connection::open(address).await?;
            let mut refused = 0;
            for wallet in (first + client as u64..end).step_by(CONNECTIONS) {
                let status = connection.send(&request(wallet)).await?;
                refused += u64::from(!(200..300).contains(&status));
            }
            std::io::Result::Ok(refused)
        });
    }
    let mut refused = 0;
    for client in clients.join_all().await {
        refused += client.map_err(failed("activate wallets"))?;
    }
    Ok(refused)
}
