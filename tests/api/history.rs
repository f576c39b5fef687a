//! What happened to a wallet, as its clients read it.

mod large_ledger;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::postgres;

/// Deposits of 1.00, 2.00 and so on; every third operation is a withdrawal of 0.50.
async fn busy_wallet(app: &TestApp, operations: u32) -> String {
    let wallet = app.wallet("alice").await;
    for n in 1..=operations {
        let (status, _) = if n % 3 == 0 {
            app.withdraw(&wallet, "0.50").await
        } else {
            app.deposit(&wallet, &format!("{n}.00")).await
        };
        assert_eq!(status, 200);
    }
    wallet
}

async fn page(app: &TestApp, address: &str) -> Value {
    let (status, body) = app.get(address).await;
    assert_eq!(status, 200, "{address} {body}");
    body
}

/// The ids of every page, a list a page, as `next` leads from one to the other.
async fn pages(app: &TestApp, first: &str) -> Vec<Vec<i64>> {
    let mut pages = Vec::new();
    let mut address = Some(first.to_owned());
    while let Some(at) = address {
        let body = page(app, &at).await;
        pages.push(ids(&body));
        address = body["next"].as_str().map(str::to_owned);
    }
    pages
}

fn ids(page: &Value) -> Vec<i64> {
    let results = page["results"].as_array().unwrap();
    results.iter().map(|r| r["id"].as_i64().unwrap()).collect()
}

fn wallet_id(path: &str) -> &str {
    path.trim_start_matches("/api/wallets/")
        .trim_end_matches('/')
}

