//! What those who are tied to wallets reach beyond them: nothing but that they pay others.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::callers::{Answered, Owner, Protected, answered};
use wallet_engine::config::Config;

const OF_A_WALLET: &str =
    "wallets:read,operations:write,transfers:write,holds:write,rules:write,events:read";

struct Shop {
    engine: Protected,
    alice: Owner,
    bob: Owner,
    /// Tied to alice's wallet.
    key: String,
}

async fn shop() -> Shop {
    let engine = Protected::spawn().await;
    let alice = engine.owner_with("alice", "100.00").await;
    let bob = engine.owner_with("bob", "100.00").await;
    let key = engine.key("shop", OF_A_WALLET, Some(&[alice.wallet])).await;
    Shop {
        engine,
        alice,
        bob,
        key,
    }
}

impl Shop {
    async fn pay(&self, key: &str, from: &Owner, to: Uuid, amount: &str) -> Answered {
        let body = json!({"to": to.to_string(), "amount": amount});
        let path = format!("{}transfers/", from.path);
        self.engine.post(&path, key, &body).await
    }

    async fn reverse(&self, key: &str, of: &Owner, id: &Value) -> Answered {
        let path = format!("{}operations/{id}/reverse/", of.path);
        self.engine.post(&path, key, &json!({})).await
    }

    async fn balance(&self, of: &Owner) -> String {
        let wallet = self.engine.get(&of.path, &self.engine.key).await.json();
        wallet["balance"].as_str().unwrap().to_owned()
    }

    async fn batch(&self, key: &str, atomic: bool, operations: Value) -> Answered {
        let body = json!({"atomic": atomic, "operations": operations});
        self.engine.post("/api/batch/", key, &body).await
    }
}

