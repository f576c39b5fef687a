//! What is sent: wrong, twice, or where it has no effect.

use futures_util::join;
use uuid::Uuid;

use super::{Guarded, count, form_in, id_of, in_english, key_in, make, send};
use crate::admin::{Browser, PASSWORD, STAFF};
use crate::postgres;

#[actix_web::test]
async fn what_is_wrong_is_said_and_what_was_typed_stays() {
    let guarded = Guarded::spawn().await;
    let browser = &guarded.browser;
    let wallet = guarded.open.app.wallet("alice").await;
    let wallet = id_of(&wallet);
    let [missing, other] = [1, 2].map(|n| Uuid::from_u128(n).to_string());
    let many: Vec<_> = (1..=101).map(|n| Uuid::from_u128(n).to_string()).collect();
    let long = "a".repeat(65);
    let all_missing = format!("{wallet}\r\n{missing}\r\n{other}");
    for (name, scope, wallets, days, mistake) in [
        (
            "",
            "wallets:read",
            "",
            "",
            "At most 64 characters: Latin letters",
        ),
        (
            "a shop",
            "wallets:read",
            "",
            "",
            "At most 64 characters: Latin letters",
        ),
        (
            "магазин",
            "wallets:read",
            "",
            "",
            "At most 64 characters: Latin letters",
        ),
        (
            "shop:1",
            "wallets:read",
            "",
            "",
            "At most 64 characters: Latin letters",
        ),
        (
            &*long,
            "wallets:read",
            "",
            "",
            "At most 64 characters: Latin letters",
        ),
        ("shop", "", "", "", "One of the scopes does not exist"),
        (
            "shop",
            "wallets:write",
            "",
            "",
            "One of the scopes does not exist",
        ),
        (
            "shop",
            "users:write",
            wallet,
            "",
            "Not possible for a key that is tied to wallets: users:write.",
        ),
        (
            "shop",
            "wallets:read",
            "x",
            "",
            "This is not a wallet ID: x",
        ),
        (
            "shop",
            "wallets:read",
            &many.join("\r\n"),
            "",
            "At most 100 wallets",
        ),
        (
            "shop",
            "wallets:read",
            &all_missing,
            "",
            &format!("There is no such wallet: {missing}, {other}"),
        ),
        (
            "shop",
            "wallets:read",
            &many[..100].join(" "),
            "",
            "and 95 more",
        ),
        (
            "shop",
            "wallets:read",
            "",
            "0",
            "A whole number of days, from 1 to 3650",
        ),
        ("shop", "wallets:read", "", "3651", "A whole number of days"),
        ("shop", "wallets:read", "", "1.5", "A whole number of days"),
        ("shop", "wallets:read", "", "-1", "A whole number of days"),
    ] {
        let fields = [
            ("name", name),
            ("scope", scope),
            ("wallets", wallets),
            ("days", days),
        ];
        let refused = make(browser, &fields).await;
        assert_eq!(refused.status, 422, "{fields:?}");
        let body = &refused.body;
        assert!(body.contains(mistake), "{mistake}\n{body}");
        assert!(
            body.contains(&format!("name=\"name\" value=\"{name}\"")),
            "{body}"
        );
        assert!(
            body.contains(&format!("name=\"days\" value=\"{days}\"")),
            "{body}"
        );
        assert!(body.contains(&format!("{wallets}</textarea>")), "{body}");
        let ticked = format!("value=\"{scope}\" checked");
        let is_known = !["", "wallets:write"].contains(&scope);
        assert_eq!(body.contains(&ticked), is_known, "{body}");
    }
    let none = make(browser, &[("name", "shop")]).await;
    assert!(none.body.contains("Tick a scope at least"), "{}", none.body);
    assert_eq!(count(&guarded.app).await, 0);
    guarded.stop().await;
}

#[actix_web::test]
async fn a_hundred_wallets_are_possible_and_one_named_twice_counts_once() {
    let guarded = Guarded::spawn().await;
    guarded
        .open
        .execute(
            "INSERT INTO users (username, email, password_hash, wallet_id)
             SELECT 'u' || n, 'u' || n || '@example.com', '', gen_random_uuid() FROM generate_series(1, 100) n;
             INSERT INTO wallets (id, user_id) SELECT wallet_id, id FROM users WHERE username LIKE 'u%'",
        )
        .await;
    let database = postgres::connect(&guarded.app.database).await;
    let ids = "SELECT string_agg(wallet_id::text, ' ') FROM users WHERE username LIKE 'u%'";
    let ids: String = database.query_one(ids, &[]).await.unwrap().get(0);
    let twice = format!("{ids}\n{}", ids.to_uppercase());
    let fields = [
        ("name", "shop"),
        ("scope", "wallets:read"),
        ("wallets", &*twice),
    ];
    key_in(&make(&guarded.browser, &fields).await);
    let wallets = "SELECT cardinality(wallets) FROM api_keys";
    let wallets: i32 = database.query_one(wallets, &[]).await.unwrap().get(0);
    assert_eq!(wallets, 100);
    let list = guarded.browser.get("/admin/keys/").await.body;
    assert!(list.contains("and 97 more"), "{list}");
    guarded.stop().await;
}

