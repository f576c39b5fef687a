//! The overview: figures that are right, and what it says when they cannot be had.

use std::future::Future;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio_postgres::Client;
use wallet_engine::config::MetricsConfig;

use crate::admin::{Admin, Answer, PASSWORD, STAFF};
use crate::postgres;

const PATIENCE: Duration = Duration::from_secs(60);
const LIVE: &str = "/admin/overview/live/";
const ENGINE: &str = "/admin/engine/live/";
const COUNT_OPERATIONS: &str = include_str!("../../sql/queries/admin_overview_operations.sql");

/// Signed in, in English, after `before`: what is counted is kept for a while.
async fn after<F: Future<Output = ()>>(before: impl FnOnce(Admin) -> F) {
    let admin = Admin::spawn_signed_out().await;
    let lang = ("wallet_lang".to_owned(), "en".to_owned());
    admin.browser.cookies.borrow_mut().extend([lang]);
    before(admin).await;
}

/// The text of the page without its tags, each piece on a line of its own.
pub fn text(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let mut text = String::new();
    for piece in answer.body.split('<').skip(1) {
        let (_, piece) = piece.split_once('>').unwrap_or_default();
        if !piece.trim().is_empty() {
            text.push_str(piece.trim());
            text.push('\n');
        }
    }
    text
}

/// What stands behind the name.
fn value_of<'a>(text: &'a str, name: &str) -> &'a str {
    let mut lines = text.lines().skip_while(|line| *line != name);
    lines
        .nth(1)
        .unwrap_or_else(|| panic!("{name} is not in\n{text}"))
}

