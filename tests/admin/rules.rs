//! The rules of a wallet in the panel: staff change them with a reason, and adjustments obey them.

use futures_util::future::join;

use crate::adjustments::{key_in, page_of};
use crate::admin::{Admin, Answer, Browser, PASSWORD};
use crate::holds::hold;

fn rules_of(wallet: &str) -> String {
    format!("{}rules/", page_of(wallet))
}

/// The value of a field of the page's form.
fn value<'a>(page: &'a Answer, name: &str) -> &'a str {
    let (_, rest) = page
        .body
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap();
    rest.split('"').next().unwrap()
}

/// Sends the form of the page, with some fields changed.
async fn send(browser: &Browser, page: &Answer, wallet: &str, changed: &[(&str, &str)]) -> Answer {
    let given = |name: &str| {
        changed
            .iter()
            .find(|(field, _)| *field == name)
            .map(|(_, value)| *value)
    };
    let seen = value(page, "seen").replace("&#124;", "|");
    let mut shown = seen.split('|');
    let mut fields = vec![("key", value(page, "key")), ("seen", &seen)];
    for name in [
        "debits",
        "credits",
        "closed",
        "balance_min",
        "balance_max",
        "operation_max",
        "daily_out_max",
    ] {
        let shown = shown.next().unwrap();
        let value = given(name).unwrap_or(shown);
        if name != "closed" || !value.is_empty() {
            fields.push((name, value));
        }
    }
    fields.push(("reason", given("reason").unwrap_or("asked by the owner")));
    let address = format!("{}change/", rules_of(wallet));
    browser.post_confirmed(&address, &fields).await
}

/// Opens the page of the rules, and changes some.
async fn change(browser: &Browser, wallet: &str, changed: &[(&str, &str)]) -> Answer {
    let page = browser.get(&rules_of(wallet)).await;
    send(browser, &page, wallet, changed).await
}

async fn adjust(browser: &Browser, wallet: &str, kind: &str, to: &str, amount: &str) -> Answer {
    let key = key_in(&browser.get(&page_of(wallet)).await);
    let fields = [
        ("key", &*key),
        ("kind", kind),
        ("to", to),
        ("amount", amount),
        ("reason", "because"),
    ];
    browser
        .post_confirmed(&format!("{}adjustment/", page_of(wallet)), &fields)
        .await
}

fn speak(admin: &Admin, lang: &str) {
    let lang = ("wallet_lang".to_owned(), lang.to_owned());
    admin.cookies.borrow_mut().extend([lang]);
}

