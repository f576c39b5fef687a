//! A wallet's statement in the panel: its figures are the API's, and those of one month lead to the next.

use reqwest::Method;
use serde_json::{Value, json};

use crate::adjustments::page_of;
use crate::admin::{Admin, Answer};
use crate::holds::hold;

fn id_of(wallet: &str) -> &str {
    wallet.split('/').nth(3).unwrap()
}

/// A page, or the file, of a wallet's statement.
async fn statement(admin: &Admin, wallet: &str, rest: &str) -> Answer {
    admin
        .get(&format!("{}statement{rest}", page_of(wallet)))
        .await
}

/// The text of the element with that id, of which numbers have points and no spaces.
fn figure(page: &str, id: &str) -> String {
    let (_, rest) = page
        .split_once(&format!("id=\"{id}\">"))
        .unwrap_or_else(|| panic!("no {id} in {page}"));
    let text = rest.split('<').next().unwrap();
    text.replace('\u{202f}', "").replace(',', ".")
}

/// The balance after each operation of the page's table, in order.
fn balances(page: &str) -> Vec<String> {
    let rows = page.split("<tr").skip(2);
    let cells = rows.filter_map(|row| {
        row.split("class=\"amount\"><span class=\"stack\"><span>")
            .nth(1)
    });
    let texts = cells.map(|cell| cell.split('<').next().unwrap());
    texts
        .map(|text| text.replace('\u{202f}', "").replace(',', "."))
        .collect()
}

/// The API's statement of the same.
async fn of_the_api(admin: &Admin, wallet: &str, from: &str, to: &str) -> Value {
    let query = format!("statement/?from={from}T00:00:00Z&to={to}T00:00:00Z");
    let (status, body) = admin.app.get(&format!("{wallet}{query}")).await;
    assert_eq!(status, 200, "{body}");
    body
}

/// Asserts that the page has the API's figures.
fn assert_same(page: &str, api: &Value) {
    for (shown, text) in [
        ("opening", &api["opening"]["balance"]),
        ("closing", &api["closing"]["balance"]),
        ("in", &api["total_in"]["amount"]),
        ("out", &api["total_out"]["amount"]),
    ] {
        assert_eq!(figure(page, shown), text.as_str().unwrap(), "{shown}");
    }
    let after = api["entries"].as_array().unwrap().iter();
    let after = after.map(|entry| entry["balance_after"].as_str().unwrap());
    assert!(after.eq(balances(page)), "{api}: {:?}", balances(page));
}

/// A wallet with operations around the ends of months, some of which move no money.
async fn history(admin: &Admin) -> String {
    let wallet = admin.app.wallet("alice").await;
    let other = admin.app.wallet("bob").await;
    admin.app.deposit(&wallet, "1000.00").await;
    admin.app.withdraw(&wallet, "0.05").await;
    let held = hold(admin, &wallet, "30.00", "order <7>").await;
    let capture = format!("{wallet}holds/{held}/capture/");
    let (status, _) = admin
        .app
        .post(&capture, &json!({"amount": "10.00", "final": false}))
        .await;
    assert_eq!(status, 200);
    let transfer = json!({"to": id_of(&other), "amount": "99.95", "reference": "=1;\"><b>"});
    let (status, _) = admin
        .app
        .post(&format!("{wallet}transfers/"), &transfer)
        .await;
    assert_eq!(status, 201);
    admin.app.deposit(&wallet, "5.00").await;
    let rules = json!({"operation_max": "100.00", "reason": "a lost card"});
    let rules = admin
        .app
        .http
        .patch(admin.app.url(&format!("{wallet}rules/")))
        .json(&rules);
    assert_eq!(rules.send().await.unwrap().status(), 200);
    admin
        .execute(&format!(
            "UPDATE operations SET created_at = times.at
             FROM unnest('{{2026-03-28T23:59:59.999999Z, 2026-03-29T00:00:00Z, 2026-03-31T23:59:59.999999Z,
                 2026-04-01T00:00:00Z, 2026-04-01T00:00:00Z, 2026-04-30T12:00:00Z, 2026-05-01T00:00:00Z}}'::timestamptz[])
                 WITH ORDINALITY AS times (at, n)
             WHERE wallet_id = '{}' AND seq = n",
            id_of(&wallet)
        ))
        .await;
    wallet
}

