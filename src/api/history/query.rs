//! The query of a page: `limit`, `cursor`, `kind`, `from`, `to`. Other names are ignored, and the last value of
//! a repeated name counts, as everywhere in the contract.
//!
//! A cursor is the position where the page begins, followed by a hash of it, the wallet and the filters, all in hexadecimal:
//! so one that was cut, mistyped, or used with other filters is refused.

use sha2::{Digest, Sha256};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime, UtcOffset};
use utoipa::IntoParams;
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};

use super::super::openapi::schemas::{self, both};
use super::super::query_error::{InvalidQuery, LimitError};
use crate::domain::history::{HistoryFilter, HistoryQuery, PAGE_MAX};
use crate::domain::{OperationKind, WalletId, time_text};
use crate::messages::{Id, id};
use crate::web::redirect;

/// The default limit.
const LIMIT: u16 = 50;
/// Half of a cursor: the position, or the hash.
const HALF_CHARS: usize = 16;
const CURSOR_CHARS: usize = 2 * HALF_CHARS;

/// The parameters as received.
#[derive(Default, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filters {
    #[param(schema_with = limits)]
    limit: Option<String>,
    #[param(schema_with = cursors)]
    cursor: Option<String>,
    #[param(schema_with = words)]
    kind: Option<String>,
    #[param(schema_with = froms)]
    from: Option<String>,
    #[param(schema_with = tos)]
    to: Option<String>,
}

pub fn parse(wallet: WalletId, query: &str) -> Result<HistoryQuery, InvalidQuery> {
    let given = Filters::of(query);
    let mut faults = InvalidQuery::default();
    let limit = given.limit.as_deref().map_or(Ok(LIMIT), limit);
    let limit = limit.map_err(|error| faults.limit = Some(error));
    let kind = given
        .kind
        .map(|text| OperationKind::parse(&text).ok_or(text));
    let kind = kind.transpose().map_err(|text| faults.kind = Some(text));
    let from = given.from.as_deref().map(|text| time(text).ok_or(()));
    let from = from.transpose().map_err(|()| faults.from = true);
    let to = given.to.as_deref().map(|text| time(text).ok_or(()));
    let to = to.transpose().map_err(|()| faults.to = true);
    let (Ok(limit), Ok(kind), Ok(from), Ok(to)) = (limit, kind, from, to) else {
        return Err(faults);
    };
    let filter = HistoryFilter { kind, from, to };
    let below = given
        .cursor
        .map(|text| place(wallet, &filter, &text).ok_or(()));
    match below.transpose() {
        Ok(below) => Ok(HistoryQuery {
            filter,
            below,
            limit,
        }),
        Err(()) => Err(InvalidQuery {
            cursor: true,
            ..faults
        }),
    }
}

/// The address of the page that begins below that position, with the same filters and limit.
pub fn link(wallet: WalletId, query: &HistoryQuery, below: i64) -> String {
    let HistoryFilter { kind, from, to } = query.filter;
    let time = |time: Option<OffsetDateTime>| time.map(written).unwrap_or_default();
    redirect::address(
        &format!("/api/wallets/{wallet}/operations/"),
        &[
            ("limit", &query.limit.to_string()),
            ("kind", kind.map_or("", OperationKind::as_str)),
            ("from", &time(from)),
            ("to", &time(to)),
            ("cursor", &cursor(wallet, &query.filter, below)),
        ],
    )
}

impl Filters {
    fn of(query: &str) -> Self {
        let mut given = Self::default();
        for (name, text) in form_urlencoded::parse(query.as_bytes()) {
            let field = match &*name {
                "limit" => &mut given.limit,
                "cursor" => &mut given.cursor,
                "kind" => &mut given.kind,
                "from" => &mut given.from,
                "to" => &mut given.to,
                _ => continue,
            };
            *field = Some(text.into_owned());
        }
        given
    }
}

