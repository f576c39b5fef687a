//! What balances cost that are read from the database, because other engines write to it as well.

use testkit::failure::Failure;

use super::condition::{Bounds, Condition, Judged, Row, Unit};
use super::pair;
use super::side::Side;
use crate::activate::read_each;
use crate::bench::{Bench, Place};
use crate::load::Load;
use crate::results::Results;

pub const NAME: &str = "shared-reads";

pub static CONDITION: Condition = Condition {
    name: NAME,
    rows: &[Row {
        name: "balances with `WALLET_SHARED`/without",
        unit: Unit::PerSecond,
        bounds: Some(Bounds::new(
            Judged::RatioAtLeast,
            ("0.75", 0.75),
            ("0.9", 0.9),
        )),
    }],
};

/// Measures an engine of each kind on one database, which neither writes to.
pub async fn run(bench: &Bench<'_>, place: &Place, results: &mut Results) -> Result<(), Failure> {
    let wallets = Load::Reads.wallets(bench.arguments, 0);
    let engines: [&[&str]; 2] = [&[], &["--shared", "true"]];
    let sides = Side::all(bench, place, wallets, &engines).await?;
    for engine in sides.iter().flat_map(|side| &side.engines) {
        let refused = read_each(engine.address, 0, wallets).await?;
        if refused > 0 {
            let text = format!("{refused} reads were refused");
            results.problem(place.name, NAME, text);
        }
    }
    let points = [(0, Load::Reads), (1, Load::Reads)];
    pair::run(bench, place, &CONDITION, sides, points, results).await
}