/// Looks until the page says it.
pub async fn until_shown(admin: &Admin, what: &str) -> String {
    let look = async {
        loop {
            let text = text(&admin.get(LIVE).await);
            if text.contains(what) {
                return text;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let found = tokio::time::timeout(Duration::from_secs(60), look).await;
    found.unwrap_or_else(|_| panic!("the page never has {what}"))
}

#[actix_web::test]
async fn users_wallets_balances_and_operations_are_counted() {
    after(async |admin| {
        let app = &admin.app;
        let (quiet, busy) = (app.wallet("quiet").await, app.wallet("busy").await);
        app.deposit(&quiet, "0.10").await;
        for _ in 0..4 {
            app.deposit(&busy, "1000.00").await;
        }
        app.withdraw(&busy, "0.05").await;
        let yesterday = "UPDATE operations SET created_at = created_at - interval '1 day'
                         WHERE wallet_id = (SELECT wallet_id FROM users WHERE username = 'quiet')";
        admin.execute(yesterday).await;
        admin.sign_in(STAFF, PASSWORD).await;

        let page = text(&admin.get("/admin/").await);
        assert_eq!(value_of(&page, "Total balance"), "4\u{202f}000.05");
        assert_eq!(value_of(&page, "Operations today"), "5");
        assert!(page.contains("6 in total"), "{page}");
        let users = page.split("Users\n").nth(2).unwrap();
        assert!(users.starts_with("3\n"), "{page}");
        admin.app.stop().await.unwrap();
    })
    .await;
}

#[actix_web::test]
async fn the_hottest_wallet_comes_first_with_a_link_and_refusals_have_their_reason() {
    after(async |admin| {
        let app = &admin.app;
        let (warm, hot) = (app.wallet("warm").await, app.wallet("hot").await);
        app.deposit(&warm, "1.00").await;
        for _ in 0..3 {
            app.deposit(&hot, "2.00").await;
        }
        app.withdraw(&warm, "5.00").await;
        app.withdraw(&warm, "5.00").await;
        admin.sign_in(STAFF, PASSWORD).await;

        let began = Instant::now();
        let live = loop {
            let live = admin.get(LIVE).await;
            // The engine reports itself every few seconds.
            if live.body.matches("href=\"/admin/wallets/").count() == 2 {
                break live;
            }
            assert!(began.elapsed() < PATIENCE, "{}", live.body);
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        let links = live.body.split("href=\"/admin/wallets/").skip(1);
        for (link, wallet) in links.zip([&hot, &warm]) {
            assert!(link.starts_with(wallet.trim_start_matches("/api/wallets/")));
        }
        let text = text(&live);
        assert_eq!(value_of(&text, "Insufficient funds"), "2");
        assert_eq!(value_of(&text, "Wallet not found"), "0");
        admin.app.stop().await.unwrap();
    })
    .await;
}

#[actix_web::test]
async fn a_hot_wallet_that_moved_to_another_thread_shows_all_its_operations() {
    let admin = Admin::spawn_with(|config| {
        config.server.workers = 2;
        config.metrics = MetricsConfig::At("127.0.0.1:0".parse().unwrap());
    })
    .await;
    let wallet = admin.app.wallet("hot").await;
    let deposit = admin.app.url(&format!("{wallet}operation/"));
    let body = json!({"operationType": "DEPOSIT", "amount": "1.00"});
    // Two connections that follow each other are of different threads, so one of them is not where the actor is.
    for _ in 0..2 {
        let connection = reqwest::Client::new();
        for _ in 0..150 {
            let answer = connection.post(&deposit).json(&body).send().await.unwrap();
            assert_eq!(answer.status(), 200);
        }
    }
    let metrics = format!("http://{}/metrics", admin.app.metrics.unwrap());
    let metrics = reqwest::get(metrics).await.unwrap().text().await.unwrap();
    let spawned = metrics
        .lines()
        .find_map(|line| line.strip_prefix("wallet_engine_actors_spawned_total "));
    assert!(
        spawned.unwrap().parse::<u32>().unwrap() >= 2,
        "it never moved"
    );

    let id = wallet.trim_matches('/').rsplit('/').next().unwrap();
    until_shown(&admin, &format!("\n{id}\n300\n")).await;
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn engine_committers_and_database_tell_how_they_are() {
    after(async |admin| {
        let wallet = admin.app.wallet("user").await;
        admin.app.deposit(&wallet, "1.00").await;
        admin.sign_in(STAFF, PASSWORD).await;
        let overview = text(&admin.get(LIVE).await);
        let here = format!(":{}", admin.app.address.port());
        for expected in [
            &here,
            "accepts operations",
            "responds",
            "confirmed operations survive",
        ] {
            assert!(overview.contains(expected), "{expected}: {overview}");
        }
        assert_eq!(value_of(&overview, "Replication"), "none");
        assert!(
            value_of(&overview, "Size of the database").ends_with("MiB"),
            "{overview}"
        );
        assert!(!overview.contains("Committer"), "{overview}");
        let engine = text(&admin.get(ENGINE).await);
        for expected in [&here, "accepts operations", "idle"] {
            assert!(engine.contains(expected), "{expected}: {engine}");
        }
        assert_eq!(
            value_of(&engine, "Operations waiting"),
            "0 of 20\u{202f}000"
        );
        assert!(
            value_of(&engine, "Commit, median").ends_with(" ms"),
            "{engine}"
        );
        admin.app.stop().await.unwrap();
    })
    .await;
}

#[actix_web::test]
async fn what_was_done_lately_is_drawn() {
    after(async |admin| {
        admin.sign_in(STAFF, PASSWORD).await;
        let wallet = admin.app.wallet("user").await;
        for _ in 0..5 {
            admin.app.deposit(&wallet, "1.00").await;
        }
        // The next sample tells of them, if they fell between two.
        let drawn = async {
            while !admin.get(LIVE).await.body.contains("median: ") {
                admin.app.deposit(&wallet, "1.00").await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), drawn)
            .await
            .unwrap();
        for (address, charts) in [(LIVE, 2), (ENGINE, 3)] {
            let live = admin.get(address).await;
            let drawn = live.body.matches("<svg class=\"chart__picture").count();
            assert_eq!(drawn, charts);
            assert!(!live.body.contains("style="), "{}", live.body);
        }
        // One after the other, each is a commit of its own.
        let sizes = async {
            while !text(&admin.get(ENGINE).await).contains("average\n1\n99th percentile\n1\n") {
                admin.app.deposit(&wallet, "1.00").await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), sizes)
            .await
            .unwrap();
        admin.app.stop().await.unwrap();
    })
    .await;
}

#[actix_web::test]
async fn only_staff_see_the_part_that_refreshes_and_it_is_no_page_of_its_own() {
    let admin = Admin::spawn().await;
    let stranger = admin.other_browser().get(LIVE).await;
    assert_eq!(
        stranger.location(),
        "/admin/sign-in/?next=%2Fadmin%2Foverview%2Flive%2F"
    );
    let engine = admin.other_browser().get(ENGINE).await;
    assert!(
        engine.location().starts_with("/admin/sign-in/"),
        "{engine:?}"
    );
    assert!(!admin.get(ENGINE).await.body.contains("<html"));
    let live = admin.get(LIVE).await;
    assert_eq!(live.status, 200);
    assert!(!live.body.contains("<html"), "{}", live.body);
    assert_eq!(live.header("cache-control"), "no-store");
    assert!(
        live.header("content-security-policy")
            .starts_with("default-src 'none'")
    );
    admin.execute("UPDATE users SET is_staff = false").await;
    assert_eq!(admin.get(LIVE).await.status, 403);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_count_that_does_not_come_back_holds_up_no_page_and_is_told_when_it_failed() {
    after(async |admin| {
        let locker = postgres::connect(&admin.app.database).await;
        lock_wallets(&locker).await;
        admin.sign_in(STAFF, PASSWORD).await;
        let page = text(&admin.get("/admin/").await);
        assert!(page.contains("being counted"), "{page}");
        let failed = until_shown(&admin, "The last count failed").await;
        assert!(
            failed.contains("not counted") && !failed.contains("being counted"),
            "{failed}"
        );
        let russian = ("wallet_lang".to_owned(), "ru".to_owned());
        admin.browser.cookies.borrow_mut().extend([russian]);
        let failed = text(&admin.get("/admin/").await);
        assert!(
            failed.contains("не подсчитано") && !failed.contains("подсчитывается"),
            "{failed}"
        );
        locker.batch_execute("ROLLBACK").await.unwrap();
        admin.app.stop().await.unwrap();
    })
    .await;
}

async fn lock_wallets(client: &Client) {
    let lock = "BEGIN; LOCK TABLE wallets IN ACCESS EXCLUSIVE MODE";
    client.batch_execute(lock).await.unwrap();
}

#[actix_web::test]
async fn without_a_database_no_session_is_found_and_the_page_reports_it() {
    let admin = Admin::spawn().await;
    assert_eq!(admin.get(LIVE).await.status, 200);
    let name = admin.app.database.get_dbname().unwrap().to_owned();
    let mut elsewhere = admin.app.database.clone();
    let administrator = postgres::connect(elsewhere.dbname("postgres")).await;
    let shut = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false");
    administrator.batch_execute(&shut).await.unwrap();
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
    administrator.execute(end, &[&name]).await.unwrap();

    let away = admin.get(LIVE).await;
    assert_eq!(away.status, 503, "{}", away.body);
    assert_eq!(away.header("retry-after"), "1");

    let open = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true");
    administrator.batch_execute(&open).await.unwrap();
    let back = async {
        while admin.get(LIVE).await.status != 200 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), back)
        .await
        .unwrap();
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_happened_today_is_counted_without_reading_the_ledger() {
    let database = postgres::connect(&postgres::database().await).await;
    // In the order of time, as the ledger is written.
    database
        .batch_execute(
            "INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, created_at)
             SELECT gen_random_uuid(), 1, gen_random_uuid(), 'DEPOSIT', 1, 1,
                    timestamptz '2026-01-01' + n * interval '10 seconds'
             FROM generate_series(1, 200000) AS n;
             SELECT brin_summarize_new_values('operations_created_at');
             ANALYZE operations",
        )
        .await
        .unwrap();
    let from = "timestamptz '2026-01-23'";
    let query = COUNT_OPERATIONS
        .replace("$1", from)
        .replace("$2", &format!("({from} + interval '1 hour')"));
    let counted = database.query_one(&query, &[]).await.unwrap();
    assert_eq!(counted.get::<_, i64>(0), 360);
    let explain = format!("EXPLAIN (ANALYZE, BUFFERS) {query}");
    let plan: Vec<String> = database
        .query(&explain, &[])
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    let plan = plan.join("\n");
    assert!(
        plan.contains("Bitmap Index Scan on operations_created_at"),
        "{plan}"
    );
    assert!(!plan.contains("Seq Scan"), "{plan}");
}
