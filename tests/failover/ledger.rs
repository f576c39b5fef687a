//! What a database holds in the end.

use super::app::verify;
use testkit::servers::Server;

/// How often an operation of that amount is in the wallet's ledger.
pub async fn recorded(server: &Server, wallet: &str, amount: &str) -> i64 {
    let count = "SELECT count(*) FROM operations
                 WHERE wallet_id::text = $1 AND amount = $2::text::numeric";
    let client = server.connect().await;
    let row = client.query_one(count, &[&id_of(wallet), &amount]).await;
    row.unwrap().get(0)
}

/// Every wallet agrees with its ledger.
pub fn audit(server: &Server) {
    let (agrees, printed) = verify(&server.url());
    assert!(agrees, "{printed}");
}

/// The wallet's id, of its path.
pub fn id_of(wallet: &str) -> &str {
    let id = wallet.trim_start_matches("/api/wallets/");
    id.trim_end_matches('/')
}
