//! Operations of kinds that only a newer engine knows.

use rust_decimal::Decimal;
use time::OffsetDateTime;
use wallet_engine::config::DatabaseLimits;
use wallet_engine::storage::Database;

use crate::adjustments::page_of;
use crate::admin::Admin;

#[actix_web::test]
async fn kinds_that_this_build_does_not_know_are_shown_counted_and_exported_by_their_signs() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    admin.app.deposit(&wallet, "3.00").await;
    let id = wallet.split('/').nth(3).unwrap();
    // NEITHER is in no table.
    let newer = format!(
        "ALTER TABLE operations DROP CONSTRAINT operations_kind_check;
         INSERT INTO operation_kinds (kind, balance_sign, held_sign)
         VALUES ('GIFT', 1, 0), ('TOLL', -1, 0), ('NOTE', 0, 1);
         INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, created_at)
         SELECT '{id}', seq, gen_random_uuid(), kind, amount, balance_after, '2026-11-26T17:03:05Z'
         FROM (VALUES (2, 'GIFT', 2, 5), (3, 'TOLL', 0.5, 4.5), (4, 'NOTE', 1, 4.5), (5, 'NEITHER', 7, 4.5))
             AS new (seq, kind, amount, balance_after);
         UPDATE wallets SET balance = 4.5, version = 5 WHERE id = '{id}'"
    );
    admin.execute(&newer).await;

    let page = admin.get(&page_of(&wallet)).await;
    for (kind, class, amount) in [
        ("GIFT", "amount amount--in", "+2"),
        ("TOLL", "amount amount--out", "\u{2212}0"),
        ("NOTE", "amount ", "1"),
        ("NEITHER", "amount ", "7"),
    ] {
        let (_, row) = page
            .body
            .split_once(&format!("class=\"once\">{kind}</span>"))
            .unwrap_or_else(|| panic!("{kind} is not in {}", page.body));
        let cell = row.lines().nth(1).unwrap();
        let shown = format!("class=\"{class}\">{amount}");
        assert!(cell.contains(&shown), "{shown} is not in {cell}");
    }

    let file = admin
        .get(&format!("{}operations.csv", page_of(&wallet)))
        .await;
    for row in [
        "2,2026-11-26T17:03:05.000000Z,GIFT,2.00,5.00,,,,,,,0.00,,,,,\r\n",
        "5,2026-11-26T17:03:05.000000Z,NEITHER,7.00,4.50,,,,,,,0.00,,,,,\r\n",
    ] {
        assert!(file.body.contains(row), "{row} is not in {}", file.body);
    }

    let limits = DatabaseLimits::of(std::time::Duration::from_secs(10));
    let database = Database::new(&admin.app.database, 1, 1, &limits).unwrap();
    let came = database.overview_increment(OffsetDateTime::UNIX_EPOCH, None);
    let came = came.await.unwrap();
    assert_eq!((came.operations, came.balance), (5, Decimal::new(4_50, 2)));
    admin.app.stop().await.unwrap();
}
