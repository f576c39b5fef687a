//! The query of a page of holds: `status`, `limit`, `cursor`.

use utoipa::IntoParams;

use super::super::error::Error;
use super::super::faults::Fault;
use super::super::openapi::holds as schemas;
use super::super::{cursor, query};
use crate::domain::WalletId;
use crate::domain::history::HoldsQuery;
use crate::domain::hold::HoldStatus;
use crate::web::redirect;

/// What a hold may be.
pub const STATUSES: [&str; HoldStatus::ALL.len()] = {
    let mut names = [""; HoldStatus::ALL.len()];
    let mut index = 0;
    while index < names.len() {
        names[index] = HoldStatus::ALL[index].as_str();
        index += 1;
    }
    names
};

// For the description alone: `parse` reads the parameters.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it is described, and read by name")]
pub struct Filters {
    #[param(schema_with = schemas::limits)]
    limit: Option<String>,
    #[param(schema_with = schemas::cursors)]
    cursor: Option<String>,
    #[param(schema_with = schemas::statuses)]
    status: Option<String>,
}

pub fn parse(wallet: WalletId, query: &str) -> Result<HoldsQuery, Error> {
    let mut given = query::Query::read(["status", "limit", "cursor"], query);
    let limit = given.limit(query::PageLimit::LIST);
    let status = given.optional("status", |text| {
        HoldStatus::parse(text).ok_or(Fault::NotOneOf(&STATUSES))
    });
    let scope = scope(wallet, status);
    let below = given.optional("cursor", |text| {
        cursor::read(&scope, text).ok_or(Fault::NotACursor)
    });
    given.finish()?;
    Ok(HoldsQuery {
        status,
        below,
        limit,
    })
}

/// The address of the page that begins below that hold, with the same filter and limit.
pub fn link(wallet: WalletId, query: &HoldsQuery, below: i64) -> String {
    redirect::address(
        &format!("/api/wallets/{wallet}/holds/"),
        &[
            ("limit", &query.limit.to_string()),
            ("status", query.status.map_or("", HoldStatus::as_str)),
            (
                "cursor",
                &cursor::written(&scope(wallet, query.status), below),
            ),
        ],
    )
}

/// What a cursor is of.
fn scope(wallet: WalletId, status: Option<HoldStatus>) -> String {
    format!("{wallet} holds {}", status.map_or("", HoldStatus::as_str))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_link_leads_on_with_its_filter_and_its_cursor_to_nothing_else() {
        let wallet = WalletId(Uuid::nil());
        let query = parse(wallet, "status=open&limit=7").unwrap();
        let link = link(wallet, &query, 1_000);
        let (path, next) = link.split_once('?').unwrap();
        assert_eq!(path, format!("/api/wallets/{}/holds/", Uuid::nil()));
        let below = Some(1_000);
        assert_eq!(parse(wallet, next).unwrap(), HoldsQuery { below, ..query });
        for (wallet, query) in [
            (WalletId(Uuid::max()), next.to_owned()),
            (wallet, next.replace("open", "voided")),
            (wallet, next.replace("status=open&", "")),
        ] {
            let error = parse(wallet, &query).unwrap_err();
            assert!(matches!(error, Error::Fields(_)), "{query}");
        }
    }
}
