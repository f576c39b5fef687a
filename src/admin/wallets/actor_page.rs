//! `GET /admin/wallets/{wallet}/actor/`: the wallet's actor on this engine, for whoever looks into the engine.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use askama::Template;

use super::path;
use crate::admin::error::AdminError;
use crate::admin::format;
use crate::admin::page::{Page, Shell, html};
use crate::domain::WalletId;
use crate::engine::{ActorPhase, ActorState, Engine};
use crate::messages::{Lang, text};
use crate::storage::Database;

#[derive(Template)]
#[template(path = "wallets/actor.html")]
struct ActorPage {
    page: Page,
    lang: Lang,
    id: WalletId,
    actor: Option<ActorState>,
    /// Without an actor, the wallet is in memory.
    rests: bool,
}

pub async fn show(
    shell: Shell,
    wallet: web::Path<String>,
    engine: web::Data<Engine>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let id = path::wallet(&wallet)?;
    let (actor, rests) = (engine.actor_state(id), engine.rests(id));
    let found = database.wallet_find(id).await;
    found
        .map_err(AdminError::Storage)?
        .ok_or(AdminError::NotFound)?;
    html(&ActorPage {
        page: shell.page(text!(shell.lang, "wallets-actor")),
        lang: shell.lang,
        id,
        actor,
        rests,
    })
}

impl ActorPage {
    fn phase(&self, actor: &ActorState) -> &'static str {
        match actor.phase {
            ActorPhase::Idle => text!(self.lang, "wallets-idle"),
            ActorPhase::Writing => text!(self.lang, "wallets-writing"),
            ActorPhase::Reloading => text!(self.lang, "wallets-reloading"),
            ActorPhase::Unsettled => text!(self.lang, "wallets-unsettled"),
        }
    }

    fn ago(&self, passed: Duration) -> String {
        format::ago(passed, self.lang)
    }

    /// The CSS class of the actor's phase.
    fn badge(actor: &ActorState) -> &'static str {
        match actor.phase {
            ActorPhase::Idle => "",
            ActorPhase::Writing => "badge--good",
            ActorPhase::Reloading | ActorPhase::Unsettled => "badge--warn",
        }
    }
}
