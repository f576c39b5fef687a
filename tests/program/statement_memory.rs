//! How much memory a long statement costs.

use testkit::postgres;

use super::Served;
use super::memory::peak_kib;

/// Operations of the ledger: 50 MB in JSON, more in camt.053.
const OPERATIONS: usize = 300_000;
/// What statements may cost, whatever their length: some pages of operations.
const KIB_MORE: usize = 24 * 1024;

/// Receives a statement, and gives how many bytes it has, and how often the word is in it.
async fn received(engine: &Served, wallet: &str, format: &str, word: &str) -> (usize, usize) {
    let url = format!("{}{wallet}statement/?format={format}", engine.url);
    let mut response = engine.http.get(url).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let (mut bytes, mut count, mut line) = (0, 0, Vec::new());
    while let Some(piece) = response.chunk().await.unwrap() {
        bytes += piece.len();
        line.extend_from_slice(&piece);
        // An entry is a line.
        let end = line
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        let lines: Vec<u8> = line.drain(..end).collect();
        count += std::str::from_utf8(&lines).unwrap().matches(word).count();
    }
    (bytes, count)
}

#[actix_web::test]
async fn a_statement_of_any_length_is_written_in_bounded_memory() {
    const FORMATS: [(&str, &str); 4] = [
        ("json", "\"kind\":"),
        ("csv", ",DEPOSIT,"),
        ("ofx", "<STMTTRN>"),
        ("camt053", "<Ntry>"),
    ];
    let data = tempfile::tempdir().unwrap();
    let engine = Served::start(data.path());
    let wallet = engine.register("alice").await;
    engine.deposit(&wallet, "1.00").await;
    for (format, entry) in FORMATS {
        assert_eq!(received(&engine, &wallet, format, entry).await.1, 1);
    }
    let id = wallet.split('/').nth(3).unwrap();
    let mut address = tokio_postgres::Config::new();
    address
        .host_path(data.path().join("postgres"))
        .user("wallet")
        .dbname("wallet");
    let database = postgres::connect(&address).await;
    let fill = format!(
        "INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, created_at)
         SELECT '{id}', n, gen_random_uuid(), 'DEPOSIT', 0.01, 0.99 + n * 0.01, now()
         FROM generate_series(2, {OPERATIONS}) n;
         UPDATE wallets SET balance = 0.99 + {OPERATIONS} * 0.01, version = {OPERATIONS} WHERE id = '{id}'"
    );
    database.batch_execute(&fill).await.unwrap();
    let before = peak_kib(&engine);
    for (format, entry) in FORMATS {
        let (bytes, entries) = received(&engine, &wallet, format, entry).await;
        assert_eq!(entries, OPERATIONS, "{format}");
        assert!(bytes > OPERATIONS * 50, "{format}");
        // The kernel counts pages by core and adds up now and then, so the peak may seem to fall a little.
        let more = peak_kib(&engine).saturating_sub(before);
        assert!(more < KIB_MORE, "{format}: {bytes} bytes cost {more} KiB");
    }
}
