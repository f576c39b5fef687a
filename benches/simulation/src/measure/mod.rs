//! `simulation costs`: what the model's constants are made of, measured on a PostgreSQL and a Citus cluster of this machine.
//!
//! Both databases have the engine's schema, and that of the coordinator is distributed. Wallets of its own are written, by one
//! session at a time. CPU times are those of the sessions' processes, as the kernel's scheduler counts them.

mod deposits;
mod session;

use std::collections::BTreeMap;

use tokio_postgres::Config;
use uuid::Uuid;

use deposits::{Deposits, Wallet};
pub use session::{Figure, MeasureError};
use session::{Meter, Session};

type Result<T> = std::result::Result<T, MeasureError>;

const COMMIT: &str = include_str!("../../../../sql/queries/commit.sql");
/// Plans are made once, as the engine's sessions have it.
const AS_THE_ENGINE: &str = "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off";

/// Measures every way, each so many times.
///
/// # Errors
///
/// With the first statement that fails.
pub async fn measure(plain: &Config, coordinator: &Config, rounds: usize) -> Result<Vec<Figure>> {
    let mut figures = one_postgres(&Session::open(plain).await?, rounds).await?;
    let asks = Session::open(coordinator).await?;
    let mut nodes = Vec::new();
    for row in asks.query("SELECT groupid, nodename, nodeport FROM pg_dist_node WHERE groupid > 0 ORDER BY groupid", &[]).await? {
        let mut config = Config::new();
        if let (Some(user), Some(database)) = (coordinator.get_user(), coordinator.get_dbname()) {
            config.user(user).dbname(database);
        }
        if let Some(password) = coordinator.get_password() {
            config.password(password);
        }
        let port: i32 = row.get(2);
        config.host(row.get::<_, &str>(1)).port(u16::try_from(port).unwrap_or_default());
        nodes.push((row.get::<_, i32>(0), Session::open(&config).await?));
    }
    let mut places = places(&asks).await?;
    for (node, session) in nodes.iter().take(1) {
        let here = places
            .get_mut(node)
            .map(Vec::as_mut_slice)
            .unwrap_or_default();
        figures.extend(by_shards(session, here, rounds).await?);
    }
    figures.extend(across(&asks, &nodes, &mut places, rounds).await?);
    Ok(figures)
}

async fn one_postgres(session: &Session, rounds: usize) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    session.run(AS_THE_ENGINE).await?;
    let one = session.prepare("SELECT 1").await?;
    let mut meter = Meter::new(session, Vec::new(), rounds);
    while meter.next() {
        session.pipeline(&[(&one, Vec::new())]).await?;
    }
    figures.push(meter.figure("one PostgreSQL, SELECT 1"));

    let mut wallets = insert(session, 128).await?;
    let statement = session.prepare(COMMIT).await?;
    for (count, rows) in [(1, 1), (1, 32), (32, 1), (128, 1)] {
        for durable in ["on", "off"] {
            session
                .run(&format!("SET synchronous_commit = {durable}"))
                .await?;
            let mut meter = Meter::new(session, Vec::new(), rounds);
            while meter.next() {
                let group = Deposits::into(&mut wallets[..count], rows);
                meter.restart();
                session
                    .pipeline(&[(&statement, group.parameters())])
                    .await?;
            }
            let way = format!("one PostgreSQL, {count} x {rows}, synchronous_commit {durable}");
            figures.push(meter.figure(&way));
        }
    }
    let load = session
        .prepare(include_str!("../../../../sql/queries/wallets_load.sql"))
        .await?;
    for count in [1, 64] {
        let ids: Vec<Uuid> = wallets[..count].iter().map(|wallet| wallet.id).collect();
        let mut meter = Meter::new(session, Vec::new(), rounds);
        while meter.next() {
            session.pipeline(&[(&load, vec![&ids])]).await?;
        }
        figures.push(meter.figure(&format!("one PostgreSQL, {count} read")));
    }
    Ok(figures)
}

/// A group by the shards' names: what is before, the statements and the end in one round trip.
async fn by_shards(session: &Session, here: &mut [Shard], rounds: usize) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    session.run(AS_THE_ENGINE).await?;
    let begin = session.prepare("BEGIN").await?;
    let end = session.prepare("COMMIT").await?;
    let lock = session
        .prepare("SELECT lock_shard_metadata(5, $1::bigint[])")
        .await?;
    let placed = session.prepare(include_str!("placements.sql")).await?;
    let mut statements = Vec::new();
    for shard in &*here {
        let sql = COMMIT
            .replace(
                "UPDATE wallets w",
                &format!("UPDATE wallets_{} w", shard.wallets),
            )
            .replace(
                "INTO operations",
                &format!("INTO operations_{}", shard.operations),
            );
        statements.push(session.prepare(&sql).await?);
    }
    for (shards, count, rows) in [(1, 1, 1), (1, 1, 32), (1, 32, 1), (4, 8, 1), (8, 4, 1)] {
        let here = here.get_mut(..shards).unwrap_or_default();
        let ids: Vec<i64> = here.iter().map(|shard| shard.wallets).collect();
        let mut meter = Meter::new(session, Vec::new(), rounds);
        while meter.next() {
            let groups: Vec<_> = here
                .iter_mut()
                .map(|shard| Deposits::into(&mut shard.of_it[..count], rows))
                .collect();
            meter.restart();
            let mut all = vec![
                (&begin, Vec::new()),
                (&lock, vec![&ids as _]),
                (&placed, vec![&ids as _]),
            ];
            all.extend(
                statements
                    .iter()
                    .zip(&groups)
                    .map(|(statement, group)| (statement, group.parameters())),
            );
            all.push((&end, Vec::new()));
            session.pipeline(&all).await?;
        }
        figures.push(meter.figure(&format!(
            "shards' names, {shards} shards, {count} x {rows} each"
        )));
    }
    Ok(figures)
}

