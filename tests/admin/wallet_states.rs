//! Wallets that are frozen, closed, or have open holds, in the list.

use crate::admin::Admin;
use crate::holds::hold;
use crate::postgres;

/// The users of a page's wallets.
async fn found(admin: &Admin, query: &str) -> Vec<String> {
    let page = admin.get(&format!("/admin/wallets/?{query}")).await;
    assert_eq!(page.status, 200, "{query}: {}", page.body);
    owners(&page.body)
}

fn owners(body: &str) -> Vec<String> {
    let cells = body
        .split(r#"<span class="stack"><a href="/admin/users/"#)
        .skip(1);
    let name = |cell: &str| cell.split(['>', '<']).nth(1).unwrap().to_owned();
    cells.map(name).collect()
}

#[actix_web::test]
async fn wallets_are_filtered_by_their_state_with_a_search_or_without() {
    let admin = Admin::spawn().await;
    let mut wallets = Vec::new();
    for name in ["u1", "u2", "u3", "u4", "u5"] {
        let wallet = admin.app.wallet(name).await;
        admin.app.deposit(&wallet, "10.00").await;
        wallets.push(wallet);
    }
    admin.app.withdraw(&wallets[2], "10.00").await;
    hold(&admin, &wallets[4], "3.00", "order").await;
    hold(&admin, &wallets[4], "3.00", "order").await;
    let rules = |name: &str, rules: &str| {
        format!(
            "UPDATE wallets w SET rules = '{rules}' FROM users u WHERE u.wallet_id = w.id AND u.username = '{name}';"
        )
    };
    let all = [
        rules("u1", r#"{"debits": "frozen"}"#),
        rules("u2", r#"{"credits": "frozen"}"#),
        rules("u3", r#"{"debits": "frozen", "closed": true}"#),
        rules("u4", r#"{"operation_max": "5.00"}"#),
    ];
    admin.execute(&all.concat()).await;
    for search in ["", "q=u&"] {
        let ask = async |rest: &str| found(&admin, &format!("{search}{rest}")).await;
        assert_eq!(ask("state=frozen").await, ["u3", "u2", "u1"]);
        assert_eq!(ask("state=frozen&sort=oldest").await, ["u1", "u2", "u3"]);
        assert_eq!(ask("state=frozen&from=1").await, ["u2", "u1"]);
        assert_eq!(ask("state=closed").await, ["u3"]);
        assert_eq!(ask("state=held&sort=richest").await, ["u5"]);
        assert_eq!(ask("state=held&zero=1").await, [""; 0]);
    }
    assert_eq!(found(&admin, "state=nonsense").await.len(), 6);
    let page = admin.get("/admin/wallets/?state=closed").await.body;
    assert!(page.contains(r#"value="closed" selected"#) && page.contains(">Закрыт<"));
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn frozen_wallets_are_paged_to_the_end_and_a_list_that_is_cut_says_so() {
    let admin = Admin::spawn().await;
    // Registered in groups at one moment each, as an import does.
    let fill = "
        INSERT INTO users (username, email, password_hash, wallet_id, created_at)
        SELECT 'user' || n, 'user' || n || '@example.com', '', gen_random_uuid(),
            '2026-01-01Z'::timestamptz + (n / 700) * interval '1 second'
        FROM generate_series(1, 1500) n;
        INSERT INTO wallets (id, user_id, created_at, rules)
        SELECT wallet_id, id, created_at, '{\"debits\": \"frozen\"}' FROM users WHERE username LIKE 'user%'";
    admin.execute(fill).await;
    let mut seen = Vec::new();
    let mut next = Some("/admin/wallets/?state=frozen".to_owned());
    while let Some(address) = next {
        let page = admin.get(&address).await.body;
        assert!(!page.contains("просмотрены не все"), "{address}");
        seen.extend(owners(&page));
        let link = page.split_once(r#"rel="next" href=""#);
        next = link.map(|(_, rest)| rest.split('"').next().unwrap().replace("&#38;", "&"));
    }
    assert_eq!(seen.len(), 1500);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 1500);
    let cut = admin
        .get("/admin/wallets/?state=frozen&sort=poorest")
        .await
        .body;
    assert!(cut.contains("просмотрены не все"), "{cut}");
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn an_operation_changes_no_index_of_wallets_unless_it_changes_the_rules() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    admin.app.deposit(&wallet, "10.00").await;
    let database = postgres::connect(&admin.app.database).await;
    let begin = "BEGIN; UPDATE wallets SET rules = '{\"debits\": \"frozen\"}'";
    database.batch_execute(begin).await.unwrap();
    let hot = async || -> i64 {
        let count = "SELECT pg_stat_get_xact_tuples_hot_updated('wallets'::regclass)";
        database.query_one(count, &[]).await.unwrap().get(0)
    };
    assert_eq!(hot().await, 0, "the rules changed");
    // As every commit does, and as one that writes the rules again.
    for change in [
        "",
        ", held = 1",
        ", held = 2, rules = '{\"debits\": \"frozen\"}'",
    ] {
        let before = hot().await;
        let update = format!(
            "UPDATE wallets SET balance = balance + 1, version = version + 1, updated_at = clock_timestamp(){change}
             WHERE balance > 0"
        );
        database.batch_execute(&update).await.unwrap();
        assert_eq!(hot().await, before + 1, "{change}");
    }
    admin.app.stop().await.unwrap();
}
