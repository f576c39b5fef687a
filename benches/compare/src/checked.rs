//! A run of this program's own client: every request is waited for, so what was acknowledged and what the ledger
//! holds must be equal to the row.

use std::io;
use std::net::SocketAddr;

use testkit::failure::{Failure, failed};
use testkit::random::Random;
use tokio::task::JoinSet;

use crate::books::Books;
use crate::http::Connection;
use crate::load::Load;

/// Requests that each connection sends, one after another.
const EACH: u64 = 50;
/// Fresh wallets that the run uses of the cold load.
pub const FRESH: u64 = Load::Cold.usual_connections() * EACH;

/// Sends the load and compares. Gives what is wrong.
pub async fn run(
    address: SocketAddr,
    load: Load,
    books: &mut Books,
) -> Result<Option<String>, Failure> {
    let before = books.database.operations().await?;
    let first = match load {
        Load::Cold => books.take_fresh(FRESH),
        _ => 0,
    };
    let wallets = books.database.wallets;
    let mut clients = JoinSet::new();
    for client in 0..load.usual_connections() {
        let first = first + client * EACH;
        clients.spawn(async move { send(address, load, wallets, first).await });
    }
    let mut succeeded = 0;
    for outcome in clients.join_all().await {
        succeeded += outcome.map_err(failed(format!("send the {} load", load.name())))?;
    }
    let requests = load.usual_connections() * EACH;
    if succeeded != requests {
        let refused = requests - succeeded;
        return Ok(Some(format!(
            "{refused} of {requests} answers were refusals"
        )));
    }
    books.enter_finished(load, succeeded);
    let rows = books.database.operations().await? - before;
    let expected = succeeded * load.rows_each();
    Ok((rows != expected).then(|| {
        format!(
            "what was acknowledged and finished has {expected} rows, but the ledger grew by {rows}"
        )
    }))
}

/// One connection's requests; gives how many succeeded.
async fn send(address: SocketAddr, load: Load, wallets: u64, first: u64) -> io::Result<u64> {
    let mut connection = Connection::open(address).await?;
    let mut random = Random::from_seed(first);
    let mut succeeded = 0;
    for n in first..first + EACH {
        let request = load.request(n, wallets, &mut random);
        let status = connection.send(&request).await?;
        succeeded += u64::from((200..300).contains(&status));
    }
    Ok(succeeded)
}
