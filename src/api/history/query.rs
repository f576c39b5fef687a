//! The query of a page: `limit`, `cursor`, `kind`, `from`, `to`. Other names are ignored, and the last value of
//! a repeated name counts, as everywhere in the contract.

use time::OffsetDateTime;
use utoipa::IntoParams;
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};

use super::super::cursor;
use super::super::openapi::schemas::both;
use super::super::query::{time, written};
use super::super::query_error::{InvalidQuery, LimitError};
use crate::domain::history::{HistoryFilter, HistoryQuery, PAGE_MAX};
use crate::domain::{OperationKind, WalletId};
use crate::messages::{Id, id};
use crate::web::redirect;

/// The default limit.
const LIMIT: u16 = 50;

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
        .map(|text| cursor::read(&scope(wallet, &filter), &text).ok_or(()));
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
            (
                "cursor",
                &cursor::written(&scope(wallet, &query.filter), below),
            ),
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

/// What a cursor is of.
fn scope(wallet: WalletId, filter: &HistoryFilter) -> String {
    let text = |time: Option<OffsetDateTime>| time.map(written).unwrap_or_default();
    let kind = filter.kind.map_or("", OperationKind::as_str);
    let (from, to) = (text(filter.from), text(filter.to));
    format!("{wallet} {kind} {from} {to}")
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
    filter(id!("openapi-history-cursor")).pattern(Some(cursor::pattern()))
}

fn words() -> ObjectBuilder {
    filter(id!("openapi-history-kind"))
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
        let elsewhere = WalletId(Uuid::max());
        assert!(parse(elsewhere, next).unwrap_err().cursor);
        let other_place = format!("{:016x}{}", 999, &cursor[16..]);
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