/// Transfers through the coordinator, of two wallets each, in one transaction.
async fn across(
    session: &Session,
    nodes: &[(i32, Session)],
    places: &mut BTreeMap<i32, Vec<Shard>>,
    rounds: usize,
) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    let begin = session.prepare("BEGIN").await?;
    let end = session.prepare("COMMIT").await?;
    let update = session.prepare(include_str!("update.sql")).await?;
    let insert = session.prepare(include_str!("insert.sql")).await?;
    let place = session.prepare(include_str!("place.sql")).await?;
    let gpid: i64 = session
        .query("SELECT citus_backend_gpid()::bigint", &[])
        .await?[0]
        .get(0);
    let mut sides: Vec<Vec<Wallet>> = places
        .values()
        .take(2)
        .map(|shards| {
            shards
                .iter()
                .flat_map(|shard| shard.of_it.clone())
                .collect()
        })
        .collect();
    let [first, second] = sides.as_mut_slice() else {
        return Ok(figures);
    };
    for (way, transfers) in [
        ("one node", 1),
        ("two nodes", 1),
        ("two nodes", 8),
        ("two nodes", 32),
    ] {
        let mut group = Vec::new();
        for place in 0..transfers {
            let other = if way == "one node" {
                &mut first[place + 100]
            } else {
                &mut second[place]
            };
            group.push(other.clone());
            group.push(first[place].clone());
        }
        let mut meter = Meter::new(session, Vec::new(), rounds);
        while meter.next() {
            let steps: Vec<_> = group
                .iter_mut()
                .map(|wallet| Deposits::into(std::slice::from_mut(wallet), 1))
                .collect();
            meter.restart();
            let mut all = vec![(&begin, Vec::new())];
            all.extend(steps.iter().map(|step| (&update, step.update())));
            // As the engine asks each node for the feed's position.
            for step in &steps[..2] {
                all.push((&place, vec![step.id()]));
                all.push((&place, vec![step.id()]));
            }
            all.extend(steps.iter().map(|step| (&insert, step.insert())));
            all.push((&end, Vec::new()));
            session.pipeline(&all).await?;
            if meter.is_warm() {
                // Its sessions on the nodes are there by now.
                let mut others = Vec::new();
                for (_, node) in nodes {
                    let name = format!("citus_internal gpid={gpid}");
                    let sql = "SELECT pid FROM pg_stat_activity WHERE application_name = $1";
                    others.extend(
                        node.query(sql, &[&name])
                            .await?
                            .iter()
                            .map(|row| row.get::<_, i32>(0)),
                    );
                }
                meter.with(others);
            }
        }
        figures.push(meter.figure(&format!("coordinator, {transfers} transfers, {way}")));
        for (place, wallet) in group.into_iter().enumerate() {
            let place = place / 2;
            let mine = wallet.id == first[place].id;
            let to = if mine {
                &mut first[place]
            } else if way == "one node" {
                &mut first[place + 100]
            } else {
                &mut second[place]
            };
            *to = wallet;
        }
    }
    Ok(figures)
}

/// The tables of a shard, and wallets in it.
struct Shard {
    wallets: i64,
    operations: i64,
    of_it: Vec<Wallet>,
}

/// Makes wallets, and finds which node and shard each is in.
async fn places(session: &Session) -> Result<BTreeMap<i32, Vec<Shard>>> {
    let mut shards: BTreeMap<i64, (i32, Shard)> = BTreeMap::new();
    for row in session.query(include_str!("shards.sql"), &[]).await? {
        let (wallets, operations) = (row.get(0), row.get(1));
        let shard = Shard {
            wallets,
            operations,
            of_it: Vec::new(),
        };
        shards.insert(wallets, (row.get(2), shard));
    }
    for wallet in insert(session, 64 * shards.len()).await? {
        let sql = "SELECT get_shard_id_for_distribution_column('wallets', $1::uuid)";
        let shard: i64 = session.query(sql, &[&wallet.id]).await?[0].get(0);
        if let Some((_, shard)) = shards.get_mut(&shard) {
            shard.of_it.push(wallet);
        }
    }
    let mut places: BTreeMap<i32, Vec<Shard>> = BTreeMap::new();
    for (node, shard) in shards.into_values() {
        places.entry(node).or_default().push(shard);
    }
    Ok(places)
}

async fn insert(session: &Session, count: usize) -> Result<Vec<Wallet>> {
    let wallets: Vec<Wallet> = (0..count).map(|_| Wallet::new()).collect();
    for wallet in &wallets {
        session
            .query(
                "INSERT INTO wallets (id, user_id) VALUES ($1, 1)",
                &[&wallet.id],
            )
            .await?;
    }
    Ok(wallets)
}
