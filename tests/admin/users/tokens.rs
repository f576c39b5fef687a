//! A user's tokens: counted, and ended by staff.

use std::time::{Duration, Instant};

use super::changes::edit;
use super::id_of;
use crate::actors::token;
use crate::keys::{Guarded, read};

/// Nothing takes as long when it works: an engine learns of it within a second, and what it knows is otherwise believed for minutes.
const ENDED_MAX: Duration = Duration::from_secs(15);

/// Waits until the engine refuses the credential.
async fn refused(guarded: &Guarded, wallet: &str, credential: &str) {
    let since = Instant::now();
    while read(&guarded.app, wallet, credential).await != 401 {
        assert!(since.elapsed() < ENDED_MAX, "it is still taken");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[actix_web::test]
async fn staff_end_all_tokens_of_a_user_on_every_engine() {
    let guarded = Guarded::spawn().await;
    // The other engine's panel.
    let panel = &guarded.open;
    let wallet = panel.app.wallet("alice").await;
    let page = format!("/admin/users/{}/", id_of(panel, "alice").await);
    assert!(!panel.get(&page).await.body.contains("End all tokens"));
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let credential = format!("Token {}", token(&guarded, "alice").await);
        assert_eq!(read(&guarded.app, &wallet, &credential).await, 200);
        tokens.push(credential);
    }
    let shown = panel.get(&page).await.body;
    assert!(
        shown.contains(r#"<dd class="number" id="tokens">2</dd>"#),
        "{shown}"
    );
    let ended = panel.post(&format!("{page}tokens/"), &[]).await;
    assert_eq!(ended.location(), page);
    for credential in &tokens {
        refused(&guarded, &wallet, credential).await;
    }
    let shown = panel.get(&page).await.body;
    assert!(
        shown.contains("All tokens of the user have ended."),
        "{shown}"
    );
    assert!(
        shown.contains(r#"<dd class="number" id="tokens">0</dd>"#),
        "{shown}"
    );
    assert_eq!(
        panel.post("/admin/users/999/tokens/", &[]).await.status,
        404
    );
    assert_eq!(panel.get(&format!("{page}tokens/")).await.location(), page);

    let credential = format!("Token {}", token(&guarded, "alice").await);
    assert_eq!(read(&guarded.app, &wallet, &credential).await, 200);
    edit(panel, &page, &[("is_active", None)]).await;
    refused(&guarded, &wallet, &credential).await;
    guarded.stop().await;
}
