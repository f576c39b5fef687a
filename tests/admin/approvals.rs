//! What an operator moves alone, and what waits for a second person.

mod at_once;
mod killed;
mod outages;

use crate::adjustments::{key_in, page_of, send};
use crate::admin::{Admin, Answer, Browser};
use crate::postgres;

/// Opens the wallet's page and deposits, with everything confirmed.
pub async fn deposit(browser: &Browser, wallet: &str, amount: &str) -> Answer {
    let key = key_in(&browser.get(&page_of(wallet)).await);
    send(browser, wallet, &key, ["DEPOSIT", amount, "goodwill"]).await
}

/// Deposits what is above the ceiling; the address of the proposal.
pub async fn propose(browser: &Browser, wallet: &str, amount: &str) -> String {
    let proposed = deposit(browser, wallet, amount).await;
    let proposal = proposed.location();
    assert!(proposal.starts_with("/admin/approvals/"), "{proposed:?}");
    proposal.to_owned()
}

pub async fn decide(browser: &Browser, proposal: &str, how: &str) -> Answer {
    let fields = [("reason", "not like this")];
    let fields = if how == "decline" { &fields[..] } else { &[] };
    browser.post(&format!("{proposal}{how}/"), fields).await
}

/// One number of the database.
pub async fn number(admin: &Admin, query: &str) -> i64 {
    let database = postgres::connect(&admin.app.database).await;
    database.query_one(query, &[]).await.unwrap().get(0)
}

/// The balance of a wallet that several engines write: what one of them remembers of it may be old.
async fn stored_balance(admin: &Admin, wallet: &str) -> String {
    let database = postgres::connect(&admin.app.database).await;
    let id = wallet.split('/').nth(3).unwrap();
    let query = "SELECT balance::text FROM wallets WHERE id::text = $1";
    database.query_one(query, &[&id]).await.unwrap().get(0)
}

/// How often something is in the journal of the staff.
async fn journalled(admin: &Admin, action: &str) -> i64 {
    let query = format!("SELECT count(*) FROM staff_journal WHERE action = '{action}'");
    number(admin, &query).await
}

