//! The journal of the staff: complete, unchangeable, and found.

use std::time::Duration;

use futures_util::future::join_all;
use uuid::Uuid;
use wallet_engine::config::DatabaseLimits;
use wallet_engine::storage::Database;

use crate::admin::{Admin, Browser, PASSWORD, STAFF};
use crate::keys::in_english;
use crate::postgres;

const PAGE: &str = "/admin/journal/";

/// Without those about signing in.
const ENTRIES: &str = "SELECT coalesce(string_agg(
        concat_ws('|', username, address, action, subject_kind, (details::jsonb)::text), E'\\n' ORDER BY number), '')
    FROM staff_journal WHERE action !~ '^(sign|session)'";

async fn english() -> Admin {
    let admin = Admin::spawn().await;
    in_english(&admin.browser);
    admin
}

async fn text(admin: &Admin, query: &str) -> String {
    let database = postgres::connect(&admin.app.database).await;
    database.query_one(query, &[]).await.unwrap().get(0)
}

async fn number(admin: &Admin, query: &str) -> i64 {
    let database = postgres::connect(&admin.app.database).await;
    database.query_one(query, &[]).await.unwrap().get(0)
}

async fn make_key(browser: &Browser, name: &str) -> u16 {
    let form = Uuid::new_v4().to_string();
    let fields = [("form", &*form), ("name", name), ("scope", "wallets:read")];
    browser.post("/admin/keys/new/make/", &fields).await.status
}

