//! The panel on a distributed database: every page says what it said before the wallets were distributed.

use std::collections::BTreeMap;

use serde_json::json;
use testkit::distributed::{Cluster, ClusterDatabase};
use time::OffsetDateTime;
use tokio_postgres::Client;
use wallet_engine::storage::admin::OverviewTotals;

use crate::admin::Admin;
use crate::postgres;

/// What staff look at; the parts in braces are of the ledger that [`Ledger::make`] makes.
const PAGES: [&str; 36] = [
    "/admin/wallets/",
    "/admin/wallets/?sort=oldest",
    "/admin/wallets/?sort=richest",
    "/admin/wallets/?from=1&to=50",
    "/admin/wallets/?q=pay",
    "/admin/wallets/?q=merchant@example.com",
    "/admin/wallets/?q={payer}",
    "/admin/wallets/?q={prefix}",
    "/admin/wallets/?q=nobody",
    "/admin/wallets/?state=held",
    "/admin/wallets/?state=frozen",
    "/admin/wallets/?state=closed",
    "/admin/wallets/?state=frozen&q=frozen",
    "/admin/wallets/{payer}/",
    "/admin/wallets/{merchant}/",
    "/admin/wallets/{frozen}/",
    "/admin/wallets/{payer}/operations/",
    "/admin/wallets/{payer}/operations/?kind=TRANSFER_OUT",
    "/admin/wallets/{payer}/operations/2/",
    "/admin/wallets/{merchant}/operations/1/",
    "/admin/wallets/{payer}/holds/",
    "/admin/wallets/{payer}/holds/{hold}/",
    "/admin/wallets/{frozen}/rules/",
    "/admin/wallets/{payer}/operations.csv",
    "/admin/wallets/{merchant}/operations.csv",
    "/admin/wallets/00000000-0000-4000-8000-000000000000/",
    "/admin/users/",
    "/admin/users/?q=pay",
    "/admin/users/{user}/",
    "/admin/operations/",
    "/admin/operations/?kind=DEPOSIT&from=2020-01-01&to=2100-01-01",
    "/admin/operations/?other={payer}",
    "/admin/operations/?wallet={payer}&other={merchant}",
    "/admin/operations/?reference=rent",
    "/admin/operations.csv",
    "/admin/approvals/",
];
/// Statements of the same wallet, in every format.
const FORMATS: [&str; 4] = ["json", "csv", "ofx", "camt053"];

/// The present, as the API takes it.
const NOW: &str = r#"SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"#;

/// What was there before the wallets were distributed.
struct Ledger {
    payer: String,
    merchant: String,
    frozen: String,
    user: String,
    hold: String,
    /// When all of it was made.
    made_at: String,
}

impl Ledger {
    /// Deposits, a withdrawal, a transfer, a hold, rules, an adjustment and a proposal.
    async fn make(admin: &Admin) -> Self {
        let app = &admin.app;
        let [payer, merchant, frozen] = [
            app.wallet("payer").await,
            app.wallet("merchant").await,
            app.wallet("frozen").await,
        ];
        assert_eq!(app.deposit(&payer, "100.00").await.0, 200);
        assert_eq!(app.withdraw(&payer, "1.25").await.0, 200);
        let transfer = json!({"to": id_of(&merchant), "amount": "12.50", "reference": "the rent"});
        let sent = app.post(&format!("{payer}transfers/"), &transfer).await;
        assert_eq!(sent.0, 201, "{sent:?}");
        let hold = json!({"amount": "10.00", "expires_in": 86_400, "reference": "a room"});
        let placed = app.post(&format!("{payer}holds/"), &hold).await;
        assert_eq!(placed.0, 201, "{placed:?}");
        adjust(admin, &payer, "WITHDRAW", "2.00").await;
        adjust(admin, &merchant, "DEPOSIT", "3.00").await;
        let rules = json!({"debits": "frozen", "reason": "a lost card"});
        let rules = app
            .http
            .patch(app.url(&format!("{frozen}rules/")))
            .json(&rules);
        assert_eq!(rules.send().await.unwrap().status(), 200);
        let operator = admin.staff("olga", "operator").await;
        let key = key_in(&operator.get(&page_of(&payer)).await.body);
        let proposed = [
            ("key", &*key),
            ("kind", "DEPOSIT"),
            ("amount", "5000"),
            ("reason", "a large one"),
        ];
        let address = format!("{}adjustment/", page_of(&payer));
        let proposed = operator.post_confirmed(&address, &proposed).await;
        assert!(proposed.location().starts_with("/admin/approvals/"));
        let client = postgres::connect(&app.database).await;
        let user = "SELECT id::text FROM users WHERE username = 'payer'";
        Self {
            user: client.query_one(user, &[]).await.unwrap().get(0),
            made_at: client.query_one(NOW, &[]).await.unwrap().get(0),
            hold: placed.1["id"].to_string().trim_matches('"').to_owned(),
            payer,
            merchant,
            frozen,
        }
    }

