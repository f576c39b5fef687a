//! Webhooks, as staff make, pause, replay, rotate and delete them.

use reqwest::Method;
use reqwest::header::ORIGIN;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::admin::{Admin, Answer, Browser, PASSWORD, STAFF, form};
use crate::keys::in_english;
use crate::postgres;

const URL: &str = "https://hooks.example.com/wallets?token=hidden";
const NEW: &str = "/admin/webhooks/new/";
const MAKE: &str = "/admin/webhooks/new/make/";

async fn english() -> (Admin, Client) {
    let admin = Admin::spawn().await;
    in_english(&admin.browser);
    let database = postgres::connect(&admin.app.database).await;
    (admin, database)
}

/// The form's own value.
fn number_in(answer: &Answer) -> String {
    let (_, rest) = answer.body.split_once(r#"name="form" value=""#).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// The secret that the page shows.
fn secret_in(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), "no-store");
    let (_, rest) = answer.body.split_once(r#"value="whsec_"#).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// Makes a webhook; gives the address of its page.
async fn make(admin: &Admin, fields: &[(&str, &str)]) -> String {
    let number = number_in(&admin.get(NEW).await);
    let all = [&[("form", &*number), ("url", URL)], fields].concat();
    let made = admin.post(MAKE, &all).await;
    secret_in(&made);
    let (_, rest) = made.body.split_once(r#"class="button" href=""#).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

async fn of(database: &Client, column: &str) -> String {
    let statement = format!("SELECT coalesce(({column})::text, '') FROM webhooks w");
    database.query_one(&*statement, &[]).await.unwrap().get(0)
}

/// Posts, and gives the page that the answer leads to.
async fn done(admin: &Admin, path: &str, fields: &[(&str, &str)]) -> Answer {
    let answer = admin.post(path, fields).await;
    assert_eq!(answer.status, 303, "{path}: {}", answer.body);
    admin.get(answer.location()).await
}

#[actix_web::test]
async fn a_webhook_is_made_once_a_form_and_its_secret_is_shown_in_that_answer_alone() {
    let (admin, database) = english().await;
    let empty = admin.get("/admin/webhooks/").await;
    assert!(
        empty.body.contains("There are no webhooks yet."),
        "{}",
        empty.body
    );
    let wallet = admin.app.wallet("alice").await;
    let wallet = wallet.split('/').nth(3).unwrap().to_owned();
    let number = number_in(&admin.get(NEW).await);
    let fields = [
        ("form", &*number),
        ("url", URL),
        ("type", "operation.withdraw"),
        ("type", "operation.deposit"),
        ("wallet", &wallet),
        ("from", "start"),
    ];
    let made = admin.post(MAKE, &fields).await;
    let secret = secret_in(&made);
    assert_eq!(
        of(&database, "types").await,
        "{operation.deposit,operation.withdraw}"
    );
    assert_eq!(of(&database, "wallet_id").await, wallet);
    assert!(of(&database, "actor").await.starts_with("staff:"));
    let again = admin.post(MAKE, &fields).await;
    assert_eq!(again.status, 409);
    assert!(
        again.body.contains("This form was sent before"),
        "{}",
        again.body
    );
    assert!(!again.body.contains(&secret));
    assert_eq!(of(&database, "count(*)").await, "1");
    // The form that is shown then makes another one.
    assert_ne!(number_in(&again), number);

    let list = admin.get("/admin/webhooks/").await.body;
    assert!(
        list.contains("https://hooks.example.com/wallets<"),
        "{list}"
    );
    assert!(
        !list.contains("token=hidden") && !list.contains(&secret),
        "{list}"
    );
    let page = format!("/admin/webhooks/{}/", of(&database, "id").await);
    let one = admin.get(&page).await.body;
    assert!(
        one.contains("token=hidden") && !one.contains(&secret),
        "{one}"
    );
    assert!(one.contains(&of(&database, "cursor").await), "{one}");
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_is_wrong_is_said_at_its_field_and_what_was_typed_stays() {
    let (admin, database) = english().await;
    let nobody = Uuid::new_v4().to_string();
    for (url, kind, wallet, mistake) in [
        ("", "", "", "An absolute URL is expected"),
        ("http://x.example/", "", "", "must begin with https://"),
        ("https://127.0.0.1/", "", "", "The address is private"),
        ("https://a:b@x.example/", "", "", "must not have a username"),
        (URL, "operation.toll", "", "One of the types does not exist"),
        (URL, "operation.deposit", "7", "This is not a wallet ID"),
        (
            URL,
            "operation.deposit",
            &nobody,
            "The wallet was not found.",
        ),
        (
            "\"><script>alert(1)</script>",
            "",
            "",
            "An absolute URL is expected",
        ),
    ] {
        admin.get(NEW).await;
        let fields = [("url", url), ("type", kind), ("wallet", wallet)];
        let fields = if kind.is_empty() {
            vec![fields[0], fields[2]]
        } else {
            fields.to_vec()
        };
        let refused = admin.post(MAKE, &fields).await;
        assert_eq!(refused.status, 422, "{mistake}: {}", refused.body);
        assert!(
            refused.body.contains(mistake),
            "{mistake}: {}",
            refused.body
        );
        assert!(!refused.body.contains("<script>alert"));
        if kind == "operation.deposit" {
            assert!(
                refused
                    .body
                    .contains(r#"value="operation.deposit" checked"#)
            );
        }
    }
    assert_eq!(of(&database, "count(*)").await, "0");
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_webhook_is_paused_resumed_replayed_rotated_and_deleted() {
    let (admin, database) = english().await;
    let page = make(&admin, &[]).await;
    let first = of(&database, "secret").await;
    for (enabled, said, badge) in [
        ("false", "The webhook is paused.", ">Paused<"),
        ("false", "The webhook is paused.", ">Paused<"),
        ("true", "The webhook delivers again.", ">Delivers<"),
    ] {
        let shown = done(&admin, &format!("{page}switch/"), &[("enabled", enabled)]).await;
        assert!(
            shown.body.contains(said) && shown.body.contains(badge),
            "{}",
            shown.body
        );
        assert_eq!(of(&database, "enabled").await, enabled);
    }

    let now = of(&database, "cursor").await;
    let replay = format!("{page}replay/");
    let shown = done(&admin, &replay, &[("from", "start")]).await;
    assert!(
        shown.body.contains("delivers from that place on"),
        "{}",
        shown.body
    );
    let start = of(&database, "cursor").await;
    assert_ne!(start, now);
    done(&admin, &replay, &[("from", "cursor"), ("cursor", &now)]).await;
    assert_eq!(of(&database, "cursor").await, now);
    let wrong = admin
        .post(&replay, &[("from", "cursor"), ("cursor", "x")])
        .await;
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.body.contains("This is not a cursor of the feed"),
        "{}",
        wrong.body
    );
    assert_eq!(of(&database, "cursor").await, now);

    let number = number_in(&admin.get(&format!("{page}rotate/")).await);
    let rotate = format!("{page}rotate/make/");
    let rotated = admin.post(&rotate, &[("form", &number)]).await;
    secret_in(&rotated);
    let second = of(&database, "secret").await;
    assert_eq!(of(&database, "old_secret").await, first);
    assert_ne!(second, first);
    let again = admin.post(&rotate, &[("form", &number)]).await;
    assert_eq!(again.status, 409);
    assert_eq!(of(&database, "secret").await, second);

    let asked = admin.get(&format!("{page}delete/")).await;
    assert!(asked.body.contains("Delete the webhook?"), "{}", asked.body);
    let shown = done(&admin, &format!("{page}delete/confirm/"), &[]).await;
    assert!(shown.body.contains("was deleted"), "{}", shown.body);
    assert_eq!(of(&database, "count(*)").await, "0");
    for rest in ["", "rotate/", "delete/", "set-aside/", "switch/"] {
        assert_eq!(
            admin.get(&format!("{page}{rest}")).await.status,
            404,
            "{rest}"
        );
    }
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_was_given_up_is_listed_and_sent_again() {
    let (admin, database) = english().await;
    let page = make(&admin, &[]).await;
    // Another engine has the lease, so nothing of it is sent here.
    let given_up = "INSERT INTO webhook_set_aside (webhook_id, cursor, type, wallet_id, seq, attempts, last_status, last_error)
        SELECT id, n::text, 'operation.deposit', gen_random_uuid(), n, 40, 500, '<b>500</b>' FROM webhooks, generate_series(1, 60) n;
        UPDATE webhooks SET leased_by = gen_random_uuid(), leased_until = now() + interval '1 hour'";
    database.batch_execute(given_up).await.unwrap();
    let waits = "INSERT INTO webhook_waiting (webhook_id, wallet_id, cursor, attempts, first_failed_at, next_attempt_at)
        SELECT id, gen_random_uuid(), cursor, 1, now(), now() FROM webhooks";
    database.batch_execute(waits).await.unwrap();
    let list = admin.get("/admin/webhooks/").await.body;
    assert!(
        list.contains(">60</a>") && list.contains(">Fails<"),
        "{list}"
    );
    let aside = format!("{page}set-aside/");
    let shown = admin.get(&aside).await.body;
    assert_eq!(shown.matches("Send again</button>").count(), 50);
    assert!(shown.contains("&#60;b&#62;500"), "{shown}");
    let (_, next) = shown.split_once("after=").unwrap();
    let next = next.split('"').next().unwrap();
    let rest = admin.get(&format!("{aside}?after={next}")).await.body;
    assert_eq!(rest.matches("Send again</button>").count(), 10);

    let id = "SELECT max(id) FROM webhook_set_aside";
    let id: i64 = database.query_one(id, &[]).await.unwrap().get(0);
    let send = format!("{aside}send/");
    let shown = done(&admin, &send, &[("event", &id.to_string())])
        .await
        .body;
    assert!(
        shown.contains(&format!("Event no. {id} will be sent again.")),
        "{shown}"
    );
    assert_eq!(shown.matches(">Being sent<").count(), 1);
    let requested = "SELECT count(*) FROM webhook_set_aside WHERE send_requested_at IS NOT NULL";
    let requested: i64 = database.query_one(requested, &[]).await.unwrap().get(0);
    assert_eq!(requested, 1);
    database
        .batch_execute("DELETE FROM webhook_set_aside")
        .await
        .unwrap();
    let shown = done(&admin, &send, &[("event", &id.to_string())])
        .await
        .body;
    assert!(shown.contains("not set aside any more"), "{shown}");
    assert!(shown.contains("Nothing was set aside."), "{shown}");
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_form_of_another_session_or_of_none_changes_no_webhook() {
    let (admin, database) = english().await;
    let page = make(&admin, &[]).await;
    let before = of(&database, "w::text").await;
    let foreign = Browser::new(&admin.app);
    foreign.sign_in(STAFF, PASSWORD).await;
    let stolen = foreign.csrf.borrow().clone();
    for path in [
        MAKE.to_owned(),
        format!("{page}switch/"),
        format!("{page}replay/"),
        format!("{page}rotate/make/"),
        format!("{page}delete/confirm/"),
        format!("{page}set-aside/send/"),
    ] {
        let fields = [
            ("url", URL),
            ("enabled", "false"),
            ("from", "start"),
            ("event", "1"),
        ];
        for csrf in ["", "x", &stolen] {
            let fields = [&[("csrf", csrf)], &fields[..]].concat();
            let request = admin.request(Method::POST, &path);
            let request = request.header(ORIGIN, admin.app.url(""));
            assert_eq!(
                admin.send(form(request, &fields)).await.status,
                403,
                "{path}"
            );
        }
        let stranger = Browser::new(&admin.app);
        stranger.get("/admin/sign-in/").await;
        let answer = stranger.post(&path, &fields).await;
        let (below, _) = path.trim_end_matches('/').rsplit_once('/').unwrap();
        let next = format!("{below}/").replace('/', "%2F");
        assert_eq!(answer.location(), format!("/admin/sign-in/?next={next}"));
    }
    assert_eq!(of(&database, "w::text").await, before);
    for named in ["0", "x", "%00", "00000000-0000-4000-8000-000000000000"] {
        let path = format!("/admin/webhooks/{named}/");
        assert_eq!(admin.get(&path).await.status, 404, "{path}");
    }
    admin.app.stop().await.unwrap();
}