#[actix_web::test]
async fn what_was_paid_is_taken_back_by_who_reaches_both_wallets() {
    let shop = shop().await;
    let paid = shop
        .pay(&shop.key, &shop.alice, shop.bob.wallet, "10.00")
        .await;
    assert_eq!(paid.status, 201, "{}", paid.body);
    let id = &paid.json()["id"];
    let refused = shop.reverse(&shop.key, &shop.alice, id).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (403, "forbidden")
    );
    assert_eq!(shop.balance(&shop.bob).await, "110.00");
    // A capture that pays another wallet is no different.
    let holds = format!("{}holds/", shop.alice.path);
    let hold = shop
        .engine
        .post(&holds, &shop.key, &json!({"amount": "5.00"}))
        .await;
    let capture = format!("{holds}{}/capture/", hold.json()["id"]);
    let body = json!({"to": shop.bob.wallet.to_string()});
    let captured = shop.engine.post(&capture, &shop.key, &body).await;
    assert_eq!(captured.status, 200, "{}", captured.body);
    let captured = &captured.json()["id"];
    assert_eq!(
        shop.reverse(&shop.key, &shop.alice, captured).await.status,
        403
    );
    assert_eq!(shop.balance(&shop.bob).await, "115.00");
    // What is not there, and what nobody can reverse, is said as to everybody.
    assert_eq!(
        shop.reverse(&shop.key, &shop.alice, &json!(99))
            .await
            .code(),
        "operation_not_found"
    );
    let hold = &hold.json()["id"];
    assert_eq!(
        shop.reverse(&shop.key, &shop.alice, hold).await.code(),
        "not_reversible"
    );
    let both = [shop.alice.wallet, shop.bob.wallet];
    let both = shop.engine.key("both", OF_A_WALLET, Some(&both)).await;
    assert_eq!(shop.reverse(&both, &shop.alice, id).await.status, 201);
    assert_eq!(shop.balance(&shop.bob).await, "105.00");
    shop.engine.app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_came_in_is_given_back_by_who_reaches_its_receiver() {
    let shop = shop().await;
    let paid = shop
        .pay(&shop.engine.key, &shop.bob, shop.alice.wallet, "10.00")
        .await;
    assert_eq!(paid.status, 201);
    let refunded = shop.reverse(&shop.key, &shop.alice, &json!(2)).await;
    assert_eq!(refunded.status, 201, "{}", refunded.body);
    assert_eq!(shop.balance(&shop.alice).await, "100.00");
    assert_eq!(shop.balance(&shop.bob).await, "100.00");
    // The deposit is of one wallet.
    assert_eq!(
        shop.reverse(&shop.key, &shop.alice, &json!(1)).await.status,
        201
    );
    shop.engine.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_cursor_and_a_number_of_another_wallet_lead_nowhere() {
    let shop = shop().await;
    let bobs = format!("{}operations/?limit=1", shop.bob.path);
    for _ in 0..2 {
        shop.pay(&shop.engine.key, &shop.bob, shop.alice.wallet, "1.00")
            .await;
    }
    let page = shop.engine.get(&bobs, &shop.engine.key).await.json();
    let next = page["next"].as_str().unwrap();
    let cursor = next.split("cursor=").nth(1).unwrap();
    let path = format!("{}operations/?limit=1&cursor={cursor}", shop.alice.path);
    let refused = shop.engine.get(&path, &shop.key).await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    assert_eq!(shop.engine.get(next, &shop.key).await.status, 404);
    for path in [
        "balance/?operation=1",
        "operations/1/",
        "holds/1/",
        "holds/",
        "rules/",
    ] {
        let path = format!("{}{path}", shop.bob.path);
        assert_eq!(
            shop.engine.get(&path, &shop.key).await.status,
            404,
            "{path}"
        );
    }
    // A payer's own row names the other wallet, as always; the actor is who asked.
    let own = format!("{}operations/", shop.alice.path);
    let entry = shop.engine.get(&own, &shop.key).await.json()["results"][0].clone();
    assert_eq!(entry["other_wallet"], json!(shop.bob.wallet.to_string()));
    assert_eq!(entry["actor"], json!("key:all"));
    shop.engine.app.stop().await.unwrap();
}

#[actix_web::test]
async fn each_operation_of_a_batch_takes_its_scope_on_its_wallet() {
    let shop = shop().await;
    let (alice, bob, nobody) = (shop.alice.wallet, shop.bob.wallet, Uuid::new_v4());
    let deposit =
        |wallet: Uuid| json!({"wallet": wallet.to_string(), "kind": "DEPOSIT", "amount": "1.00"});
    let pay = |from: Uuid, to: Uuid| json!({"wallet": from.to_string(), "kind": "TRANSFER", "to": to.to_string(), "amount": "1.00"});
    let list = json!([
        deposit(alice),
        deposit(bob),
        deposit(nobody),
        pay(alice, bob),
        pay(bob, alice),
        pay(nobody, alice)
    ]);
    let answer = shop.batch(&shop.key, false, list).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let results = answer.json()["results"].clone();
    let codes: Vec<_> = results
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["code"].as_str())
        .collect();
    let none = Some("wallet_not_found");
    assert_eq!(codes, [None, none, none, None, none, none], "{results}");
    assert_eq!(results[1], results[2]);
    assert_eq!(results[4], results[5]);
    assert_eq!(
        (
            shop.balance(&shop.alice).await,
            shop.balance(&shop.bob).await
        ),
        ("100.00".to_owned(), "101.00".to_owned())
    );

    let payer = shop.engine.key("payer", "transfers:write", None).await;
    let answer = shop
        .batch(&payer, false, json!([deposit(alice), pay(alice, bob)]))
        .await;
    let results = answer.json()["results"].clone();
    assert_eq!(
        (&results[0]["status"], &results[0]["code"]),
        (&json!(403), &json!("forbidden"))
    );
    assert_eq!(results[1]["status"], 201, "{results}");

    for (key, list, index, cause) in [
        (
            &payer,
            json!([pay(alice, bob), deposit(alice)]),
            1,
            "forbidden",
        ),
        (
            &shop.key,
            json!([pay(alice, bob), deposit(bob)]),
            1,
            "wallet_not_found",
        ),
        (
            &shop.key,
            json!([pay(alice, bob), deposit(nobody)]),
            1,
            "wallet_not_found",
        ),
        (&shop.key, json!([pay(bob, alice)]), 0, "wallet_not_found"),
    ] {
        let answer = shop.batch(key, true, list).await;
        let problem = answer.json();
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (409, "batch_refused"),
            "{problem}"
        );
        assert_eq!(
            (&problem["index"], &problem["cause"]),
            (&json!(index), &json!(cause))
        );
    }
    assert_eq!(shop.balance(&shop.alice).await, "99.00");
    let token = shop.engine.token("alice").await;
    let answer = shop.batch(&token, true, json!([pay(alice, bob)])).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    shop.engine.app.stop().await.unwrap();
}

#[actix_web::test]
async fn owners_may_do_what_the_setting_says_on_their_own_wallet() {
    let may_hold = |config: &mut Config| {
        config.server.access.owner_scopes = "wallets:read,holds:write,operations:write".to_owned();
    };
    let engine = Protected::spawn_with(may_hold).await;
    let alice = engine.owner_with("alice", "10.00").await;
    let bob = engine.owner_with("bob", "10.00").await;
    let token = engine.token("alice").await;
    for (of, expected) in [(&alice, 201), (&bob, 404)] {
        let path = format!("{}holds/", of.path);
        let held = engine.post(&path, &token, &json!({"amount": "1.00"})).await;
        assert_eq!(held.status, expected, "{}", held.body);
    }
    let path = format!("{}transfers/", alice.path);
    let body = json!({"to": bob.wallet.to_string(), "amount": "1.00"});
    assert_eq!(engine.post(&path, &token, &body).await.status, 403);
    let schema = engine.request(Method::GET, "/api/schema/");
    assert_eq!(answered(schema).await.status, 200);
    engine.app.stop().await.unwrap();
}