    fn pages(&self) -> Vec<String> {
        let pages = PAGES.iter().map(|page| {
            page.replace("{payer}", id_of(&self.payer))
                .replace("{merchant}", id_of(&self.merchant))
                .replace("{frozen}", id_of(&self.frozen))
                .replace("{prefix}", &id_of(&self.payer)[..8])
                .replace("{user}", &self.user)
                .replace("{hold}", &self.hold)
        });
        pages.collect()
    }

    /// Everything that pages and statements say, by their addresses.
    async fn told(&self, admin: &Admin) -> BTreeMap<String, String> {
        let mut told = BTreeMap::new();
        // The first page shows what the last form came to.
        admin.get("/admin/").await;
        for page in self.pages() {
            let answer = admin.get(&page).await;
            told.insert(page, format!("{} {}", answer.status, lasting(&answer.body)));
        }
        for format in FORMATS {
            let period = format!("from=2020-01-01T00:00:00Z&to={}", self.made_at);
            let path = format!("{}statement/?{period}&format={format}", self.payer);
            let answer = admin.app.http.get(admin.app.url(&path)).send().await;
            let answer = answer.unwrap();
            let status = answer.status();
            let body = answer.text().await.unwrap();
            assert_eq!(status, 200, "{path}: {body}");
            told.insert(path, body);
        }
        told
    }
}

