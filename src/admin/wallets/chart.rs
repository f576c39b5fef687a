//! The chart of a wallet's balance over time.
//!
//! A balance lasts until the next operation, so the line has steps. Of a long ledger the chart shows evenly spaced operations
//! and the last (`storage::admin::ledger`), and the page notes that the balances between are missing.

use rust_decimal::Decimal;
use time::OffsetDateTime;

use crate::admin::chart::{Chart, Line, Point, Shape};
use crate::admin::format;
use crate::domain::Balance;
use crate::messages::{Lang, text};
use crate::storage::admin::{BalanceAt, ListedWallet};

/// About how many balances are drawn.
pub const POINTS: i64 = 400;

/// Renders the chart as SVG.
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
        format_value: &|value, _| format_value(value, lang),
        lines: &[Line {
            name: text!(lang, "panel-balance"),
            shape: Shape::Steps,
            points: &points,
        }],
    }
    .svg()
}

/// Returns the chart's content as a sentence, for screen readers.
fn description(balances: &[BalanceAt], from: OffsetDateTime, lang: Lang) -> String {
    let Some(last) = balances.last() else {
        return text!(lang, "wallets-no-operations").to_owned();
    };
    let held = || balances.iter().map(|past| past.balance);
    let money = |balance: Option<Balance>| format::money(balance.unwrap_or(Balance::ZERO), lang);
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

/// Formats a value, without decimal places if it is whole.
fn format_value(value: f64, lang: Lang) -> String {
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
    use crate::domain::rules::Rules;
    use crate::domain::{UserId, WalletId};
    use crate::storage::admin::Owner;

    fn at(second: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(1_795_712_400 + second).unwrap()
    }

    fn drawn(balances: &[(i64, i64)]) -> String {
        let wallet = ListedWallet {
            id: WalletId(uuid::Uuid::nil()),
            balance: Some(Balance::ZERO),
            held: Some(Balance::ZERO),
            rules: Some(Rules::default()),
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
    fn a_chart_has_a_description() {
        let svg = drawn(&[(10, 5_000), (50, 123_450)]);
        assert!(svg.contains("<title id=\"balance-title\">Balance over time</title>"));
        assert!(
            svg.contains("Lowest: 50.00. Highest: 1\u{202f}234.50. Now: 1\u{202f}234.50."),
            "{svg}"
        );
    }

    #[test]
    fn the_chart_of_a_wallet_without_operations_has_a_text() {
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
    fn a_value_has_decimal_places_only_if_needed() {
        assert_eq!(format_value(10_000.0, Lang::Ru), "10\u{202f}000");
        assert_eq!(format_value(0.5, Lang::Ru), "0,50");
    }
}