#[actix_web::test]
async fn what_happened_is_told_newest_first_and_each_operation_by_its_number() {
    let app = TestApp::spawn().await;
    let wallet = app.wallet("alice").await;
    let operations = format!("{wallet}operations/");
    let nothing = json!({"next": null, "results": []});
    assert_eq!(page(&app, &operations).await, nothing);
    app.deposit(&wallet, "100").await;
    app.withdraw(&wallet, "1000").await;
    app.withdraw(&wallet, "0.50").await;

    let mut body = page(&app, &operations).await;
    let newest = page(&app, &format!("{operations}2/")).await;
    assert_eq!(body["results"][0], newest);
    for operation in body["results"].as_array_mut().unwrap() {
        let at = operation["created_at"].take();
        let at = at.as_str().unwrap();
        assert_eq!(at.len(), "2031-05-01T00:00:00.000000Z".len(), "{at}");
        assert!(at.ends_with('Z'), "{at}");
    }
    let told = json!({"next": null, "results": [
        {"id": 2, "kind": "WITHDRAW", "amount": "0.50", "balance_after": "99.50", "created_at": null},
        {"id": 1, "kind": "DEPOSIT", "amount": "100.00", "balance_after": "100.00", "created_at": null},
    ]});
    assert_eq!(body, told);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn pages_lead_through_everything_once_whatever_happens_meanwhile() {
    let app = TestApp::spawn().await;
    let wallet = busy_wallet(&app, 10).await;
    let operations = format!("{wallet}operations/");

    let all: Vec<i64> = (1..=10).rev().collect();
    assert_eq!(pages(&app, &operations).await.concat(), all);
    for limit in 1..=10 {
        let pages = pages(&app, &format!("{operations}?limit={limit}")).await;
        let wanted: Vec<Vec<i64>> = all.chunks(limit).map(<[i64]>::to_vec).collect();
        assert_eq!(pages, wanted);
    }

    let first = page(&app, &format!("{operations}?limit=4")).await;
    join_all((0..8).map(|_| app.deposit(&wallet, "1.00"))).await;
    let rest = pages(&app, first["next"].as_str().unwrap()).await;
    assert_eq!(rest, [vec![6, 5, 4, 3], vec![2, 1]]);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn filters_by_kind_and_time_are_kept_from_page_to_page() {
    let app = TestApp::spawn().await;
    let wallet = busy_wallet(&app, 12).await;
    let operations = format!("{wallet}operations/");
    let at = async |id: i64| {
        let one = page(&app, &format!("{operations}{id}/")).await;
        one["created_at"].as_str().unwrap().to_owned()
    };
    let (third, ninth) = (at(3).await, at(9).await);

    for (query, wanted) in [
        (
            "kind=WITHDRAW&limit=3".to_owned(),
            vec![vec![12, 9, 6], vec![3]],
        ),
        (
            "kind=DEPOSIT&limit=5".to_owned(),
            vec![vec![11, 10, 8, 7, 5], vec![4, 2, 1]],
        ),
        (format!("from={ninth}"), vec![vec![12, 11, 10, 9]]),
        (format!("to={third}"), vec![vec![2, 1]]),
        (
            format!("from={third}&to={ninth}&limit=4"),
            vec![vec![8, 7, 6, 5], vec![4, 3]],
        ),
        (
            format!("from={third}&to={ninth}&kind=WITHDRAW&limit=1"),
            vec![vec![6], vec![3]],
        ),
        (format!("from={ninth}&to={third}"), vec![vec![]]),
        (
            "from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z&limit=12".to_owned(),
            vec![(1..=12).rev().collect()],
        ),
        ("to=0001-01-01T00:00:00Z".to_owned(), vec![vec![]]),
        ("from=9999-12-31T23:59:59Z".to_owned(), vec![vec![]]),
    ] {
        let mut pages = pages(&app, &format!("{operations}?{query}")).await;
        // After a full page of a kind, that nothing follows is seen only by looking.
        if query.contains("kind") && pages.last().is_some_and(Vec::is_empty) {
            pages.pop();
        }
        assert_eq!(pages, wanted, "{query}");
    }
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_is_asked_for_wrongly_is_told_by_field_and_what_is_not_there_as_such() {
    let app = TestApp::spawn().await;
    let wallet = app.wallet("alice").await;
    app.deposit(&wallet, "1.00").await;
    let nobody = "/api/wallets/47c6a995-7685-412c-99fe-4259db91f18f/";
    let time = "Datetime has wrong format. Use one of these formats instead: \
                YYYY-MM-DDThh:mm:ss[.uuuuuu][+HH:MM|-HH:MM|Z].";
    let no_wallet = json!({"detail": "Кошелек не найден."});
    let no_operation = json!({"detail": "Операция не найдена."});
    let no_address = json!({"detail": "Not found."});
    for (address, status, wanted) in [
        (
            format!("{nobody}operations/?limit=0&kind=x&from=&to=now"),
            400,
            json!({
                "limit": ["Ensure this value is greater than or equal to 1."],
                "kind": ["\"x\" is not a valid choice."],
                "from": [time],
                "to": [time],
            }),
        ),
        (
            format!("{wallet}operations/?limit=201"),
            400,
            json!({"limit": ["Ensure this value is less than or equal to 200."]}),
        ),
        (
            format!("{wallet}operations/?limit=all"),
            400,
            json!({"limit": ["A valid integer is required."]}),
        ),
        (
            format!("{wallet}operations/?cursor=1"),
            400,
            json!({"cursor": ["Invalid cursor."]}),
        ),
        (format!("{nobody}operations/"), 404, no_wallet.clone()),
        (format!("{nobody}operations/1/"), 404, no_wallet),
        (format!("{wallet}operations/0/"), 404, no_operation.clone()),
        (format!("{wallet}operations/2/"), 404, no_operation.clone()),
        (
            format!("{wallet}operations/{}/", i64::MAX),
            404,
            no_operation,
        ),
        (format!("{wallet}operations/one/"), 404, no_address),
    ] {
        assert_eq!(app.get(&address).await, (status, wanted), "{address}");
    }
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_history_is_only_read() {
    let app = TestApp::spawn().await;
    let wallet = app.wallet("alice").await;
    app.deposit(&wallet, "1.00").await;
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    for path in ["operations/", "operations/1/"] {
        let url = app.url(&format!("{wallet}{path}"));
        let refused = client.put(&url).body("{}").send().await.unwrap();
        assert_eq!(refused.status(), 405);
        assert_eq!(refused.headers()["allow"], "GET, HEAD, OPTIONS");
        let wanted = json!({"detail": "Method \"PUT\" not allowed."});
        assert_eq!(refused.json::<Value>().await.unwrap(), wanted);

        let head = client.head(&url).send().await.unwrap();
        assert_eq!(head.status(), 200);
        assert_eq!(head.text().await.unwrap(), "");

        let url = format!("{}?limit=1", url.trim_end_matches('/'));
        let moved = client.get(&url).send().await.unwrap();
        assert_eq!(moved.status(), 301);
        assert_eq!(
            moved.headers()["location"],
            format!("{wallet}{path}?limit=1")
        );
    }
    app.stop().await.unwrap();
}

/// A clock that was set back is one that was ahead before.
#[actix_web::test]
async fn times_never_go_back_even_if_the_database_s_clock_does() {
    let app = TestApp::spawn().await;
    let wallet = busy_wallet(&app, 2).await;
    let database = postgres::connect(&app.database).await;
    let ahead = format!(
        "UPDATE wallets SET updated_at = updated_at + interval '1 hour' WHERE id = '{id}';
         UPDATE operations SET created_at = created_at + interval '1 hour' WHERE wallet_id = '{id}'",
        id = wallet_id(&wallet)
    );
    database.batch_execute(&ahead).await.unwrap();

    // By a statement of its own, by the one of many wallets, and by the one that knows keys.
    app.deposit(&wallet, "1.00").await;
    let other = app.wallet("bob").await;
    for _ in 0..10 {
        join_all([&wallet, &other].map(|wallet| app.deposit(wallet, "1.00"))).await;
    }
    let keyed = || async {
        let body = json!({"operationType": "DEPOSIT", "amount": "1.00"});
        let url = app.url(&format!("{wallet}operation/"));
        let sent = app
            .http
            .post(url)
            .header("Idempotency-Key", "k")
            .json(&body);
        sent.send().await.unwrap()
    };
    join_all([keyed(), keyed(), keyed()]).await;

    let body = page(&app, &format!("{wallet}operations/")).await;
    let results = body["results"].as_array().unwrap();
    assert_eq!(results.len(), 2 + 1 + 10 + 1);
    let times: Vec<&str> = results
        .iter()
        .map(|r| r["created_at"].as_str().unwrap())
        .collect();
    assert!(
        times.is_sorted_by(|later, earlier| later >= earlier),
        "{times:?}"
    );
    let breaches = async || {
        let audit = postgres::audit(&app.database).await;
        let texts = audit.breaches.into_iter().map(|breach| breach.text);
        texts.collect::<Vec<_>>()
    };
    let found = breaches().await;
    assert_eq!(found.len(), 1, "{found:?}");
    let future = "seq 1 is of a time in the future: ";
    assert!(found[0].starts_with(future), "{found:?}");

    let back = "UPDATE operations SET created_at = created_at - interval '1 day' WHERE seq = 3";
    database.batch_execute(back).await.unwrap();
    let mut found = breaches().await;
    found.retain(|text| !text.starts_with(future));
    assert_eq!(found, ["seq 3 is earlier than the one before"; 2]);
    app.stop().await.unwrap();
}
