//! The recorded answers, of the application itself; and that their replay can fail.

mod proofs;
mod scripted;

use wallet_engine::auth::{Scope, Secret};
use wallet_engine::config::AuthMode;

use crate::app::TestApp;
use crate::postgres;
use crate::replay::{RECORDED, cases, replay, replay_with};

#[actix_rt::test]
async fn every_recorded_case_is_answered_as_recorded() {
    let app = TestApp::spawn().await;
    let report = replay(app.address, &cases(RECORDED)).await;
    assert!(report.failures().next().is_none(), "{report}");
}

/// Except of those that have an `Authorization` of their own, which is no key.
#[actix_rt::test]
async fn with_a_key_every_recorded_case_is_answered_as_recorded() {
    let app = TestApp::spawn_with(|config| config.server.auth = AuthMode::On).await;
    let key = Secret::new_key().unwrap();
    let insert = "INSERT INTO api_keys (name, slot, digest, scopes) VALUES ('replay', 1, $1, $2)";
    let scopes = Scope::ALL.map(Scope::as_str).to_vec();
    let client = postgres::connect(&app.database).await;
    let digest = key.digest();
    client
        .execute(insert, &[&digest.as_bytes(), &scopes])
        .await
        .unwrap();
    let bearer = format!("Bearer {}", key.expose());
    let report = replay_with(app.address, Some(&bearer), &cases(RECORDED)).await;
    let failed: Vec<_> = report.failures().collect();
    assert_eq!(failed.len(), 3, "{report}");
    for verdict in failed {
        let differences = verdict.differences.join("\n");
        assert!(differences.starts_with("status 401"), "{report}");
        assert!(verdict.case.contains("authorization"), "{report}");
    }
}
