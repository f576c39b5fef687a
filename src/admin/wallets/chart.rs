//! The chart of a wallet's balance over its time.
//!
//! A balance holds until the next operation, so the line goes in steps. A long ledger is drawn by evenly chosen operations
//! (`storage::admin::ledger`), of which the last is always one; between two of them the balance may have been elsewhere,
//! and the page says so.

use rust_decimal::Decimal;
use time::OffsetDateTime;

use crate::admin::chart::{Chart, Line, Point, Shape};
use crate::admin::format;
use crate::domain::Balance;
use crate::messages::{Lang, text};
use crate::storage::admin::{BalanceAt, ListedWallet};

/// Balances that are drawn; hardly more.
pub const POINTS: i64 = 400;

/// The chart, as SVG.
pub fn svg(
    wallet: &ListedWallet,
    balances: &[BalanceAt],
    now: OffsetDateTime,
    lang: Lang,
) -> String {
    let first = balances.first().map_or(now, |first| first.at);
    let from = wallet.created_at.min(first);
    let to = balances.last().map_or(now, |last| last.at.max(now));
    let mut points = Vec::with_capacity(balances.len() + 1);
    if !balances.is_empty() {
        points.push(point(from, Balance::ZERO));
    }
    points.extend(balances.iter().map(|past| point(past.at, past.balance)));
    Chart {
        id: "balance",
        title: text!(lang, "wallets-chart"),
        description: &description(balances, from, lang),
        empty: text!(lang, "wallets-no-operations"),
        from,
        to,
        from_zero: true,
        written: &|value, _| written(value, lang),
        lines: &[Line {
            name: text!(lang, "panel-balance"),
            shape: Shape::Steps,
            points: &points,
        }],
    }
    .svg()
}

/// What the chart shows, for those who cannot see it.
fn description(balances: &[BalanceAt], from: OffsetDateTime, lang: Lang) -> String {
    let Some(last) = balances.last() else {
        return text!(lang, "wallets-no-operations").to_owned();
    };
    let held = || balances.iter().map(|past| past.balance);
    let money =
        |balance: Option<Balance>| format::money(balance.unwrap_or(Balance::ZERO).into(), lang);
    text!(
        lang,
        "wallets-chart-description",
        from = format::time(from),
        lowest = money(held().min()),
        highest = money(held().max()),
        now = money(Some(last.balance)),
    )
}

fn point(at: OffsetDateTime, balance: Balance) -> Point {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a balance's cents are far below 2^53"
    )]
    let value = balance.cents() as f64 / 100.0;
    Point {
        at,
        value: Some(value),
    }
}

/// Whole units without their places.
fn written(value: f64, lang: Lang) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the axis is hardly longer than a balance may be"
    )]
    let cents = (value * 100.0).round() as i64;
    if cents % 100 == 0 {
        format::count(cents / 100)
    } else {
        format::money(Decimal::new(cents, 2), lang)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{UserId, WalletId};
    use crate::storage::admin::Owner;

    fn at(second: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(1_795_712_400 + second).unwrap()
    }

    fn drawn(balances: &[(i64, i64)]) -> String {
        let wallet = ListedWallet {
            id: WalletId(uuid::Uuid::nil()),
            balance: Some(Balance::ZERO),
            version: 0,
            created_at: at(0),
            updated_at: at(0),
            owner: Some(Owner {
                id: UserId(1),
                username: "alice".to_owned(),
                email: "alice@example.com".to_owned(),
            }),
        };
        let balances: Vec<_> = balances
            .iter()
            .map(|(second, cents)| BalanceAt {
                at: at(*second),
                balance: Balance::from_cents(*cents).unwrap(),
            })
            .collect();
        svg(&wallet, &balances, at(100), Lang::En)
    }

    #[test]
    fn a_chart_says_in_words_what_it_shows() {
        let svg = drawn(&[(10, 5_000), (50, 123_450)]);
        assert!(svg.contains("<title id=\"balance-title\">Balance over time</title>"));
        assert!(
            svg.contains("Lowest: 50.00. Highest: 1\u{202f}234.50. Now: 1\u{202f}234.50."),
            "{svg}"
        );
    }

    #[test]
    fn a_wallet_without_operations_has_a_chart_that_says_so() {
        let svg = drawn(&[]);
        assert!(
            svg.contains("chart__empty") && svg.contains(text!(Lang::En, "wallets-no-operations"))
        );
    }

    #[test]
    fn operations_before_the_wallet_or_after_now_are_within_the_chart() {
        let svg = drawn(&[(-50, 100), (200, 200)]);
        assert_eq!(svg.matches("chart__strip").count(), 3, "{svg}");
    }

    #[test]
    fn a_value_has_places_only_if_it_needs_them() {
        assert_eq!(written(10_000.0, Lang::Ru), "10\u{202f}000");
        assert_eq!(written(0.5, Lang::Ru), "0,50");
    }
}
