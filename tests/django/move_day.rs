//! The day of the move with the real service, as `docs/django.md` has it.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::app::TestApp;
use testkit::django::{Django, Served};
use testkit::replay::{RECORDED, cases, replay};
use tokio_postgres::Client;
use uuid::Uuid;
use wallet_engine::config::AuthMode;

use crate::command::{Ended, Import, observer, program};
use crate::source::Source;
use crate::target::{assert_audited, assert_equal_but, number, texts};

const PASSWORD: &str = "old password of Django";
/// Users of the service's own API.
const REGISTERED: [&str; 3] = ["alice", "bob", "carol"];
/// Users with a hash of each of the service's hashers, named after it: what Django 5.2 has by default.
const HASHERS: [&str; 5] = [
    "pbkdf2_sha256",
    "pbkdf2_sha1",
    "argon2",
    "bcrypt_sha256",
    "scrypt",
];
/// Makes them, and one who has no password.
const HASHES: &str = "
from django.contrib.auth.hashers import get_hashers, make_password
for hasher in get_hashers():
    name = hasher.algorithm
    hash = make_password('PASSWORD', hasher=name)
    user = User.objects.create(username=name, email=name + '@example.com', password=hash)
    Wallet.objects.create(user=user, balance='12.34')
user = User.objects.create_user('unusable', 'Unusable@Example.COM')
Wallet.objects.create(user=user)
";
/// What staff do in Django's panel.
const EDITS: &str = "
User.objects.filter(username='bob').update(is_active=False)
User.objects.filter(username='carol').update(username='caroline', email='Carol@example.com')
";
/// The superuser of `createsuperuser`, whom Django gives no wallet.
const CHIEF: &str = "chief";

#[actix_web::test]
async fn a_service_moves_while_it_serves_and_users_sign_in_with_their_old_passwords() {
    let django = Django::new().await;
    let served = django.serve().await;
    make_users(&django, &served).await;
    let client = observer(django.database()).await;
    let source = Source { django, client };
    let import = Import::of(&source.django).await;
    let checked = program(&import.target)
        .args(["migrate", "--check"])
        .output();
    assert!(checked.await.unwrap().status.success());
    let dry = import.run(&["--dry-run"]).await;
    dry.assert_lists(&[CHIEF, "has no wallet"]);

    first_pass(&import, &source, &served).await.assert_done();
    register(&served, "dave").await;
    source.django.shell(EDITS).await;
    import.run(&["--create-wallets"]).await.assert_done();
    deposit(&served, wallet(&source.client, "dave").await, "0.99").await;

    served.stop().await;
    let django = source.leave(&import).await;
    let ended = import.run(&["--create-wallets", "--final"]).await;
    ended.assert_done();
    let report = std::fs::read_to_string(import.file("import-django-report.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["agrees"], true, "{report}");
    assert_equal_but(CHIEF, &observer(django.database()).await, &import.target).await;
    import.assert_verified().await;
    serve(&import).await;
}

/// While operations go on: some of them before the page is written, others after it was read.
async fn first_pass(import: &Import, source: &Source, served: &Served) -> Ended {
    let alice = wallet(&source.client, "alice").await;
    deposit(served, alice, "100.10").await;
    let holder = observer(&import.target).await;
    let insert = "BEGIN; INSERT INTO users (id, username, email, password_hash, wallet_id) OVERRIDING SYSTEM VALUE \
         VALUES (1, 'held', 'held@example.com', '!', gen_random_uuid())";
    holder.batch_execute(insert).await.unwrap();
    let observing = observer(&import.target).await;
    let mut running = import.start(&["--create-wallets"]);
    running.wait_until_blocked(&observing).await;
    deposit(served, alice, "0.90").await;
    deposit(served, wallet(&source.client, "bob").await, "7.00").await;
    let (status, body) = served.operation(alice, "WITHDRAW", "1.00").await;
    assert_eq!((status, &body["balance"]), (200, &json!("100.00")));
    holder.batch_execute("ROLLBACK").await.unwrap();
    running.end().await
}

/// The engine on what was imported.
async fn serve(import: &Import) {
    let highest = number(&import.target, "SELECT max(id) FROM users").await;
    let app = TestApp::spawn_on(import.target.clone(), |config| {
        config.server.auth = AuthMode::On;
        // A million rounds take a debug build seconds, and this is no test of limits.
        config.engine.wait = Duration::from_secs(120);
    })
    .await;
    for name in HASHERS.into_iter().chain(["caroline"]) {
        assert_eq!(sign_in(&app, name, PASSWORD).await, 200, "{name}");
        // Its hash is the engine's by now.
        assert_eq!(sign_in(&app, name, PASSWORD).await, 200, "{name}");
        assert_eq!(sign_in(&app, name, "wrong").await, 400, "{name}");
    }
    for name in ["unusable", "bob"] {
        assert_eq!(sign_in(&app, name, PASSWORD).await, 400, "{name}");
    }
    let theirs =
        "SELECT username FROM users WHERE password_hash NOT LIKE '$argon2id$%' ORDER BY id";
    let not_renewed = ["alice", "bob", "chief", "unusable", "dave"];
    assert_eq!(texts(&import.target, theirs).await, not_renewed);

    app.stop().await.unwrap();
    // Whose hash was renewed has the same password.
    let renewed = import.run(&["--create-wallets", "--final", "--sample", "50"]);
    renewed.await.assert_done();
    assert_eq!(texts(&import.target, theirs).await, not_renewed);
    let app = TestApp::spawn_on(import.target.clone(), |_| {}).await;
    app.wallet("newcomer").await;
    let newcomer = "SELECT id FROM users WHERE username = 'newcomer'";
    assert!(number(&import.target, newcomer).await > highest);
    let report = replay(app.address, &cases(RECORDED)).await;
    assert!(report.failures().next().is_none(), "{report}");
    app.stop().await.unwrap();
    assert_audited(&import.target).await;
}

async fn make_users(django: &Django, served: &Served) {
    for name in REGISTERED {
        register(served, name).await;
    }
    let email = format!("{CHIEF}@example.com");
    let create = [
        "createsuperuser",
        "--noinput",
        "--username",
        CHIEF,
        "--email",
        &email,
    ];
    let password = [("DJANGO_SUPERUSER_PASSWORD", PASSWORD)];
    django.manage(&create, &password).await;
    django.shell(&HASHES.replace("PASSWORD", PASSWORD)).await;
    let schemes = "SELECT split_part(password, '$', 1) FROM auth_user WHERE username = split_part(password, '$', 1) \
         ORDER BY id";
    assert_eq!(texts(django.database(), schemes).await, HASHERS);
}

async fn register(served: &Served, name: &str) {
    let email = format!("{name}@Example.COM");
    let (status, body) = served.register(name, &email, PASSWORD).await;
    assert_eq!(status, 201, "{body}");
}

async fn wallet(source: &Client, username: &str) -> Uuid {
    let select = "SELECT w.id FROM wallets_wallet w JOIN auth_user u ON u.id = w.user_id WHERE username = $1";
    source.query_one(select, &[&username]).await.unwrap().get(0)
}

async fn deposit(served: &Served, wallet: Uuid, amount: &str) {
    let (status, body) = served.operation(wallet, "DEPOSIT", amount).await;
    assert_eq!(status, 200, "{body}");
}

async fn sign_in(app: &TestApp, username: &str, password: &str) -> u16 {
    let body = json!({"username": username, "password": password});
    app.post("/api/token/", &body).await.0
}
