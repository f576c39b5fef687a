//! `GET /admin/wallets/{wallet}/`: everything about one wallet.
//!
//! Its row, its ledger and the chart are read from the database one after another, not from an actor's memory: they are
//! true whichever engine wrote last. Of a busy wallet the ledger may be some operations further than the balance above it.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use time::OffsetDateTime;
use uuid::Uuid;

use super::adjustment::Form;
use super::{chart, named};
use crate::admin::error::AdminError;
use crate::admin::format;
use crate::admin::page::{Page, Shell, html};
use crate::domain::{Amount, Balance, Sign, WalletId};
use crate::engine::{ActorPhase, ActorState, Engine};
use crate::messages::{Lang, text};
use crate::storage::Database;
use crate::storage::admin::{LedgerPage, ListedWallet, OpenAdjustment};

/// Operations of a page of the ledger.
const PAGE: u16 = 25;
/// Adjustments that were not carried out and are shown.
const OPEN_MAX: i64 = 20;

/// Where the ledger's page begins.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Place {
    below: String,
}

#[derive(Template)]
#[template(path = "wallets/wallet.html")]
struct WalletPage {
    page: Page,
    lang: Lang,
    id: WalletId,
    wallet: ListedWallet,
    actor: Option<ActorState>,
    chart: String,
    /// Not every operation is in the chart.
    sampled: bool,
    form: Form,
    open: Vec<OpenAdjustment>,
    /// The reader, who can send their own adjustments again.
    staff_id: i64,
    ledger: LedgerPage,
    below: Option<i64>,
}

pub async fn show(
    shell: Shell,
    wallet: web::Path<String>,
    place: web::Query<Place>,
    engine: web::Data<Engine>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let id = named(&wallet)?;
    // A place that somebody made up is the newest.
    let below = place.below.parse().ok().filter(|below| *below > 0);
    let lang = shell.lang;
    let actor = engine.actor_state(id);
    let wallet = database
        .wallet_seen(id)
        .await
        .map_err(AdminError::Storage)?;
    let wallet = wallet.ok_or(AdminError::NotFound)?;
    let ledger = database.wallet_ledger(id, below, PAGE).await;
    let balances = database
        .wallet_balances(id, wallet.version, chart::POINTS)
        .await
        .map_err(AdminError::Storage)?;
    let open = database.adjustments_open(id, OPEN_MAX).await;
    let now = OffsetDateTime::now_utc();
    let title = match &wallet.owner {
        Some(owner) => format!("{} {}", text!(lang, "panel-wallet"), owner.username),
        None => text!(lang, "panel-wallet").to_owned(),
    };
    html(&WalletPage {
        page: shell.page(title),
        lang,
        id,
        actor,
        chart: chart::svg(&wallet, &balances, now, lang),
        sampled: i64::try_from(balances.len()).is_ok_and(|drawn| drawn < wallet.version),
        form: Form::fresh(),
        open: open.map_err(AdminError::Storage)?,
        staff_id: shell.staff.id,
        ledger: ledger.map_err(AdminError::Storage)?,
        below,
        wallet,
    })
}

impl WalletPage {
    fn money(&self, balance: Balance) -> String {
        format::money(balance.into(), self.lang)
    }

    /// The amount with the sign of what it did to the balance.
    fn signed(&self, amount: Amount, sign: Option<Sign>) -> String {
        let sign = match sign {
            Some(Sign::Plus) => "+",
            Some(Sign::Minus) => "\u{2212}",
            Some(Sign::Zero) | None => "",
        };
        format!("{sign}{}", format::money(amount.into(), self.lang))
    }

    /// What the reader can send it again under: a key is for one member of the staff.
    fn own_key(&self, adjustment: &OpenAdjustment) -> Option<Uuid> {
        let is_own = adjustment.staff_id == self.staff_id;
        adjustment.id.filter(|_| is_own)
    }

    fn phase(&self, actor: &ActorState) -> &'static str {
        match actor.phase {
            ActorPhase::Idle => text!(self.lang, "wallets-idle"),
            ActorPhase::Writing => text!(self.lang, "wallets-writing"),
            ActorPhase::Reloading => text!(self.lang, "wallets-reloading"),
            ActorPhase::Unsettled => text!(self.lang, "wallets-unsettled"),
        }
    }

    /// How long ago something was, to its largest unit.
    fn ago(&self, passed: Duration) -> String {
        match passed.as_secs() {
            0 => text!(self.lang, "wallets-now").to_owned(),
            s @ 1..60 => text!(self.lang, "wallets-seconds-ago", count = s),
            s @ 60..3_600 => text!(self.lang, "wallets-minutes-ago", count = s / 60),
            s => text!(self.lang, "wallets-hours-ago", count = s / 3_600),
        }
    }

    /// The colour of an amount.
    fn colour(sign: Option<Sign>) -> &'static str {
        match sign {
            Some(Sign::Plus) => "amount--in",
            Some(Sign::Minus) => "amount--out",
            Some(Sign::Zero) | None => "",
        }
    }

    /// The colour of the actor's phase.
    fn badge(actor: &ActorState) -> &'static str {
        match actor.phase {
            ActorPhase::Idle => "",
            ActorPhase::Writing => "badge--good",
            ActorPhase::Reloading | ActorPhase::Unsettled => "badge--warn",
        }
    }
}