fn limit(text: &str) -> Result<u16, LimitError> {
    use std::num::IntErrorKind;
    match text.parse::<i64>() {
        Ok(..1) => Err(LimitError::TooSmall),
        Ok(limit) => match u16::try_from(limit) {
            Ok(limit) if limit <= PAGE_MAX => Ok(limit),
            _ => Err(LimitError::TooGreat),
        },
        Err(error) => Err(match error.kind() {
            IntErrorKind::PosOverflow => LimitError::TooGreat,
            IntErrorKind::NegOverflow => LimitError::TooSmall,
            _ => LimitError::NotAnInteger,
        }),
    }
}

/// A time of RFC 3339, in UTC. It is rounded up to the ledger's microseconds, which changes neither what is at that time or
/// later, nor what is before it.
fn time(text: &str) -> Option<OffsetDateTime> {
    // The sign of an offset that was not escaped: a plus means a space in a query.
    let text = text.replace(' ', "+");
    let time = OffsetDateTime::parse(&text, &Rfc3339).ok()?;
    let below_us = i64::from(time.nanosecond() % 1_000);
    let up = Duration::nanoseconds((1_000 - below_us) % 1_000);
    time.checked_to_offset(UtcOffset::UTC)?.checked_add(up)
}

fn cursor(wallet: WalletId, filter: &HistoryFilter, below: i64) -> String {
    format!("{below:016x}{:016x}", hash(wallet, filter, below))
}

fn place(wallet: WalletId, filter: &HistoryFilter, cursor: &str) -> Option<i64> {
    let (place, given) = cursor.split_at_checked(HALF_CHARS)?;
    let below = i64::from_str_radix(place, 16).ok()?;
    let same = given == format!("{:016x}", hash(wallet, filter, below));
    same.then_some(below)
}

fn hash(wallet: WalletId, filter: &HistoryFilter, below: i64) -> u64 {
    let text = |time: Option<OffsetDateTime>| time.map(written).unwrap_or_default();
    let kind = filter.kind.map_or("", OperationKind::as_str);
    let (from, to) = (text(filter.from), text(filter.to));
    let hash = Sha256::digest(format!("{wallet} {kind} {from} {to} {below}"));
    let (first, _) = hash.split_at(8);
    first
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// A time in the ledger's format.
pub fn written(time: OffsetDateTime) -> String {
    time_text::utc(time, time_text::LEDGER)
}

fn limits() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(PAGE_MAX))
        .default(Some(LIMIT.into()))
        .description(Some(both(id!("openapi-history-limit"))))
}

fn cursors() -> ObjectBuilder {
    filter(id!("openapi-history-cursor")).pattern(Some(format!("^[0-9a-f]{{{CURSOR_CHARS}}}$")))
}

fn words() -> ObjectBuilder {
    filter(id!("openapi-history-kind"))
        .enum_values(Some(OperationKind::ALL.map(OperationKind::as_str)))
}

/// The kinds of operations, in a response.
pub fn kinds() -> ObjectBuilder {
    schemas::text(id!("openapi-past-operation-kind"), "WITHDRAW")
        .enum_values(Some(OperationKind::ALL.map(OperationKind::as_str)))
}

fn froms() -> ObjectBuilder {
    times(filter(id!("openapi-history-from")))
}

fn tos() -> ObjectBuilder {
    times(filter(id!("openapi-history-to")))
}

fn times(filter: ObjectBuilder) -> ObjectBuilder {
    filter
        .format(Some(SchemaFormat::Custom("date-time".to_owned())))
        .examples(["2031-05-01T00:00:00Z"])
}

