//! The recorded answers, of the application itself; and that their replay can fail.

mod proofs;
mod scripted;

use crate::app::TestApp;
use crate::replay::{RECORDED, cases, replay};

#[actix_rt::test]
async fn every_recorded_case_is_answered_as_recorded() {
    let app = TestApp::spawn().await;
    let report = replay(app.address, &cases(RECORDED)).await;
    assert!(report.failures().next().is_none(), "{report}");
}
