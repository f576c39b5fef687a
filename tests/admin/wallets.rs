//! The list of wallets, and the page of one.

use std::time::Duration;

use wallet_engine::config::DatabaseLimits;
use wallet_engine::storage::Database;

use crate::adjustments::page_of;
use crate::admin::Admin;
use crate::postgres;

/// The wallets of a page, by the names of their users.
fn owners<'a>(body: &'a str) -> Vec<&'a str> {
    let cells = body
        .split(r#"<span class="stack"><a href="/admin/users/"#)
        .skip(1);
    let name = |cell: &'a str| cell.split(['>', '<']).nth(1).unwrap();
    cells.map(name).collect()
}

/// The address that a page's link of this relation leads to.
fn next(body: &str) -> Option<String> {
    let (_, rest) = body.split_once(r#"rel="next" href=""#)?;
    Some(rest.split('"').next().unwrap().replace("&#38;", "&"))
}

async fn found(admin: &Admin, query: &str) -> Vec<String> {
    let page = admin.get(&format!("/admin/wallets/?{query}")).await;
    assert_eq!(page.status, 200, "{query}: {}", page.body);
    owners(&page.body).into_iter().map(str::to_owned).collect()
}

#[actix_web::test]
async fn a_wallet_is_found_by_its_number_its_user_and_their_address() {
    let admin = Admin::spawn().await;
    let alice = admin.app.wallet("Alice").await;
    admin.app.wallet("bob").await;
    let id = alice.split('/').nth(3).unwrap();
    let beginning = &id[..8];
    for query in [
        format!("q={id}"),
        format!("q={}", id.to_uppercase()),
        format!("q={}", id.replace('-', "")),
        format!("q={beginning}"),
        "q=ali".to_owned(),
        "q=+ALICE+".to_owned(),
        "q=alice%40exa".to_owned(),
    ] {
        assert_eq!(found(&admin, &query).await, ["Alice"], "{query}");
    }
    assert_eq!(found(&admin, "q=lice").await, ["Alice"], "any part");
    assert_eq!(found(&admin, "q=").await.len(), 3);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_balance_that_is_no_number_takes_away_neither_a_list_nor_the_overview() {
    let admin = Admin::spawn().await;
    for name in ["u1", "u2", "u3"] {
        let wallet = admin.app.wallet(name).await;
        admin.app.deposit(&wallet, "10.00").await;
    }
    let database = postgres::connect(&admin.app.database).await;
    let spoil = "ALTER TABLE wallets DROP CONSTRAINT IF EXISTS wallets_balance_max_check;
                 UPDATE wallets w SET balance = 'NaN' FROM users u WHERE u.id = w.user_id AND u.username = 'u2'";
    database.batch_execute(spoil).await.unwrap();
    for query in [
        "",
        "q=u",
        "sort=oldest",
        "sort=latest",
        "sort=richest",
        "sort=poorest&q=u",
    ] {
        let all = found(&admin, query).await;
        for name in ["u1", "u2", "u3"] {
            assert!(all.iter().any(|found| found == name), "{query}: {name}");
        }
    }
    assert_eq!(found(&admin, "q=u&sort=richest").await[0], "u2");
    let page = admin.get("/admin/wallets/?q=u2&lang=en").await;
    assert!(page.body.contains("badge--bad"), "{}", page.body);
    let now = time::OffsetDateTime::now_utc();
    let totals = storage(&admin).overview_totals_before(now).await.unwrap();
    assert_eq!(totals.balance, "20.00".parse().unwrap());
    admin.app.stop().await.unwrap();
}

fn storage(admin: &Admin) -> Database {
    let limits = DatabaseLimits::of(Duration::from_secs(20));
    Database::new(&admin.app.database, 1, 1, &limits).unwrap()
}

#[actix_web::test]
async fn wallets_are_filtered_and_sorted_by_balance_with_a_search_or_without() {
    let admin = Admin::spawn().await;
    for (name, amount) in [("u1", "10.00"), ("u2", "30.00"), ("u3", "20.00")] {
        let wallet = admin.app.wallet(name).await;
        admin.app.deposit(&wallet, amount).await;
    }
    admin.app.wallet("u4").await;
    for search in ["", "q=u&"] {
        let ask = async |rest: &str| found(&admin, &format!("{search}{rest}")).await;
        assert_eq!(ask("sort=richest&from=0.01").await, ["u2", "u3", "u1"]);
        assert_eq!(ask("sort=poorest&from=10&to=20,00").await, ["u1", "u3"]);
        assert_eq!(ask("sort=latest&from=1").await, ["u3", "u2", "u1"]);
        assert_eq!(ask("sort=newest&from=1").await, ["u3", "u2", "u1"]);
        assert_eq!(ask("sort=oldest&from=1").await, ["u1", "u2", "u3"]);
        let empty = ask("zero=1&sort=oldest").await;
        assert_eq!(empty.last().map(String::as_str), Some("u4"));
        assert!(!empty.iter().any(|name| name == "u1"));
    }
    assert_eq!(
        found(&admin, "sort=oldest").await[1..],
        ["u1", "u2", "u3", "u4"]
    );
    assert_eq!(found(&admin, "sort=nonsense").await[..2], ["u4", "u3"]);

    for mistake in ["from=x", "to=1.234", "from=2&to=1", "from=-1"] {
        let page = admin.get(&format!("/admin/wallets/?{mistake}")).await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("field__error"), "{mistake}");
    }
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn every_page_of_every_list_goes_on_where_the_last_one_ended() {
    let admin = Admin::spawn().await;
    admin
        .execute(
            // Many of the same time and balance: the number of the wallet decides.
            "INSERT INTO users (username, email, password_hash, wallet_id)
             SELECT 'user' || n, 'user' || n || '@example.com', '', gen_random_uuid() FROM generate_series(1, 120) n;
             INSERT INTO wallets (id, user_id, balance, created_at)
             SELECT wallet_id, id, id % 2, '2026-01-01Z' FROM users WHERE username LIKE 'user%'",
        )
        .await;
    for query in [
        "sort=newest",
        "sort=oldest",
        "sort=latest",
        "sort=richest",
        "sort=poorest",
        "sort=newest&from=0",
        "q=user&sort=richest",
        "q=user&sort=oldest",
    ] {
        let mut address = Some(format!("/admin/wallets/?{query}"));
        let mut seen = Vec::new();
        let mut pages = 0;
        while let Some(here) = address {
            let page = admin.get(&here).await;
            seen.extend(owners(&page.body).into_iter().map(str::to_owned));
            address = next(&page.body);
            pages += 1;
        }
        seen.retain(|name| name.starts_with("user"));
        let all = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!((all, seen.len(), pages), (120, 120, 5), "{query}");
    }
    for made_up in [
        "x",
        "1_",
        "99999999999999999_00000000000000000000000000000000",
        "-9223372036854775808_00000000000000000000000000000000",
    ] {
        let page = admin.get(&format!("/admin/wallets/?after={made_up}")).await;
        assert_eq!(page.status, 200, "{made_up}");
    }
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_search_that_finds_too_many_says_so() {
    let admin = Admin::spawn().await;
    admin
        .execute(
            "INSERT INTO users (username, email, password_hash, wallet_id)
             SELECT 'user' || n, 'user' || n || '@example.com', '', gen_random_uuid() FROM generate_series(1, 1001) n;
             INSERT INTO wallets (id, user_id) SELECT wallet_id, id FROM users WHERE username LIKE 'user%'",
        )
        .await;
    let cut = "Совпадений слишком много";
    assert!(admin.get("/admin/wallets/?q=user").await.body.contains(cut));
    let nothing = admin.get("/admin/wallets/?q=user&from=1").await;
    assert!(nothing.body.contains(cut) && nothing.body.contains("Таких кошельков нет"));
    assert!(
        !admin
            .get("/admin/wallets/?q=user9")
            .await
            .body
            .contains(cut)
    );
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn whatever_is_typed_into_the_search_is_only_a_text() {
    let admin = Admin::spawn().await;
    admin.app.wallet("alice").await;
    for text in [
        "%",
        "_",
        "a%",
        "ali_e",
        r"\",
        "'",
        "' OR 1=1 --",
        "\"",
        "'; DROP TABLE wallets; --",
        "$1",
        "a\u{10ffff}",
        "<script>alert(1)</script>",
        "\u{1}",
        "😀",
    ] {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("q", text), ("from", text), ("sort", text), ("after", text)])
            .finish();
        let page = admin.get(&format!("/admin/wallets/?{query}")).await;
        assert_eq!(page.status, 200, "{text}");
        assert!(!page.body.contains("<script>alert"));
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("q", text)
            .finish();
        if text != "\u{1}" {
            assert_eq!(found(&admin, &query).await, [""; 0], "{text}");
        }
    }
    assert_eq!(found(&admin, "q=ali").await, ["alice"]);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_wallet_s_page_shows_its_ledger_page_by_page_and_activates_no_actor() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    let page = page_of(&wallet);
    let empty = admin.get(&page).await;
    assert!(empty.body.contains("Операций ещё не было"));
    let actor = format!("{page}actor/");
    assert!(empty.body.contains(&actor), "{}", empty.body);
    let id = wallet.split('/').nth(3).unwrap();
    admin
        .execute(&format!(
            "INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after)
             SELECT '{id}', n, gen_random_uuid(), 'DEPOSIT', 1, n FROM generate_series(1, 1000) n;
             UPDATE wallets SET balance = 1000, version = 1000 WHERE id = '{id}'"
        ))
        .await;
    let mut address = Some(page.clone());
    let mut rows = 0;
    let mut pages = 0;
    while let Some(here) = address {
        let here = admin.get(here.split('#').next().unwrap()).await;
        rows += here.body.matches("amount amount--in").count();
        address = next(&here.body);
        pages += 1;
    }
    assert_eq!((rows, pages), (1_000, 40));
    assert!(admin.get(&actor).await.body.contains("Не активен"));
    let newest = admin.get(&page).await;
    assert!(
        newest.body.contains("1\u{202f}000,00") && newest.body.contains("на графике не каждая")
    );
    for made_up in ["0", "-1", "x", "9223372036854775808"] {
        let same = admin.get(&format!("{page}?after={made_up}")).await;
        assert_eq!(
            (same.status, same.body.matches("amount--in").count()),
            (200, 25),
            "{made_up}"
        );
    }

    admin.app.deposit(&wallet, "1.00").await;
    let awake = admin.get(&actor).await;
    assert!(
        awake.body.contains("Ждёт") || awake.body.contains("Отдыхает"),
        "{}",
        awake.body
    );
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_is_no_wallet_is_not_found() {
    let admin = Admin::spawn().await;
    for path in [
        "00000000-0000-0000-0000-000000000000/",
        "00000000-0000-0000-0000-000000000000/operations.csv",
        "00000000-0000-0000-0000-000000000000/actor/",
        "x/",
        "00000000000000000000000000000000/",
        "'/",
    ] {
        let page = admin.get(&format!("/admin/wallets/{path}")).await;
        assert_eq!(page.status, 404, "{path}");
    }
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn the_pages_speak_both_languages() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    admin.app.deposit(&wallet, "1234.50").await;
    let page = page_of(&wallet);
    let russian = admin.get(&page).await.body;
    assert!(russian.contains("Баланс во времени") && russian.contains("1\u{202f}234,50"));
    admin
        .cookies
        .borrow_mut()
        .insert("wallet_lang".to_owned(), "en".to_owned());
    let english = admin.get(&page).await.body;
    assert!(english.contains("Balance over time") && english.contains("1\u{202f}234.50"));
    assert!(
        admin
            .get("/admin/wallets/")
            .await
            .body
            .contains(">Newest</option>")
    );
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn no_index_of_the_panel_s_is_written_by_an_operation() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    for _ in 0..20 {
        admin.app.deposit(&wallet, "1.00").await;
    }
    let database = postgres::connect(&admin.app.database).await;
    // The sessions that wrote tell what they did some time after it.
    let hot = async {
        loop {
            let row = database
                .query_one(
                    "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'wallets'",
                    &[],
                )
                .await
                .unwrap();
            let (all, hot): (i64, i64) = (row.get(0), row.get(1));
            if all >= 20 {
                return (all, hot);
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let (all, hot) = tokio::time::timeout(std::time::Duration::from_secs(60), hot)
        .await
        .unwrap();
    assert_eq!(all, hot, "every update is heap-only");
    admin.app.stop().await.unwrap();
}