#[actix_web::test]
async fn an_operator_moves_up_to_the_ceiling_and_what_is_above_waits_for_a_supervisor() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    let operator = admin.staff("olga", "operator").await;
    let supervisor = admin.staff("sveta", "supervisor").await;
    for (amount, balance) in [("600", "600.00"), ("400", "1000.00")] {
        let done = deposit(&operator, &wallet, amount).await;
        assert_eq!(done.location(), page_of(&wallet));
        assert_eq!(admin.app.balance(&wallet).await, balance);
    }

    // What is asked says so before anything is stored.
    let page = operator.get(&page_of(&wallet)).await;
    let key = key_in(&page);
    let fields = [
        ("key", &*key),
        ("kind", "DEPOSIT"),
        ("amount", "0,01"),
        ("reason", "goodwill"),
    ];
    let address = format!("{}adjustment/", page_of(&wallet));
    let asked = operator.post(&address, &fields).await;
    assert_eq!(asked.status, 200);
    for shown in [
        "больше, чем вы можете провести",
        "Отправить на согласование",
        ">alice</a>",
        r#"id="now">1 000,00"#,
        r#"id="after">1 000,01"#,
    ] {
        let shown = shown.replace("1 0", "1\u{202f}0");
        assert!(asked.body.contains(&shown), "{shown}: {}", asked.body);
    }
    assert_eq!(number(&admin, "SELECT count(*) FROM approvals").await, 0);

    let proposal = propose(&operator, &wallet, "0.01").await;
    assert_eq!(admin.app.balance(&wallet).await, "1000.00");
    assert!(operator.get(&proposal).await.body.contains("withdraw/"));
    let overview = supervisor.get("/admin/").await.body;
    assert!(overview.contains(&proposal) && overview.contains(r#"id="waiting""#));
    let overview = operator.get("/admin/").await.body;
    assert!(!overview.contains(&proposal), "{overview}");
    for page in [page_of(&wallet), "/admin/approvals/".to_owned()] {
        assert!(operator.get(&page).await.body.contains(&proposal), "{page}");
    }

    let done = decide(&supervisor, &proposal, "approve").await;
    assert_eq!(done.location(), proposal);
    assert_eq!(admin.app.balance(&wallet).await, "1000.01");
    let page = supervisor.get(&page_of(&wallet)).await.body;
    assert!(page.contains(">olga</a>") && page.contains(">sveta</a>"));
    let operation = format!("{}operations/3/", page_of(&wallet));
    let operation = supervisor.get(&operation).await.body;
    assert!(operation.contains(">olga</a>") && operation.contains(">sveta</a>"));
    let file = format!("{}operations.csv", page_of(&wallet));
    let file = supervisor.get(&file).await.body;
    let last = file.lines().last().unwrap();
    assert!(last.contains("\"goodwill\",\"olga\"") && last.ends_with(",\"sveta\""));
    assert!(file.lines().nth(1).unwrap().ends_with(','), "{file}");
    for (action, times) in [
        ("adjustment", 2),
        ("adjustment_proposed", 1),
        ("adjustment_approved", 1),
    ] {
        assert_eq!(journalled(&admin, action).await, times, "{action}");
    }
    assert_eq!(admin.app.audited_operations().await, 3);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn nothing_is_stored_before_it_is_confirmed_and_only_the_page_s_own_value_confirms() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    let address = format!("{}adjustment/", page_of(&wallet));
    let key = key_in(&admin.get(&page_of(&wallet)).await);
    let fields = |confirmed: &'static str, edit: &'static str| {
        [
            ("key".to_owned(), key.clone()),
            ("kind".to_owned(), "DEPOSIT".to_owned()),
            ("amount".to_owned(), "5".to_owned()),
            ("reason".to_owned(), "<b>because".to_owned()),
            ("confirmed".to_owned(), confirmed.to_owned()),
            ("edit".to_owned(), edit.to_owned()),
        ]
    };
    for (confirmed, edit) in [("", ""), ("yes", ""), ("2", ""), ("1", "1"), ("", "x")] {
        let fields = fields(confirmed, edit);
        let fields: Vec<_> = fields.iter().map(|(n, v)| (&**n, &**v)).collect();
        let asked = admin.post(&address, &fields).await;
        assert_eq!(asked.status, 200, "{confirmed} {edit}");
        assert_eq!(asked.confirmation().is_some(), edit.is_empty());
        assert_eq!(key_in(&asked), key);
        assert!(asked.body.contains("&#60;b&#62;because"), "{}", asked.body);
    }
    for table in ["adjustments", "staff_amounts", "approvals", "operations"] {
        let query = format!("SELECT count(*) FROM {table}");
        assert_eq!(number(&admin, &query).await, 0, "{table}");
    }
    assert_eq!(journalled(&admin, "adjustment").await, 0);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_was_finally_refused_is_released_and_a_key_counts_for_each_wallet() {
    let admin = Admin::spawn().await;
    let alice = admin.app.wallet("alice").await;
    let bob = admin.app.wallet("bob").await;
    let operator = admin.staff("olga", "operator").await;
    let key = key_in(&operator.get(&page_of(&alice)).await);
    for _ in 0..3 {
        let fields = ["WITHDRAW", "900", "too much"];
        let refused = send(&operator, &alice, &key, fields).await;
        assert_eq!(refused.status, 409, "the wallet is empty");
        assert!(refused.body.contains(">alice</a>"), "{}", refused.body);
    }
    let fields = ["DEPOSIT", "600", "goodwill"];
    let key = key_in(&operator.get(&page_of(&alice)).await);
    for _ in 0..3 {
        let done = send(&operator, &alice, &key, fields).await;
        assert_eq!(done.location(), page_of(&alice), "once, and within it");
    }
    let other = send(&operator, &bob, &key, fields).await;
    assert!(other.location().starts_with("/admin/approvals/"));
    assert_eq!(admin.app.balance(&bob).await, "0.00");

    // A day later there is room again.
    let day = "UPDATE staff_amounts SET reserved_at = reserved_at - interval '24 hours'";
    admin.execute(day).await;
    let done = deposit(&operator, &bob, "1000").await;
    assert_eq!(done.location(), page_of(&bob));
    let enormous = propose(&operator, &bob, "99 999 999,99").await;
    assert!(operator.get(&enormous).await.body.contains("99"));
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_reversal_counts_and_above_the_ceiling_a_supervisor_does_it() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    admin.app.deposit(&wallet, "1500.00").await;
    let operator = admin.staff("olga", "operator").await;
    let supervisor = admin.staff("sveta", "supervisor").await;
    let page = format!("{}operations/1/", page_of(&wallet));
    let reverse = async |browser: &Browser, amount: &str, confirmed: &str| {
        let key = key_in(&browser.get(&page).await);
        let fields = [
            ("key", &*key),
            ("amount", amount),
            ("reason", "a slip"),
            ("confirmed", confirmed),
        ];
        let address = format!("{page}reversal/");
        browser.post_confirmed(&address, &fields).await
    };
    assert_eq!(reverse(&operator, "900", "").await.status, 303);
    for confirmed in ["", "1"] {
        let refused = reverse(&operator, "100.01", confirmed).await;
        assert_eq!(refused.status, 409);
        assert!(refused.body.contains("Вернуть операцию может старший"));
        assert!(refused.body.contains(">alice</a>") && refused.body.contains("a slip"));
    }
    assert_eq!(reverse(&supervisor, "100.01", "").await.status, 303);
    assert_eq!(admin.app.balance(&wallet).await, "499.99");
    assert_eq!(journalled(&admin, "reversal").await, 2);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn nobody_approves_their_own_and_nobody_without_the_role() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    let operator = admin.staff("olga", "operator").await;
    let viewer = admin.staff("vera", "viewer").await;
    let other = admin.staff("oleg", "operator").await;
    let supervisor = admin.staff("sveta", "supervisor").await;
    let proposal = propose(&operator, &wallet, "5000").await;
    for browser in [&operator, &viewer, &other] {
        for how in ["approve", "decline"] {
            let refused = decide(browser, &proposal, how).await;
            assert_eq!(refused.status, 403, "{how}");
        }
    }
    assert_eq!(decide(&other, &proposal, "withdraw").await.status, 403);
    assert_eq!(decide(&supervisor, &proposal, "withdraw").await.status, 403);

    // Promoted meanwhile, it is still their own.
    admin
        .execute("UPDATE users SET role = 'administrator' WHERE username = 'olga'")
        .await;
    for how in ["approve", "decline"] {
        let refused = decide(&operator, &proposal, how).await;
        assert_eq!(refused.status, 403, "{how}");
    }
    assert!(!operator.get(&proposal).await.body.contains("approve/"));
    let database = postgres::connect(&admin.app.database).await;
    let by_hand =
        "UPDATE approvals SET state = 'approved', decided_by = staff_id, decided_at = now()";
    assert!(database.batch_execute(by_hand).await.is_err());
    // Nor does the key of the form go past the second person.
    let key = "SELECT split_part(idempotency_key, ' ', 2) FROM adjustments";
    let key: String = database.query_one(key, &[]).await.unwrap().get(0);
    let fields = ["DEPOSIT", "5000", "goodwill"];
    let again = send(&operator, &wallet, &key, fields).await;
    assert_eq!(again.location(), proposal);
    assert_eq!(admin.app.balance(&wallet).await, "0.00");

    // An approver who is demoted is none any more.
    admin
        .execute("UPDATE users SET role = 'operator' WHERE username = 'sveta'")
        .await;
    assert_eq!(decide(&supervisor, &proposal, "approve").await.status, 403);
    assert_eq!(decide(&operator, &proposal, "withdraw").await.status, 303);
    assert_eq!(decide(&operator, &proposal, "withdraw").await.status, 303);
    assert_eq!(journalled(&admin, "adjustment_withdrawn").await, 1);
    let refused = decide(&admin, &proposal, "approve").await;
    assert_eq!(refused.status, 409);
    assert!(refused.body.contains("отозвана"), "{}", refused.body);
    assert_eq!(admin.app.audited_operations().await, 0);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_expired_or_is_of_somebody_who_may_not_adjust_is_not_carried_out() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    let operator = admin.staff("olga", "operator").await;
    let first = propose(&operator, &wallet, "5000").await;
    let second = propose(&operator, &wallet, "6000").await;
    let expired = "UPDATE approvals SET expires_at = now() WHERE id = 1";
    admin.execute(expired).await;
    for how in ["approve", "decline"] {
        let refused = decide(&admin, &first, how).await;
        assert_eq!(refused.status, 409, "{how}");
        assert!(refused.body.contains("истёк"), "{}", refused.body);
    }
    for changed in ["is_active = false", "is_active = true, role = 'viewer'"] {
        let change = format!("UPDATE users SET {changed} WHERE username = 'olga'");
        admin.execute(&change).await;
        let refused = decide(&admin, &second, "approve").await;
        assert_eq!(refused.status, 409, "{changed}");
        assert!(refused.body.contains("больше не разрешены"), "{changed}");
    }
    let short = [("reason", "no")];
    let wrong = admin.post(&format!("{second}decline/"), &short).await;
    assert_eq!(wrong.status, 422);
    for _ in 0..2 {
        assert_eq!(decide(&admin, &second, "decline").await.status, 303);
    }
    assert!(admin.get(&second).await.body.contains("not like this"));
    assert_eq!(journalled(&admin, "adjustment_declined").await, 1);
    assert_eq!(admin.get("/admin/approvals/99/").await.status, 404);
    assert_eq!(admin.get("/admin/approvals/x/").await.status, 404);
    assert_eq!(admin.app.audited_operations().await, 0);
    admin.app.stop().await.unwrap();
}
