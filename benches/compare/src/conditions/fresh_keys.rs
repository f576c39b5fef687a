//! What idempotency keys cost: the hot load with a new key on each request, against the same requests with that header under a
//! name that means nothing, so that the client has the same to do.

use testkit::failure::Failure;

use super::condition::{Bounds, Condition, Judged, Row, Unit};
use super::pair;
use super::side::Side;
use crate::bench::{Bench, Place};
use crate::load::Load;
use crate::results::Results;

pub const NAME: &str = "keys-fresh";

pub static CONDITION: Condition = Condition {
    name: NAME,
    rows: &[Row {
        name: "hot, a fresh key each/without keys",
        unit: Unit::PerSecond,
        bounds: Some(Bounds::new(
            Judged::RatioAtLeast,
            ("0.92", 0.92),
            ("0.97", 0.97),
        )),
    }],
};

/// Measures one engine with both.
pub async fn run(bench: &Bench<'_>, place: &Place, results: &mut Results) -> Result<(), Failure> {
    let sides = Side::all(bench, place, 1, &[&[]]).await?;
    let points = [(0, Load::OtherHeader), (0, Load::FreshKeys)];
    pair::run(bench, place, &CONDITION, sides, points, results).await
}
