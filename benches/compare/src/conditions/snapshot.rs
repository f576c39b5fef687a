//! What a snapshot costs that someone keeps open, as a dump or an audit does: PostgreSQL may remove no version of a row that
//! the snapshot can see, and the versions between. The hot load before it, and again half a minute after it was opened.

use std::time::Duration;

use testkit::failure::Failure;

use super::condition::{Bounds, Condition, Judged, Row, Unit};
use super::side::{Side, run_of};
use crate::bench::{Bench, Place};
use crate::contender::System;
use crate::load::Load;
use crate::results::{CONNECTIONS, Results};
use crate::wrk::Run;

pub const NAME: &str = "snapshot";

pub static CONDITION: Condition = Condition {
    name: NAME,
    rows: &[Row {
        name: "hot, 30 s into a snapshot/before it",
        unit: Unit::PerSecond,
        bounds: Some(Bounds::new(
            Judged::RatioAtLeast,
            ("0.8", 0.8),
            ("0.95", 0.95),
        )),
    }],
};

/// How long the snapshot is open, under load, before the measurement.
const AGE: Duration = Duration::from_secs(30);
/// Likewise with `--quick`.
const QUICK_AGE: Duration = Duration::from_secs(5);
/// Rounds of the build before: each takes as long as ten points.
const ROUNDS_BEFORE: u64 = 2;

/// Measures the load, opens a snapshot, lets the load run, and measures it again. Each round begins with what the last
/// one left behind removed.
pub async fn run(bench: &Bench<'_>, place: &Place, results: &mut Results) -> Result<(), Failure> {
    let mut sides = Side::all(bench, place, 1, &[&[]]).await?;
    for side in &mut sides {
        let warm_up = run_of(bench, Load::Hot, CONNECTIONS, 0);
        side.send(bench, 0, warm_up).await?;
    }
    for round in 1..=bench.arguments.rounds {
        for side in &mut sides {
            if side.system == System::Before && round > ROUNDS_BEFORE {
                continue;
            }
            let point = run_of(bench, Load::Hot, CONNECTIONS, round);
            let without = side.send(bench, 0, point).await?;
            side.books.database.open_snapshot().await?;
            let duration = if bench.arguments.quick {
                QUICK_AGE
            } else {
                AGE
            };
            let ageing = side.send(bench, 0, Run { duration, ..point }).await?;
            if let Some(problem) = ageing.problem() {
                results.problem(place.name, NAME, problem);
            }
            let with = side.send(bench, 0, point).await?;
            side.books.database.end_snapshot().await?;
            side.note(&CONDITION, round, [without, with], results, place);
        }
    }
    for side in sides {
        side.finish(bench, place, &CONDITION, results).await?;
    }
    Ok(())
}
