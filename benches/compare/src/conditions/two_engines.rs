//! What it costs that two engines write to one wallet: each with half of the connections, against one of them with all.

use testkit::failure::Failure;

use super::condition::{Bounds, Condition, Judged, Row, Unit};
use super::side::{Side, run_of};
use crate::bench::{Bench, Place};
use crate::load::Load;
use crate::results::{CONNECTIONS, Results};
use crate::wrk::Report;

pub const NAME: &str = "two-engines";

pub static CONDITION: Condition = Condition {
    name: NAME,
    rows: &[
        Row {
            name: "hot, two engines/one",
            unit: Unit::PerSecond,
            bounds: Some(Bounds::new(
                Judged::RatioAtLeast,
                ("0.3", 0.3),
                ("0.6", 0.6),
            )),
        },
        Row {
            name: "p99 hot, two engines/one",
            unit: Unit::P99,
            bounds: Some(Bounds::new(
                Judged::FigureAtMost,
                ("under 300 ms", 300.0),
                ("under 100 ms", 100.0),
            )),
        },
    ],
};

/// Measures one engine, then both at once.
pub async fn run(bench: &Bench<'_>, place: &Place, results: &mut Results) -> Result<(), Failure> {
    let shared: &[&str] = &["--shared", "true"];
    let mut sides = Side::all(bench, place, 1, &[shared, shared]).await?;
    for round in 0..=bench.arguments.rounds {
        for side in &mut sides {
            let alone = run_of(bench, Load::Hot, CONNECTIONS, round);
            let one = side.send(bench, 0, alone).await?;
            let both = both(bench, side, round).await?;
            side.note(&CONDITION, round, [one, both], results, place);
        }
    }
    for side in sides {
        side.finish(bench, place, &CONDITION, results).await?;
    }
    Ok(())
}

/// One run of wrk against each engine, at the same time, as if it were one run.
async fn both(bench: &Bench<'_>, side: &mut Side, round: u64) -> Result<Report, Failure> {
    bench.postgres.settle().await?;
    let run = run_of(bench, Load::Hot, CONNECTIONS / 2, round);
    let [one, other] = [0, 1].map(|engine| bench.send_beside(side.engines[engine].address, run));
    let (one, other) = tokio::try_join!(one, other)?;
    side.books.enter(&one, run);
    side.books.enter(&other, run);
    Ok(Report {
        requests: one.requests + other.requests,
        duration_us: one.duration_us.max(other.duration_us),
        p50_us: one.p50_us.max(other.p50_us),
        p99_us: one.p99_us.max(other.p99_us),
        socket_errors: one.socket_errors + other.socket_errors,
        refused: one.refused + other.refused,
        ..one
    })
}