fn filter(description: Id) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(both(description)))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const WALLET: WalletId = WalletId(Uuid::nil());

    fn asked(query: &str) -> HistoryQuery {
        parse(WALLET, query).unwrap()
    }

    #[test]
    fn a_query_may_be_empty_and_the_last_of_a_name_counts() {
        let plain = HistoryQuery {
            filter: HistoryFilter::default(),
            below: None,
            limit: 50,
        };
        assert_eq!(asked(""), plain);
        assert_eq!(asked("page=7&limit=x&limit=50"), plain);
        assert_eq!(asked("limit=200").limit, 200);
        assert_eq!(
            asked("kind=DEPOSIT").filter.kind,
            Some(OperationKind::Deposit)
        );
    }

    #[test]
    fn every_error_is_reported_at_once() {
        let faults = parse(WALLET, "limit=&kind=deposit&from=yesterday&to=").unwrap_err();
        let all = InvalidQuery {
            limit: Some(LimitError::NotAnInteger),
            cursor: false,
            kind: Some("deposit".to_owned()),
            from: true,
            to: true,
        };
        assert_eq!(faults, all);
    }

    #[test]
    fn a_limit_is_a_number_from_1_to_200() {
        use LimitError::{NotAnInteger, TooGreat, TooSmall};
        for (text, fault) in [
            ("0", TooSmall),
            ("-1", TooSmall),
            ("-99999999999999999999", TooSmall),
            ("201", TooGreat),
            ("70000", TooGreat),
            ("99999999999999999999", TooGreat),
            ("1.0", NotAnInteger),
            ("ten", NotAnInteger),
            ("%F0%9F", NotAnInteger),
        ] {
            let faults = parse(WALLET, &format!("limit={text}")).unwrap_err();
            assert_eq!(faults.limit, Some(fault), "{text}");
        }
    }

    #[test]
    fn a_time_has_an_offset_and_is_exact_to_the_microsecond_upwards() {
        for (text, utc) in [
            ("2031-05-01T00:00:00Z", "2031-05-01T00:00:00.000000Z"),
            (
                "2031-05-01T03:00:00.5%2B03:00",
                "2031-05-01T00:00:00.500000Z",
            ),
            ("2031-05-01T03:00:00+03:00", "2031-05-01T00:00:00.000000Z"),
            (
                "2031-04-30T20:59:59.9999991-03:00",
                "2031-05-01T00:00:00.000000Z",
            ),
        ] {
            let from = asked(&format!("from={text}")).filter.from.unwrap();
            assert_eq!(written(from), utc, "{text}");
        }
        for text in [
            "2031-05-01",
            "2031-05-01T00:00:00",
            "2031-05-01T00:00Z",
            "2031-02-29T00:00:00Z",
            "9999-12-31T23:59:59-00:01",
            "9999-12-31T23:59:59.9999999Z",
            "1000000000",
            "%F0%9F",
        ] {
            assert!(
                parse(WALLET, &format!("to={text}")).unwrap_err().to,
                "{text}"
            );
        }
    }

    #[test]
    fn a_link_leads_on_with_the_same_filters_and_its_cursor_to_nothing_else() {
        let query = asked("kind=WITHDRAW&limit=7&from=2031-05-01T03:00:00%2B03:00");
        let link = link(WALLET, &query, 1_000);
        let (path, next) = link.split_once('?').unwrap();
        assert_eq!(path, format!("/api/wallets/{}/operations/", Uuid::nil()));
        let followed = HistoryQuery {
            below: Some(1_000),
            ..query
        };
        assert_eq!(asked(next), followed);

        let (_, cursor) = next.split_once("&cursor=").unwrap();
        assert_eq!(cursor.len(), 2 * HALF_CHARS);
        let elsewhere = WalletId(Uuid::max());
        assert!(parse(elsewhere, next).unwrap_err().cursor);
        let other_place = format!("{:016x}{}", 999, &cursor[HALF_CHARS..]);
        for wrong in [
            "",
            "1",
            cursor,
            &cursor[1..],
            &other_place,
            "\u{44f}\u{44f}",
        ] {
            let faults = parse(WALLET, &format!("cursor={wrong}")).unwrap_err();
            assert!(faults.cursor, "{wrong}");
        }
    }
}