#[actix_web::test]
async fn a_form_that_is_sent_twice_makes_one_key_and_shows_it_once() {
    let guarded = Guarded::spawn().await;
    let browser = &guarded.browser;
    let fields = [("name", "shop"), ("scope", "wallets:read"), ("days", "7")];
    let form = form_in(&browser.get("/admin/keys/new/").await);
    let key = key_in(&send(browser, &form, &fields).await);
    for _ in 0..2 {
        let again = send(browser, &form, &fields).await;
        assert_eq!(again.status, 409);
        assert!(
            again.body.contains("its key was made and shown then"),
            "{}",
            again.body
        );
        assert!(!again.body.contains(&key), "{}", again.body);
        assert!(again.body.contains(r#"name="days" value="7""#));
        assert_ne!(form_in(&again), form, "the next attempt is another key");
    }
    assert_eq!(count(&guarded.app).await, 1);

    // Also once two of the name are live, and from tabs of two engines at once.
    let open = &guarded.open.browser;
    open.get("/admin/keys/new/").await;
    let form = form_in(&browser.get("/admin/keys/new/").await);
    let (one, other) = join!(send(browser, &form, &fields), send(open, &form, &fields));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    let late = if one.status == 409 { one } else { other };
    assert!(
        late.body.contains("its key was made and shown then"),
        "{}",
        late.body
    );
    assert_eq!(count(&guarded.app).await, 2);
    let again = send(browser, &form, &fields).await;
    assert!(
        again.body.contains("its key was made and shown then"),
        "{}",
        again.body
    );
    guarded.stop().await;
}

#[actix_web::test]
async fn where_keys_have_no_effect_the_pages_say_so() {
    let guarded = Guarded::spawn().await;
    let open = &guarded.open.browser;
    let made = make(open, &[("name", "shop"), ("scope", "wallets:read")]).await;
    key_in(&made);
    let pages = ["/admin/keys/", "/admin/keys/new/", "/admin/keys/1/rotate/"];
    for path in pages {
        let off = open.get(path).await;
        assert!(
            off.body.contains("WALLET_AUTH is off"),
            "{path}: {}",
            off.body
        );
        let on = guarded.browser.get(path).await;
        assert!(!on.body.contains("WALLET_AUTH is off"), "{path}");
    }
    assert!(made.body.contains("WALLET_AUTH is off"));
    guarded.stop().await;
}

#[actix_web::test]
async fn a_database_that_is_away_leaves_the_form_as_it_was() {
    let guarded = Guarded::spawn().await;
    let browser = &guarded.browser;
    let form = form_in(&browser.get("/admin/keys/new/").await);
    let fields = [("name", "shop"), ("scope", "holds:write"), ("days", "9")];
    let away = "CREATE FUNCTION away() RETURNS trigger LANGUAGE plpgsql
                AS $$ BEGIN RAISE 'away' USING ERRCODE = '57P01'; END $$;
                CREATE TRIGGER away BEFORE INSERT ON api_keys EXECUTE FUNCTION away()";
    guarded.open.execute(away).await;
    let refused = send(browser, &form, &fields).await;
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert!(
        refused
            .body
            .contains("it is not known whether the key was made")
    );
    assert_eq!(form_in(&refused), form, "the next attempt is the same key");
    assert!(refused.body.contains(r#"value="holds:write" checked"#));
    guarded.open.execute("DROP FUNCTION away CASCADE").await;
    key_in(&send(browser, &form, &fields).await);
    assert_eq!(count(&guarded.app).await, 1);
    guarded.stop().await;
}

#[actix_web::test]
async fn the_pages_are_in_russian_as_well() {
    let guarded = Guarded::spawn().await;
    let browser = Browser::new(&guarded.app);
    browser.sign_in(STAFF, PASSWORD).await;
    let refused = make(&browser, &[("name", "магазин")]).await;
    assert!(
        refused
            .body
            .contains("Не больше 64 символов: латинские буквы"),
        "{}",
        refused.body
    );
    assert!(refused.body.contains("Отметьте хотя бы одно право"));
    let fields = [("name", "shop"), ("scope", "wallets:read")];
    let made = make(&browser, &fields).await;
    assert!(
        made.body.contains("больше он показан не будет"),
        "{}",
        made.body
    );
    in_english(&browser);
    assert!(browser.get("/admin/keys/").await.body.contains("Last used"));
    guarded.stop().await;
}
