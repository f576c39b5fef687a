//! The order of a wallet's events, while deliveries fail and the webhook changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::hook::{Hook, engine, id_of};
use crate::receiver::{Receiver, Reply, Seen};

const WALLETS: usize = 5;
const OPERATIONS: i64 = 12;

/// What a receiver made of what came.
#[derive(Default)]
struct Judged {
    attempts: usize,
    /// The last event of each wallet that was accepted.
    accepted: HashMap<String, i64>,
    /// Events that came although the one before was not accepted.
    early: Vec<(String, i64)>,
}

impl Judged {
    /// Refuses every third attempt.
    fn judge(&mut self, seen: &Seen) -> Reply {
        self.attempts += 1;
        let (wallet, seq) = (seen.wallet().to_owned(), seen.seq());
        let last = self.accepted.entry(wallet.clone()).or_default();
        if seq > *last + 1 {
            self.early.push((wallet, seq));
        }
        if self.attempts.is_multiple_of(3) {
            return Reply::Status(500);
        }
        *last = seq.max(*last);
        Reply::Status(204)
    }
}

#[actix_web::test]
async fn an_event_comes_only_after_the_one_before_was_accepted_whatever_fails_or_changes() {
    let (app, receiver) = (engine().await, Receiver::start().await);
    let judged = Arc::new(Mutex::new(Judged::default()));
    let judge = Arc::clone(&judged);
    receiver.answer(move |seen| judge.lock().unwrap().judge(seen));
    let mut wallets = Vec::new();
    for index in 0..WALLETS {
        wallets.push(app.wallet(&format!("user{index}")).await);
    }
    let hook = Hook::to(&app, &receiver).await;
    for operation in 1..=OPERATIONS {
        for wallet in &wallets {
            app.deposit(wallet, "1.00").await;
        }
        if operation % 4 == 0 {
            // Its deliveries begin again, with the wallets that wait.
            hook.set("updated_at = now()").await;
        }
    }
    let all = |_: &[Seen]| {
        let judged = judged.lock().unwrap();
        let accepted = |wallet: &String| judged.accepted.get(id_of(wallet)) == Some(&OPERATIONS);
        wallets.iter().all(accepted)
    };
    receiver.wait_for("all of all wallets", all).await;
    let row = hook
        .wait_for("no wallet waits", |row| row.get::<_, i64>("waiting") == 0)
        .await;
    assert_eq!(row.get::<_, i64>("set_aside"), 0);
    assert_eq!(judged.lock().unwrap().early, []);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_wallet_that_waits_is_known_to_the_engine_that_comes_next() {
    let (app, receiver) = (engine().await, Receiver::start().await);
    receiver.answer(|_| Reply::With(503, "retry-after: 60".to_owned()));
    let alice = app.wallet("alice").await;
    app.deposit(&alice, "1.00").await;
    app.deposit(&alice, "2.00").await;
    let hook = Hook::to(&app, &receiver).await;
    hook.wait_for("it waits", |row| row.get::<_, i64>("waiting") == 1)
        .await;
    let database = app.database.clone();
    app.stop().await.unwrap();

    let allow = |config: &mut wallet_engine::config::Config| config.webhooks.allow_private = true;
    let app = testkit::app::TestApp::spawn_on(database, allow).await;
    let bob = app.wallet("bob").await;
    receiver.answer(|_| Reply::Status(200));
    app.deposit(&bob, "1.00").await;
    let what = "what is of another wallet, and no attempt within the pause";
    let seen = receiver.wait_for(what, |seen| seen.len() == 2).await;
    assert_eq!(seen[1].wallet(), id_of(&bob));

    // As when someone changes it: what waits is sent at once.
    let now = "UPDATE webhook_waiting SET next_attempt_at = now();
        UPDATE webhooks SET version = version + 1";
    hook.client.batch_execute(now).await.unwrap();
    let seen = receiver.wait(4).await;
    let seqs: Vec<_> = seen.iter().map(Seen::seq).collect();
    assert_eq!(seqs, [1, 1, 1, 2]);
    hook.wait_for("it waits no longer", |row| {
        row.get::<_, i64>("waiting") == 0
    })
    .await;
    app.stop().await.unwrap();
}
