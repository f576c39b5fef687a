//! The contract through nginx: every recorded case, sent with a key, is answered as recorded, but for those that nginx never lets
//! an engine see. Each of these is listed with its reason, and has to differ: what no longer does is struck out.

use crate::replay::{RECORDED, cases, replay_with};
use crate::stack::Stack;

/// Cases, by number, and what nginx does with them. None is an answer of the three endpoints.
const DIFFERENCES: &[(&str, &str)] = &[
    ("693", NO_PATH),
    ("694", NO_PATH),
    ("772", "/robots.txt is a file that nginx serves; 404 before"),
    ("777", NO_PATH),
    ("779", NO_PATH),
    ("810", TRACE),
    ("812", TRACE),
    ("895", NO_KEY),
    ("896", NO_KEY),
    ("897", NO_KEY),
];

/// 400, where the engine finds nothing at such an address: 404.
const NO_PATH: &str =
    "a path with a NUL or a broken percent sign is refused before it is looked at";
/// Everything but `Allow` is as recorded.
const TRACE: &str = "405 by nginx itself, which does not know what is allowed there";

/// 401, where an engine with `WALLET_AUTH` off does not look at the header.
const NO_KEY: &str = "it has an Authorization of its own, which is no key";

pub async fn every_other_case_is_answered_as_recorded(stack: &Stack) {
    let authorization = stack.authorization();
    let report = replay_with(stack.address, Some(&authorization), &cases(RECORDED)).await;
    let number = |case: &str| case.split(' ').next().unwrap_or_default().to_owned();
    let found: Vec<_> = report.failures().map(|v| number(&v.case)).collect();
    let listed: Vec<_> = DIFFERENCES.iter().map(|(case, _)| *case).collect();
    assert_eq!(found, listed, "{report}");
    println!(
        "{} cases, of which {} differ",
        report.verdicts.len(),
        found.len()
    );
}
