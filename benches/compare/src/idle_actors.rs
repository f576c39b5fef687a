//! What an idle actor costs: the engine's memory before and after it spawned one for each of many wallets.

use std::net::SocketAddr;

use tokio::task::JoinSet;

use crate::bench::{Bench, Place};
use crate::contender::System;
use crate::failure::{Failure, failed};
use crate::http::Connection;
use crate::load::Request;
use crate::results::{IdleActors, Results};

/// What problems are noted under.
pub const NAME: &str = "idle actors";

const CONNECTIONS: usize = 64;
/// Actors that are there before the memory is first looked at, so that threads, connections and pool are too.
const FIRST: u64 = 1_000;

/// Spawns `actors` by one read each.
pub async fn run(
    bench: &Bench<'_>,
    place: &Place,
    actors: u64,
    results: &mut Results,
) -> Result<(), Failure> {
    println!("{actors} idle actors");
    let wallets = FIRST + actors;
    let database = bench.create("idle", wallets).await?;
    let flags = [
        "serve",
        "--database-url",
        &place.route.url(database.name()),
        "--active-max",
        &(2 * wallets).to_string(),
        "--idle-s",
        "86400",
    ];
    let engine = bench.start_with(System::Engine, &flags).await?;
    let mut refused = read_each(engine.address, 0, FIRST).await?;
    let before = engine.resident_bytes()?;
    refused += read_each(engine.address, FIRST, wallets).await?;
    let bytes = engine.resident_bytes()?.saturating_sub(before);
    println!("    {} bytes each", bytes / actors);
    if refused > 0 {
        results.problem(place.name, NAME, format!("{refused} reads were refused"));
    }
    if let Some(problem) = engine.stop().await? {
        results.problem(place.name, NAME, problem);
    }
    bench.postgres.drop(database).await;
    results.idle_actors = Some(IdleActors { actors, bytes });
    Ok(())
}

/// Activates wallets: reads each one from `first` up to, and without, `end`. Gives how many reads were refused.
pub async fn read_each(address: SocketAddr, first: u64, end: u64) -> Result<u64, Failure> {
    let mut clients = JoinSet::new();
    for client in 0..CONNECTIONS {
        clients.spawn(async move {
            let mut connection = Connection::open(address).await?;
            let mut refused = 0;
            for wallet in (first + client as u64..end).step_by(CONNECTIONS) {
                refused += u64::from(connection.send(&Request::Read(wallet)).await? != 200);
            }
            std::io::Result::Ok(refused)
        });
    }
    let mut refused = 0;
    for client in clients.join_all().await {
        refused += client.map_err(failed("read a wallet"))?;
    }
    Ok(refused)
}