#[actix_web::test]
async fn every_page_and_statement_says_what_it_said_before_the_wallets_were_distributed() {
    let Some(cluster) = Cluster::given().await else {
        return;
    };
    let database = cluster.plain_database().await;
    let admin = Admin::on(database.serve(|_| {}).await).await;
    let ledger = Ledger::make(&admin).await;
    let before = ledger.told(&admin).await;
    let totals = overview(&admin, &database).await;
    admin.app.stop().await.unwrap();

    distribute(&database).await;
    let admin = Admin::on(database.serve(|_| {}).await).await;
    let mut differ = Vec::new();
    for (page, after) in ledger.told(&admin).await {
        if before[&page] != after {
            differ.push(format!("{page}\n{}", difference(&before[&page], &after)));
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
    assert_eq!(overview(&admin, &database).await, totals);
    assert_audited(&admin).await;
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn staff_adjust_propose_and_decide_as_on_one_server() {
    let Some(cluster) = Cluster::given().await else {
        return;
    };
    let database = cluster.distributed_database(8).await;
    let admin = Admin::on(database.serve(|_| {}).await).await;
    let ledger = Ledger::make(&admin).await;
    let page = admin.get(&page_of(&ledger.payer)).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("goodwill"), "{}", page.body);
    let client = postgres::connect(&admin.app.database).await;
    let proposal = "SELECT '/admin/approvals/' || id || '/approve/' FROM approvals";
    let proposal: String = client.query_one(proposal, &[]).await.unwrap().get(0);
    let approved = admin.post(&proposal, &[]).await;
    assert_eq!(approved.status, 303, "{}", approved.body);
    assert_eq!(admin.app.balance(&ledger.payer).await, "5084.25");
    let journal = admin.get("/admin/journal/").await;
    assert_eq!(journal.status, 200, "{}", journal.body);
    assert!(journal.body.contains("goodwill"), "{}", journal.body);

    // What a registration may not have is refused as on one server, more often than PostgreSQL plans its statement anew.
    for n in 0..12 {
        let body = json!({"username": "payer", "email": format!("{n}@example.com"), "password": crate::admin::PASSWORD});
        let (status, answer) = admin.app.post("/api/register/", &body).await;
        assert_eq!((status, answer.get("username").is_some()), (400, true));
        admin.app.wallet(&format!("another{n}")).await;
    }
    assert_audited(&admin).await;
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn an_audit_finds_on_several_nodes_what_it_finds_on_one() {
    let Some(cluster) = Cluster::given().await else {
        return;
    };
    let database = cluster.plain_database().await;
    let admin = Admin::on(database.serve(|_| {}).await).await;
    let ledger = Ledger::make(&admin).await;
    break_it(&postgres::connect(&admin.app.database).await, &ledger).await;
    let before = breaches(&database).await;
    assert!(before.len() > 6, "{before:?}");
    admin.app.stop().await.unwrap();

    distribute(&database).await;
    assert_eq!(breaches(&database).await, before);
}

/// Distributes the wallets of an engine that has stopped, which was seen a moment ago.
async fn distribute(database: &ClusterDatabase) {
    let client = database.connect().await;
    client.batch_execute("DELETE FROM engines").await.unwrap();
    database.engine().distribute(Some(8)).await.unwrap();
}

/// Breaks something of each kind that an audit finds.
async fn break_it(client: &Client, ledger: &Ledger) {
    let Ledger {
        payer,
        merchant,
        frozen,
        ..
    } = ledger;
    let [payer, merchant, frozen] = [payer, merchant, frozen].map(|wallet| id_of(wallet));
    let broken = format!(
        "UPDATE wallets SET balance = balance + 1 WHERE id = '{frozen}';
         UPDATE wallets SET version = version + 1 WHERE id = '{merchant}';
         UPDATE operations SET other_seq = 99 WHERE wallet_id = '{merchant}' AND other_wallet IS NOT NULL;
         UPDATE holds SET remaining = remaining - 1 WHERE wallet_id = '{payer}';
         UPDATE operations SET created_at = created_at + interval '1 day' WHERE wallet_id = '{payer}' AND seq = 1;
         INSERT INTO users (username, email, password_hash, wallet_id) VALUES ('bare', 'bare@example.com', '', gen_random_uuid());
         INSERT INTO wallets (id, user_id) VALUES ('11111111-1111-4111-8111-111111111111', 4711);
         INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after)
             VALUES ('22222222-2222-4222-8222-222222222222', 1, gen_random_uuid(), 'DEPOSIT', 1, 1)"
    );
    client.batch_execute(&broken).await.unwrap();
}

/// What `verify` reports, without what depends on chance.
async fn breaches(database: &ClusterDatabase) -> Vec<String> {
    let audit = postgres::audit(&database.config()).await;
    let mut breaches: Vec<_> = audit.breaches.iter().map(ToString::to_string).collect();
    breaches.sort();
    breaches
}

async fn assert_audited(admin: &Admin) {
    admin.app.audited_operations().await;
    admin.get("/admin/audit/").await;
    let begun = admin.post("/admin/audit/", &[]).await;
    assert_eq!(begun.location(), "/admin/audit/");
    let client = postgres::connect(&admin.app.database).await;
    let ended = "SELECT finished_at IS NOT NULL AS is_over, breaches, error FROM audits ORDER BY id DESC LIMIT 1";
    loop {
        let row = client.query_one(ended, &[]).await.unwrap();
        if row.get("is_over") {
            assert_eq!(row.get::<_, Option<&str>>("error"), None);
            assert_eq!(row.get::<_, i64>("breaches"), 0);
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let page = admin.get("/admin/audit/").await;
    assert_eq!(page.status, 200);
}

/// How much there is, as the overview counts it.
async fn overview(admin: &Admin, database: &ClusterDatabase) -> OverviewTotals {
    let page = admin.get("/admin/").await;
    assert_eq!(page.status, 200, "{}", page.body);
    let engine = database.engine();
    engine.find_distribution().await.unwrap();
    let totals = engine.overview_totals_before(OffsetDateTime::now_utc());
    let totals = totals.await.unwrap();
    assert_eq!(engine.durability_off().await.unwrap(), [""; 0]);
    engine.close().await;
    totals
}

async fn adjust(admin: &Admin, wallet: &str, kind: &str, amount: &str) {
    let key = key_in(&admin.get(&page_of(wallet)).await.body);
    let fields = [
        ("key", &*key),
        ("kind", kind),
        ("amount", amount),
        ("reason", "goodwill"),
    ];
    let address = format!("{}adjustment/", page_of(wallet));
    let adjusted = admin.post_confirmed(&address, &fields).await;
    assert_eq!(adjusted.location(), page_of(wallet), "{}", adjusted.body);
}

/// The key in a page's form.
fn key_in(body: &str) -> String {
    let (_, rest) = body.split_once(r#"name="key" value=""#).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

fn page_of(wallet: &str) -> String {
    wallet.replace("/api/", "/admin/")
}

fn id_of(wallet: &str) -> &str {
    wallet.split('/').nth(3).unwrap()
}

/// A page without what each of its forms has by chance, and without charts, which end at the present.
fn lasting(body: &str) -> String {
    let lines = body.lines().filter(|line| !line.contains("chart__"));
    let lines = lines.map(|line| {
        let mut line = line.to_owned();
        for name in ["csrf", "key"] {
            let field = format!(r#"name="{name}" value=""#);
            if let Some((before, after)) = line.clone().split_once(&field) {
                let rest = after.split_once('"').unwrap().1;
                line = format!("{before}{field}{rest}");
            }
        }
        line
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The lines in which two texts differ.
fn difference(before: &str, after: &str) -> String {
    let pairs = before.lines().zip(after.lines());
    let differ = pairs.filter(|(before, after)| before != after).take(4);
    let lines: Vec<_> = differ
        .map(|(before, after)| format!("- {before}\n+ {after}"))
        .collect();
    format!(
        "{} and {} lines\n{}",
        before.lines().count(),
        after.lines().count(),
        lines.join("\n")
    )
}
