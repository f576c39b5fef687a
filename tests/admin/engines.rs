//! Several engines on one database: any of them shows all, and says which are gone.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::admin::{Admin, Browser};
use crate::app::TestApp;
use crate::overview::{text, until_shown};
use crate::postgres;

const LIVE: &str = "/admin/overview/live/";

/// The program itself, on a database that is in use already; killed at the latest when it is dropped.
struct Second {
    child: Child,
    url: String,
}

impl Second {
    fn start(database: &tokio_postgres::Config, name: &str) -> Self {
        let [tokio_postgres::config::Host::Unix(directory)] = database.get_hosts() else {
            panic!("the tests' server has a socket: {database:?}");
        };
        let address = format!(
            "host={} user={} dbname={}",
            directory.display(),
            database.get_user().unwrap(),
            database.get_dbname().unwrap()
        );
        let mut child = Command::new(env!("CARGO_BIN_EXE_wallet-engine"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("DATABASE_URL", address)
            .env("WALLET_BIND", "127.0.0.1:0")
            .env("WALLET_METRICS_BIND", "off")
            .env("WALLET_LOG_FORMAT", "json")
            .env("WALLET_NAME", name)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines.by_ref().find_map(|line| {
            let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
            (line["message"] == "serving").then(|| line["address"].as_str().unwrap().to_owned())
        });
        // It must never wait for somebody to read its log.
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            child,
            url: format!("http://{}", address.expect("it serves")),
        }
    }

    async fn deposit(&self, wallet: &str) {
        let body = json!({"operationType": "DEPOSIT", "amount": "1.00"});
        let url = format!("{}{wallet}operation/", self.url);
        let sent = reqwest::Client::new().post(url).json(&body).send().await;
        assert_eq!(sent.unwrap().status(), 200);
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Second {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn spawn(name: &str) -> Admin {
    let admin = Admin::spawn_with(|config| {
        config.server.name = Some(name.parse().unwrap());
    })
    .await;
    let english = ("wallet_lang".to_owned(), "en".to_owned());
    admin.cookies.borrow_mut().extend([english]);
    admin
}

/// The text of an engine's row in the table of engines.
fn row<'a>(page: &'a str, name: &str) -> &'a str {
    let (_, table) = page.split_once("Active wallets\n").unwrap();
    let from = table
        .find(&format!("{name}\n"))
        .unwrap_or_else(|| panic!("{name}: {page}"));
    table[from..].split("Hottest wallets").next().unwrap()
}

#[actix_web::test]
async fn any_engine_shows_all_of_them_and_one_that_was_killed_is_marked_with_its_age() {
    let admin = spawn("alpha").await;
    let wallet = admin.app.wallet("hot").await;
    let other = admin.app.wallet("warm").await;
    admin.app.deposit(&other, "1.00").await;
    let mut second = Second::start(&admin.app.database, "beta");
    for _ in 0..3 {
        second.deposit(&wallet).await;
    }
    let id = wallet.split('/').nth(3).unwrap();

    // The hottest wallet is one that only the other engine has.
    let page = until_shown(&admin, &format!("\n{id}\n3\n")).await;
    assert!(page.find("alpha\n").unwrap() < page.find("beta\n").unwrap());
    assert!(row(&page, "beta").contains("accepts operations"), "{page}");
    assert!(!page.contains("one name"), "{page}");
    let live = admin.get(LIVE).await.body;
    let link = live.split("href=\"/admin/engine/?id=").nth(1).unwrap();
    let engine = format!("/admin/engine/?id={}", link.split('"').next().unwrap());
    let of_beta = admin.get(&engine).await;
    assert!(of_beta.body.contains("<h1>Engine beta</h1>"));
    let facts = text(&of_beta);
    assert!(facts.contains(&second.url.rsplit(':').next().unwrap().to_owned()));
    assert!(facts.contains("Committer\n"), "{facts}");

    // The other engine has both as well, and its samples are in the sums of this one.
    let there = Browser::at(&second.url);
    there
        .cookies
        .borrow_mut()
        .clone_from(&admin.cookies.borrow());
    let page = text(&there.get(LIVE).await);
    assert!(
        page.contains("alpha\n") && page.contains("beta\n"),
        "{page}"
    );

    second.kill();
    // As if a minute had passed: a process that is killed writes nothing over it.
    admin
        .execute("UPDATE engines SET seen_at = seen_at - interval '1 minute' WHERE name = 'beta'")
        .await;
    let page = until_shown(&admin, "no report\n1 min ago\n").await;
    assert!(row(&page, "beta").starts_with("beta\n"), "{page}");
    assert!(!row(&page, "beta").contains("accepts"), "{page}");
    let of_beta = text(&admin.get(&engine).await);
    assert!(of_beta.contains("does not report"), "{of_beta}");
    // What it reported of its wallets and its rate does not count as present.
    let reported =
        "UPDATE engines SET report = report || '{\"active_wallets\": 4242}' WHERE name = 'beta'";
    admin.execute(reported).await;
    let page = text(&admin.get(LIVE).await);
    assert!(!page.contains("4\u{202f}242"), "{page}");
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn two_engines_of_one_name_are_both_there_and_it_is_said() {
    let admin = spawn("twin").await;
    let twin = TestApp::spawn_on(admin.app.database.clone(), |config| {
        config.server.name = Some("twin".parse().unwrap());
    })
    .await;
    // As if both had run for a while: a restart is no second engine.
    let overlap = async {
        loop {
            admin
                .execute(
                    "UPDATE engines SET started_at = started_at - interval '1 hour'
                     WHERE started_at > now() - interval '30 minutes'",
                )
                .await;
            let page = text(&admin.get(LIVE).await);
            if page.contains("Two engines run under one name") {
                return page;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let page = tokio::time::timeout(Duration::from_secs(60), overlap)
        .await
        .expect("the page says it");
    assert_eq!(page.matches("\ntwin\n").count(), 2, "{page}");
    assert_eq!(page.matches("another has this name").count(), 2, "{page}");
    twin.stop().await.unwrap();
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn rows_are_bounded_and_those_of_engines_long_gone_are_swept() {
    let config = postgres::database().await;
    let database = postgres::connect(&config).await;
    database
        .batch_execute(
            "INSERT INTO engines (id, name, address, started_at, seen_at, report)
             SELECT gen_random_uuid(), 'e' || n, 'a', now() - interval '2 days', now() - n * interval '1 second', '{}'
             FROM generate_series(1, 150) n;
             INSERT INTO engines (id, name, address, started_at, seen_at, report) VALUES
                (gen_random_uuid(), 'old', 'a', now() - interval '9 days', now() - interval '25 hours', '{}'),
                (gen_random_uuid(), 'e1', 'a', now() - interval '9 days', now() - interval '21 minutes', '{}');
             INSERT INTO engine_samples SELECT id, 0, now(), '{}' FROM engines",
        )
        .await
        .unwrap();
    // It takes no more than rows: a role that may not create, as engines have where another one migrates.
    let role = format!("engines_{}", config.get_dbname().unwrap());
    let as_role = format!(
        "CREATE ROLE {role};
         GRANT SELECT, INSERT, UPDATE, DELETE ON engines, engine_samples TO {role};
         SET ROLE {role}"
    );
    database.batch_execute(&as_role).await.unwrap();
    let sweep = include_str!("../../sql/queries/engines_sweep.sql");
    assert_eq!(database.execute(sweep, &[]).await.unwrap(), 52);
    let left = "SELECT (SELECT count(*) FROM engines), (SELECT count(*) FROM engine_samples)";
    let left = database.query_one(left, &[]).await.unwrap();
    assert_eq!((left.get::<_, i64>(0), left.get::<_, i64>(1)), (100, 100));

    // A ring: the two hundredth sample writes over another.
    let report = include_str!("../../sql/queries/engine_report.sql");
    let report = database.prepare(report).await.unwrap();
    let id = "SELECT id FROM engines WHERE name = 'e1'";
    let id: uuid::Uuid = database.query_one(id, &[]).await.unwrap().get(0);
    for number in 0..200_i16 {
        let slot = number % 181;
        let sent = database
            .query_one(
                &report,
                &[&id, &"e1", &"a", &1.0_f64, &"{}", &slot, &"{}", &0.0_f64],
            )
            .await
            .unwrap();
        assert_eq!(sent.get::<_, i64>(0), 0);
    }
    let samples = "SELECT count(*) FROM engine_samples WHERE engine_id = $1";
    let samples: i64 = database.query_one(samples, &[&id]).await.unwrap().get(0);
    assert_eq!(samples, 181);
}

#[actix_web::test]
async fn what_is_no_engine_is_not_found() {
    let admin = spawn("alpha").await;
    for id in ["x", "00000000-0000-4000-8000-000000000000", "%00", "'"] {
        for page in ["", "live/"] {
            let answer = admin.get(&format!("/admin/engine/{page}?id={id}")).await;
            assert_eq!(answer.status, 404, "{page}{id}");
        }
    }
    admin.app.stop().await.unwrap();
}
