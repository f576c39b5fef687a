//! The hash by which a distributed database chooses a wallet's shard is PostgreSQL's own.

use tokio_postgres::Client;
use uuid::Uuid;
use wallet_engine::storage::uuid_hash;

use crate::postgres;

async fn hashes(client: &Client, ids: &[Uuid]) -> Vec<i32> {
    let statement = "SELECT uuid_hash(id) FROM unnest($1::uuid[]) WITH ORDINALITY AS t (id, place) ORDER BY place";
    let rows = client.query(statement, &[&ids]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[actix_web::test]
async fn the_hash_of_every_id_is_postgresqls() {
    let client = postgres::connect(&postgres::database().await).await;
    let mut ids = vec![Uuid::nil(), Uuid::max()];
    // Each bit by itself, and ids as they are made.
    ids.extend((0..128).map(|bit| Uuid::from_u128(1 << bit)));
    ids.extend((0..2_000).map(|_| Uuid::new_v4()));
    let ours: Vec<i32> = ids.iter().map(|id| uuid_hash(*id)).collect();
    assert_eq!(ours, hashes(&client, &ids).await);
}