#[actix_web::test]
async fn a_statement_has_the_figures_of_the_api_and_months_lead_to_one_another() {
    let admin = Admin::spawn().await;
    let wallet = history(&admin).await;
    let mut closing = "0.00".to_owned();
    for (month, from, to) in [
        ("2026-02", "2026-02-01", "2026-03-01"),
        ("2026-03", "2026-03-01", "2026-04-01"),
        ("2026-04", "2026-04-01", "2026-05-01"),
        ("2026-05", "2026-05-01", "2026-06-01"),
    ] {
        let page = statement(&admin, &wallet, &format!("/?month={month}")).await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert_same(&page.body, &of_the_api(&admin, &wallet, from, to).await);
        assert_eq!(figure(&page.body, "opening"), closing, "{month}");
        closing = figure(&page.body, "closing");
        assert!(!page.body.contains("id=\"provisional\""), "{month}");
        let before = page.body.split("id=\"before\" href=\"").nth(1).unwrap();
        let before = before.split('"').next().unwrap();
        assert!(before.contains("/statement/?month=2026-0"), "{before}");
    }
    assert_eq!(closing, admin.app.balance(&wallet).await);

    // No clock changes within a day: of 29 March, on which Europe's did, all 24 hours.
    let day = statement(&admin, &wallet, "/?from=2026-03-29&to=2026-03-29").await;
    let api = of_the_api(&admin, &wallet, "2026-03-29", "2026-03-30").await;
    assert_same(&day.body, &api);
    assert_eq!(api["entries"].as_array().unwrap().len(), 1);
    assert!(day.body.contains("2026-03-29 23:59:59"), "{}", day.body);

    // From the wallet's beginning, and up to now.
    let all = statement(&admin, &wallet, "/?from=2026-03-01").await;
    assert_eq!(balances(&all.body).len(), 7);
    assert!(all.body.contains("id=\"provisional\""));
    let begun = statement(&admin, &wallet, "/?to=2026-03-28").await;
    assert_eq!(balances(&begun.body), ["1000.00"]);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_others_wrote_is_text_on_the_page_and_no_formula_in_the_file() {
    let admin = Admin::spawn().await;
    let wallet = history(&admin).await;
    let page = statement(&admin, &wallet, "/?month=2026-04").await.body;
    assert!(page.contains("=1;&#34;&#62;&#60;b&#62;"), "{page}");
    assert!(!page.contains("<b>"), "{page}");
    for shown in ["перевод", "в холде: 20,00", "Холд 3"] {
        assert!(page.contains(shown), "{shown} is not in {page}");
    }

    let (_, rest) = page.split_once("id=\"file\" href=\"").unwrap();
    let address = rest.split('"').next().unwrap();
    let file = admin.get(address).await;
    let query = "statement/?from=2026-04-01T00:00:00Z&to=2026-05-01T00:00:00Z&format=csv";
    let url = admin.app.url(&format!("{wallet}{query}"));
    let same = admin.app.http.get(url).send().await.unwrap();
    let same = same.text().await.unwrap();
    assert_eq!(file.body, format!("\u{feff}{same}"));
    assert!(file.body.contains("\"'=1;\"\"><b>\""), "{}", file.body);
    let name = format!(
        "attachment; filename=\"wallet-{}-20260401T000000Z-20260501T000000Z.csv\"",
        id_of(&wallet)
    );
    assert_eq!(file.header("content-disposition"), name);
    let head = admin.send(admin.request(Method::HEAD, address)).await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_long_statement_is_cut_and_says_so_and_its_file_is_whole() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    let operations = 12_345;
    admin
        .execute(&format!(
            "INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, created_at)
             SELECT '{0}', n, gen_random_uuid(), 'DEPOSIT', 0.01, n * 0.01, '2026-01-01Z'
             FROM generate_series(1, {operations}) n;
             UPDATE wallets SET balance = {operations} * 0.01, version = {operations} WHERE id = '{0}'",
            id_of(&wallet)
        ))
        .await;
    let page = statement(&admin, &wallet, "/?month=2026-01").await.body;
    assert_eq!(balances(&page).len(), 5_000);
    assert!(
        page.contains("первые 5\u{202f}000 из 12\u{202f}345"),
        "{}",
        &page[..9_000]
    );
    let (_, carried) = page.split_once("id=\"carried\"").unwrap();
    assert!(carried.contains(">50,00<"), "{carried}");
    for (shown, text) in [
        ("opening", "0.00"),
        ("in", "123.45"),
        ("out", "0.00"),
        ("closing", "123.45"),
    ] {
        assert_eq!(figure(&page, shown), text, "{shown}");
    }
    let file = statement(&admin, &wallet, ".csv?month=2026-01").await.body;
    // With a header, and a row for the balance at each end.
    assert_eq!(file.lines().count(), operations + 3);
    assert!(file.contains(",CLOSING_BALANCE,,123.45,"), "{file}");

    // A ledger that does not add up is an error on the page, and ends the file early.
    admin
        .execute("UPDATE operations SET amount = 0.02 WHERE seq = 4000")
        .await;
    let page = statement(&admin, &wallet, "/?month=2026-01").await;
    assert_eq!(page.status, 500);
    let address = format!("{}statement.csv?month=2026-01", page_of(&wallet));
    let response = admin.request(Method::GET, &address).send().await.unwrap();
    assert!(response.bytes().await.is_err());
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_period_that_is_none_is_a_mistake_in_its_field() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    for (query, field) in [
        ("from=2026-02-30", "from-error"),
        ("from=29.03.2026&to=2026-03-29", "from-error"),
        ("to=2026-02-01%C2%A0x", "to-error"),
        ("to=%3D1%2B1", "to-error"),
        ("from=2026-02-02&to=2026-02-01", "to-error"),
        ("from=9998-01-01", "from-error"),
        ("month=2026-13", "month-error"),
        ("month=9998-01", "month-error"),
        ("month=%22%3E%3Cscript%3E", "month-error"),
    ] {
        let page = statement(&admin, &wallet, &format!("/?{query}")).await;
        assert_eq!(page.status, 200, "{query}");
        assert!(page.body.contains(&format!("id=\"{field}\"")), "{query}");
        assert!(!page.body.contains("id=\"opening\""), "{query}");
        assert!(!page.body.contains("\"><script>"), "{query}");
        let file = statement(&admin, &wallet, &format!(".csv?{query}")).await;
        assert_eq!(file.status, 400, "{query}");
    }
    let none = "/api/wallets/00000000-0000-0000-0000-000000000000/".to_owned();
    for unknown in [none, "/api/wallets/x/".to_owned()] {
        for rest in ["/", ".csv"] {
            let answer = statement(&admin, &unknown, rest).await;
            assert_eq!(answer.status, 404, "{unknown}{rest}");
        }
    }
    // Without a period, it is the month's; without an operation, it is empty.
    let empty = statement(&admin, &wallet, "/").await;
    assert!(empty.body.contains("операций нет"), "{}", empty.body);
    assert_eq!(figure(&empty.body, "closing"), "0.00");

    let stranger = admin.other_browser();
    for rest in ["/", ".csv"] {
        let address = format!("{}statement{rest}", page_of(&wallet));
        let led_away = stranger.get(&address).await;
        assert!(led_away.location().starts_with("/admin/sign-in/?next="));
    }
    admin.app.stop().await.unwrap();
}
