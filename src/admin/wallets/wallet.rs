//! `GET /admin/wallets/{wallet}/`: everything about one wallet.
//!
//! Its row, its ledger and the chart are read from the database one after another, not from an actor's memory, so they are
//! right whichever engine wrote last. The ledger of a busy wallet may be some operations ahead of the balance above it.

use actix_web::{HttpResponse, web};
use askama::Template;
use time::OffsetDateTime;
use uuid::Uuid;

use super::form::Form;
use super::holds::HoldsTable;
use super::{chart, path};
use crate::admin::error::AdminError;
use crate::admin::format;
use crate::admin::page::{Page, Shell, html};
use crate::admin::paging::{self, Pager, Position};
use crate::domain::history::HoldsQuery;
use crate::domain::hold::HoldStatus;
use crate::domain::{Balance, WalletId};
use crate::engine::Engine;
use crate::messages::{Lang, text};
use crate::storage::Database;
use crate::storage::admin::{Approval, LedgerRow, ListedWallet, OpenAdjustment};

/// Adjustments shown that were not carried out.
const OPEN_MAX: i64 = 20;
/// Open holds shown; the page of holds has all of them.
const HOLDS_MAX: u16 = 10;
/// Reversals of one operation to which there are links.
pub const REVERSALS_SHOWN: usize = 5;

#[derive(Template)]
#[template(path = "wallets/wallet.html")]
struct WalletPage {
    page: Page,
    lang: Lang,
    id: WalletId,
    wallet: ListedWallet,
    chart: String,
    /// Only some of the operations are in the chart.
    sampled: bool,
    form: Form,
    /// The newest open ones; `None` without any.
    holds: Option<HoldsTable>,
    open: Vec<OpenAdjustment>,
    /// The newest that wait for a second person, or are approved and not in the ledger.
    proposals: Vec<Approval>,
    /// The reader, who can retry their own adjustments.
    staff_id: i64,
    ledger: Vec<LedgerRow>,
    pager: Pager,
}

pub async fn show(
    shell: Shell,
    wallet: web::Path<String>,
    position: web::Query<Position>,
    engine: web::Data<Engine>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let id = path::wallet(&wallet)?;
    let below = position.after();
    let lang = shell.lang;
    let wallet = database
        .wallet_find(id)
        .await
        .map_err(AdminError::Storage)?;
    let wallet = wallet.ok_or(AdminError::NotFound)?;
    let ledger = database.wallet_ledger(id, below, paging::OPERATIONS).await;
    let ledger = ledger.map_err(AdminError::Storage)?;
    let page_of_wallet = path::page_of(id);
    let list = path::ledger_of(&page_of_wallet);
    let balances = database
        .wallet_balances(id, wallet.version, chart::POINTS)
        .await
        .map_err(AdminError::Storage)?;
    let holds = if wallet.has_holds() {
        Some(open_holds(&engine, id, lang).await?)
    } else {
        None
    };
    let open = database.adjustments_open(id, OPEN_MAX).await;
    let proposals = database.approvals_of_wallet(id, OPEN_MAX).await;
    let now = OffsetDateTime::now_utc();
    let title = match &wallet.owner {
        Some(owner) => format!("{} {}", text!(lang, "panel-wallet"), owner.username),
        None => text!(lang, "panel-wallet").to_owned(),
    };
    html(&WalletPage {
        page: shell.page(title),
        lang,
        id,
        chart: chart::svg(&wallet, &balances, now, lang),
        sampled: i64::try_from(balances.len()).is_ok_and(|drawn| drawn < wallet.version),
        form: Form::fresh(),
        holds,
        open: open.map_err(AdminError::Storage)?,
        proposals: proposals.map_err(AdminError::Storage)?,
        staff_id: shell.staff.id,
        pager: list.pager((text!(lang, "panel-operations"), lang), below, ledger.next),
        ledger: ledger.rows,
        wallet,
    })
}

async fn open_holds(engine: &Engine, id: WalletId, lang: Lang) -> Result<HoldsTable, AdminError> {
    let query = HoldsQuery {
        status: Some(HoldStatus::Open),
        below: None,
        limit: HOLDS_MAX,
    };
    let found = engine.holds(id, &query).await;
    let found = found.map_err(AdminError::Engine)?;
    let holds = found.holds;
    Ok(HoldsTable { lang, id, holds })
}

impl WalletPage {
    /// Returns the key for a retry: only the staff member who submitted an adjustment can send it again.
    fn own_key(&self, adjustment: &OpenAdjustment) -> Option<Uuid> {
        let is_own = adjustment.staff_id == self.staff_id;
        adjustment.id.filter(|_| is_own)
    }

    #[expect(clippy::unused_self, reason = "called by the template")]
    fn holds_some(&self, row: &LedgerRow) -> bool {
        row.held_after > Balance::ZERO
    }
}