#[actix_web::test]
async fn a_frozen_wallet_refuses_adjustments_in_both_languages_until_it_is_released() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    let other = admin.app.wallet("bob").await;
    let to = wallet.split('/').nth(3).unwrap();
    admin.app.deposit(&wallet, "100.00").await;
    admin.app.deposit(&other, "100.00").await;
    let frozen = change(
        &admin,
        &wallet,
        &[("debits", "frozen"), ("reason", "a <court> order")],
    )
    .await;
    assert_eq!(frozen.location(), rules_of(&wallet));
    let page = admin.get(&rules_of(&wallet)).await.body;
    let (_, history) = page.split_once("id=\"history\"").unwrap();
    for shown in [
        "Заморозка",
        "Списания: открыты → заморожены",
        "a &#60;court&#62; order",
        ">operator</a>",
    ] {
        assert!(history.contains(shown), "{shown} is not in {history}");
    }
    let page = admin.get(&page_of(&wallet)).await.body;
    assert!(page.contains("Списания заморожены") && !page.contains("Пополнения заморожены"));

    for (lang, text) in [("ru", "Кошелёк заморожен"), ("en", "The wallet is frozen")]
    {
        speak(&admin, lang);
        let refused = adjust(&admin, &wallet, "WITHDRAW", "", "1").await;
        assert_eq!(refused.status, 409);
        let refused = refused.body;
        assert!(
            refused.contains(text) && refused.contains("value=\"1\""),
            "{refused}"
        );
    }
    assert_eq!(
        adjust(&admin, &wallet, "DEPOSIT", "", "1").await.status,
        303
    );
    let change_credits = [("debits", "open"), ("credits", "frozen")];
    assert_eq!(change(&admin, &wallet, &change_credits).await.status, 303);
    for (lang, text) in [
        ("ru", "Один из двух кошельков заморожен"),
        ("en", "One of the two wallets is frozen"),
    ] {
        speak(&admin, lang);
        let refused = adjust(&admin, &other, "TRANSFER_OUT", to, "1").await;
        assert_eq!(refused.status, 409);
        assert!(refused.body.contains(text), "{}", refused.body);
    }
    assert_eq!(
        adjust(&admin, &wallet, "WITHDRAW", "", "1").await.status,
        303
    );
    assert_eq!(
        change(&admin, &wallet, &[("credits", "open")]).await.status,
        303
    );
    assert_eq!(
        adjust(&admin, &other, "TRANSFER_OUT", to, "1").await.status,
        303
    );
    assert_eq!(admin.app.balance(&wallet).await, "101.00");
    assert_eq!(admin.app.audited_operations().await, 9);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_is_left_of_a_day_is_on_the_page_and_in_a_refusal() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    admin.app.deposit(&wallet, "100.00").await;
    admin.app.withdraw(&wallet, "20.00").await;
    assert_eq!(
        change(&admin, &wallet, &[("daily_out_max", "50")])
            .await
            .status,
        303
    );
    hold(&admin, &wallet, "5.00", "order").await;
    let page = admin.get(&rules_of(&wallet)).await;
    let (_, today) = page.body.split_once("id=\"today\"").unwrap();
    let (today, _) = today.split_once("</section>").unwrap();
    for shown in [">20,00<", ">5,00<", ">25,00<"] {
        assert!(today.contains(shown), "{shown} is not in {today}");
    }
    let refused = adjust(&admin, &wallet, "WITHDRAW", "", "25.01").await;
    assert_eq!(refused.status, 409);
    let told = "Превышен лимит (Расход за день): сейчас возможно не больше 25,00";
    assert!(refused.body.contains(told), "{}", refused.body);
    assert_eq!(
        adjust(&admin, &wallet, "WITHDRAW", "", "25").await.status,
        303
    );
    let lifted = [
        ("daily_out_max", ""),
        ("operation_max", "10,5"),
        ("balance_max", "60"),
    ];
    assert_eq!(change(&admin, &wallet, &lifted).await.status, 303);
    for (kind, amount, told) in [
        (
            "WITHDRAW",
            "10.51",
            "(Наибольшая операция): сейчас возможно не больше 10,50",
        ),
        (
            "DEPOSIT",
            "5.01",
            "(Наибольший баланс): сейчас возможно не больше 5,00",
        ),
    ] {
        let refused = adjust(&admin, &wallet, kind, "", amount).await;
        assert!(refused.body.contains(told), "{}", refused.body);
    }
    let page = admin.get(&rules_of(&wallet)).await.body;
    assert!(!page.contains("id=\"today\""));
    for shown in [
        "Расход за день: 50,00 → без лимита",
        "Наибольшая операция: без лимита → 10,50",
    ] {
        assert!(page.contains(shown), "{shown} is not in {page}");
    }
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_wallet_is_closed_when_it_is_empty_and_stays_readable() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    admin.app.deposit(&wallet, "1.00").await;
    let refused = change(&admin, &wallet, &[("closed", "1")]).await;
    assert_eq!(refused.status, 409);
    assert!(
        refused.body.contains("поэтому закрыть его нельзя"),
        "{}",
        refused.body
    );
    assert!(refused.body.contains("asked by the owner"));
    admin.app.withdraw(&wallet, "1.00").await;
    let again = send(&admin, &refused, &wallet, &[("closed", "1")]).await;
    assert_eq!(again.status, 303);
    let refused = adjust(&admin, &wallet, "DEPOSIT", "", "1").await;
    assert_eq!(refused.status, 409);
    assert!(refused.body.contains("закрыт"), "{}", refused.body);
    let page = admin.get(&page_of(&wallet)).await.body;
    assert!(
        page.contains(">Закрыт<") && page.contains("Закрытие"),
        "{page}"
    );
    assert_eq!(change(&admin, &wallet, &[("closed", "")]).await.status, 303);
    assert_eq!(
        adjust(&admin, &wallet, "DEPOSIT", "", "1").await.status,
        303
    );
    assert_eq!(admin.app.audited_operations().await, 5);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_change_happens_once_and_leaves_what_someone_else_changed() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    admin
        .execute(
            "UPDATE users SET is_staff = true, role = 'administrator' WHERE username = 'alice'",
        )
        .await;
    let other = admin.other_browser();
    other.sign_in("alice", PASSWORD).await;
    let page = admin.get(&rules_of(&wallet)).await;
    let theirs = other.get(&rules_of(&wallet)).await;

    let nothing = send(&admin, &page, &wallet, &[]).await;
    assert_eq!(nothing.status, 422);
    assert!(
        nothing.body.contains("Сначала измените"),
        "{}",
        nothing.body
    );
    let wrong = [
        ("balance_min", "x"),
        ("operation_max", "0"),
        ("reason", "a"),
    ];
    let wrong = send(&admin, &page, &wallet, &wrong).await;
    assert_eq!(wrong.status, 422);
    assert_eq!(wrong.body.matches("class=\"field__error\"").count(), 3);

    let freeze = [("debits", "frozen")];
    let (one, two) = join(
        send(&admin, &page, &wallet, &freeze),
        send(&admin, &page, &wallet, &freeze),
    )
    .await;
    assert_eq!((one.status, two.status), (303, 303));
    assert_eq!(
        send(&other, &theirs, &wallet, &[("operation_max", "5")])
            .await
            .status,
        303
    );
    let now = admin.get(&rules_of(&wallet)).await;
    assert_eq!(
        value(&now, "seen").replace("&#124;", "|"),
        "frozen|open||||5.00|"
    );
    assert!(now.body.contains(">operator</a>") && now.body.contains(">alice</a>"));
    assert_eq!(admin.app.audited_operations().await, 2);

    // One who is gone is named as the ledger names them.
    admin
        .execute("UPDATE operations SET actor = 'staff:987' WHERE seq = 1")
        .await;
    assert!(
        admin
            .get(&rules_of(&wallet))
            .await
            .body
            .contains("staff:987")
    );
    let address = format!("{}operations.csv", page_of(&wallet));
    let file = admin.get(&address).await.body;
    let frozen = file.lines().nth(1).unwrap();
    let rest =
        ",\"asked by the owner\",\"staff:987\",,,,0.00,,,,\"{\"\"debits\"\": \"\"frozen\"\"}\",";
    assert!(
        frozen.contains(",FREEZE,0.00,0.00,") && frozen.ends_with(rest),
        "{frozen}"
    );
    admin.app.stop().await.unwrap();
}