#[actix_web::test]
async fn whatever_staff_change_is_in_the_journal_once() {
    let admin = english().await;
    let path = admin.app.wallet("alice").await;
    let wallet = format!("/admin{}", path.trim_start_matches("/api"));
    let id = number(&admin, "SELECT id FROM users WHERE username = 'alice'").await;
    let alice = format!("/admin/users/{id}/");
    admin.get(&alice).await;
    let edit = |email, seen| {
        [
            ("email", email),
            ("is_active", "on"),
            ("seen_email", seen),
            ("seen_active", "true"),
            ("seen_role", ""),
        ]
    };
    let (old, new) = ("alice@example.com", "new@example.com");
    let edit_path = format!("{alice}edit/");
    assert_eq!(admin.post(&edit_path, &edit(new, old)).await.status, 303);
    // Refused, as it was changed meanwhile, and one that changes nothing.
    assert_eq!(
        admin
            .post(&edit_path, &edit("x@example.com", old))
            .await
            .status,
        409
    );
    assert_eq!(admin.post(&edit_path, &edit(new, new)).await.status, 303);
    let password = [("password", PASSWORD), ("repeated", PASSWORD)];
    admin.post(&format!("{alice}password/"), &password).await;
    admin.post(&format!("{alice}tokens/"), &[]).await;
    assert_eq!(make_key(&admin, "shop").await, 200);
    assert_eq!(make_key(&admin, "shop").await, 200);
    assert_eq!(make_key(&admin, "shop").await, 409, "two are live");
    admin.post("/admin/keys/1/revoke/confirm/", &[]).await;
    assert_eq!(
        admin
            .post("/admin/keys/1/revoke/confirm/", &[])
            .await
            .status,
        409
    );
    let form = Uuid::new_v4().to_string();
    let webhook = [
        ("form", &*form),
        ("url", "https://hooks.example.com/?token=hidden"),
    ];
    assert_eq!(
        admin
            .post("/admin/webhooks/new/make/", &webhook)
            .await
            .status,
        200
    );
    assert_eq!(
        admin
            .post("/admin/webhooks/new/make/", &webhook)
            .await
            .status,
        409,
        "sent twice"
    );
    let webhook = text(&admin, "SELECT id::text FROM webhooks").await;
    admin
        .post(
            &format!("/admin/webhooks/{webhook}/switch/"),
            &[("enabled", "false")],
        )
        .await;
    admin
        .post(&format!("/admin/webhooks/{webhook}/delete/confirm/"), &[])
        .await;
    admin.get(&format!("{wallet}operations.csv")).await;
    admin.get(&format!("{wallet}statement.csv")).await;
    admin.post("/admin/audit/", &[]).await;

    let entries = text(&admin, ENTRIES).await;
    let expected = [
        r#"user_edited|user|{"email_new": "new@example.com", "email_old": "alice@example.com"}"#,
        "password_set|user|{}",
        "tokens_ended|user|{}",
        r#"key_made|key|{"name": "shop", "scopes": "wallets:read"}"#,
        r#"key_made|key|{"name": "shop", "scopes": "wallets:read"}"#,
        r#"key_revoked|key|{"name": "shop"}"#,
        r#"webhook_made|webhook|{"url": "https://hooks.example.com/"}"#,
        r#"webhook_changed|webhook|{"enabled": "false"}"#,
        r#"webhook_deleted|webhook|{"url": "https://hooks.example.com/"}"#,
        r#"export|wallet|{"what": "ledger"}"#,
    ];
    let mut lines = entries.lines();
    for expected in expected {
        assert_eq!(
            lines.next(),
            Some(&*format!("{STAFF}|127.0.0.1|{expected}")),
            "{entries}"
        );
    }
    assert!(lines.next().unwrap().contains("|export|wallet|"));
    assert_eq!(
        lines.next(),
        Some(&*format!("{STAFF}|127.0.0.1|audit|{{}}"))
    );
    assert_eq!(lines.next(), None, "{entries}");
    assert!(!entries.contains("hidden") && !entries.contains(PASSWORD));
    let shown = admin.get(PAGE).await.body;
    assert!(shown.contains("Complete: no number is missing."), "{shown}");
    for what in [
        "password set",
        "key made",
        "webhook deleted",
        "audit started",
    ] {
        assert!(shown.contains(what), "{what}");
    }
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn numbers_have_no_gaps_however_many_write_at_once_and_fail() {
    let admin = Admin::spawn().await;
    admin.get("/admin/keys/new/").await;
    let others = join_all((0..4).map(|_| async {
        let other = admin.other_browser();
        other.sign_in(STAFF, PASSWORD).await;
        other.get("/admin/keys/new/").await;
        other
    }))
    .await;
    let browsers: Vec<&Browser> = others.iter().chain([&admin.browser]).collect();
    // Of each name two can be made, and the others' transactions end without an entry.
    let made = join_all((0..40).map(|n| {
        let browser = browsers[n % browsers.len()];
        make_key(browser, ["a", "b", "c", "d"][n % 4])
    }))
    .await;
    let made = made.iter().filter(|status| **status == 200).count();
    assert_eq!(made, 8);
    let keys = "SELECT count(*) FROM staff_journal WHERE action = 'key_made'";
    assert_eq!(number(&admin, keys).await, 8);
    let gaps = "SELECT max(number) - count(*) + min(number) - 1 FROM staff_journal";
    assert_eq!(number(&admin, gaps).await, 0);
    let disorder = "SELECT count(*) FROM (SELECT at < lag(at) OVER (ORDER BY number) AS is_back FROM staff_journal) j
                    WHERE is_back";
    assert_eq!(number(&admin, disorder).await, 0);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn nothing_changes_an_entry_and_one_that_is_missing_is_told() {
    let admin = english().await;
    for name in ["a", "b", "c"] {
        make_key(&admin, name).await;
    }
    let database = postgres::connect(&admin.app.database).await;
    for attempt in [
        "UPDATE staff_journal SET username = 'nobody'",
        "DELETE FROM staff_journal",
        "DELETE FROM staff_journal WHERE number = 2",
        "TRUNCATE staff_journal",
    ] {
        let refused = database.batch_execute(attempt).await.unwrap_err();
        assert!(refused.to_string().contains("db error"), "{refused:?}");
        let message = refused.as_db_error().unwrap().message();
        assert!(message.contains("never changed or deleted"), "{message}");
    }
    assert!(admin.get(PAGE).await.body.contains("Complete"));
    // Whoever owns the tables can, and is found out.
    let removed = "ALTER TABLE staff_journal DISABLE TRIGGER staff_journal_keep;
                   DELETE FROM staff_journal WHERE number = (SELECT max(number) FROM staff_journal);
                   ALTER TABLE staff_journal ENABLE TRIGGER staff_journal_keep";
    database.batch_execute(removed).await.unwrap();
    let shown = admin.get(PAGE).await.body;
    assert!(shown.contains("1 entry is missing"), "{shown}");
    make_key(&admin, "d").await;
    let shown = admin.get(PAGE).await.body;
    assert!(
        shown.contains("1 entry is missing"),
        "the next one does not take its place"
    );
    let limits = DatabaseLimits::of(Duration::from_secs(20));
    let database = Database::new(&admin.app.database, 1, 1, &limits).unwrap();
    let audit = database.audit().await.unwrap();
    let breaches: Vec<_> = audit.breaches.iter().map(ToString::to_string).collect();
    assert_eq!(
        breaches,
        ["the journal of the staff: 1 entries are missing"]
    );
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn entries_are_found_by_person_day_subject_and_action() {
    let admin = english().await;
    let olga = admin.staff("Olga", "supervisor").await;
    in_english(&olga);
    make_key(&admin, "first").await;
    make_key(&olga, "second").await;
    admin.post("/admin/keys/1/revoke/confirm/", &[]).await;
    let found = async |query: &str| {
        let shown = admin.get(&format!("{PAGE}?{query}")).await;
        assert_eq!(shown.status, 200, "{query}");
        let rows = shown.body.matches(r#"<td data-label="Details">"#).count();
        (rows, shown.body)
    };
    assert_eq!(found("action=key_made").await.0, 2);
    let (rows, shown) = found("action=key_made&who=OLGA").await;
    assert_eq!((rows, shown.contains("second")), (1, true), "{shown}");
    assert_eq!(found("action=key_made&subject=1").await.0, 1);
    assert_eq!(found("subject=1&who=olga").await.0, 0);
    let about_one = found("subject=1").await.1;
    assert!(about_one.contains("key revoked") && about_one.contains("first"));
    let today = text(
        &admin,
        "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
    )
    .await;
    assert_eq!(
        found(&format!("action=key_made&from={today}&to={today}"))
            .await
            .0,
        2
    );
    for query in ["to=2020-01-01", "from=2999-01-01"] {
        let (rows, shown) = found(query).await;
        assert_eq!(rows, 0, "{query}");
        assert!(shown.contains("No entry was found."));
    }
    let (_, shown) = found("from=x&to=2026-02-30").await;
    assert_eq!(shown.matches("field__error").count(), 2);
    for odd in [
        "who=%27%22%3E%3Cscript%3E",
        "subject=%FF",
        "action=nothing",
        "after=-1",
    ] {
        let (_, shown) = found(odd).await;
        assert!(!shown.contains("<script>"), "{odd}");
    }

    let fill =
        "SELECT count(staff_journal_write(NULL, 'robot', NULL, 'export', NULL, NULL, NULL, '{}'))
                FROM generate_series(1, 120)";
    assert_eq!(number(&admin, fill).await, 120);
    let (rows, first) = found("who=robot").await;
    assert_eq!(rows, 50);
    let (_, rest) = first.split_once("after=").unwrap();
    let after = rest.split('"').next().unwrap();
    let (rows, _) = found(&format!("who=robot&after={after}")).await;
    assert_eq!(rows, 50);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_search_reads_an_index_however_long_the_journal_is() {
    let client = postgres::connect(&postgres::database().await).await;
    client
        .batch_execute(
            "INSERT INTO staff_journal (number, at, staff_id, username, address, action, subject_kind, subject, details)
             SELECT n, timestamptz '2026-01-01' + n * interval '1 second', n % 50, 'staff' || n % 5000, '192.0.2.1', 'export',
                 'wallet', md5(n::text), '{}'
             FROM generate_series(1, 200000) n;
             UPDATE staff_journal_last SET number = 200000;
             ANALYZE staff_journal",
        )
        .await
        .unwrap();
    for (name, parameters, index) in [
        (
            "staff_journal_page",
            "(NULL, '2026-01-02', '2026-01-03', NULL, 51)",
            "staff_journal_pkey",
        ),
        (
            "staff_journal_of_username",
            "(NULL, NULL, NULL, NULL, 51, 'STAFF7')",
            "staff_journal_username",
        ),
        (
            "staff_journal_of_subject",
            "(NULL, NULL, NULL, NULL, 51, 'x', NULL)",
            "staff_journal_subject",
        ),
        ("staff_journal_after", "(100, 500)", "staff_journal_pkey"),
    ] {
        let file = format!("{}/sql/queries/{name}.sql", env!("CARGO_MANIFEST_DIR"));
        let statement = std::fs::read_to_string(file).unwrap();
        let prepared = format!("DEALLOCATE ALL; PREPARE q AS {statement}");
        client.batch_execute(&prepared).await.unwrap();
        let explain = format!("EXPLAIN EXECUTE q{parameters}");
        let rows = client.simple_query(&explain).await.unwrap();
        let plan: Vec<_> = rows
            .iter()
            .filter_map(|row| match row {
                tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0),
                _ => None,
            })
            .collect();
        let plan = plan.join("\n");
        assert!(
            plan.contains(index) && !plan.contains("Seq Scan"),
            "{name}\n{plan}"
        );
    }
}
