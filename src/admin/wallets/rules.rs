//! `/admin/wallets/{wallet}/rules/`: the rules of a wallet, a form that changes them, and their history.
//!
//! The rules come from the engine, which knows what left the wallet today: where it counts, the wallet is loaded for it.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use tracing::{info, warn};

use super::refusal::{Attempt, Refusal};
use super::rules_form::Form;
use super::rules_text::{self, ChangedRule};
use super::{kinds, path, submission};
use crate::admin::error::AdminError;
use crate::admin::form::CheckedForm;
use crate::admin::format;
use crate::admin::page::{FlashMessage, Page, Shell, html, html_with};
use crate::admin::paging::{self, List, Pager, Position};
use crate::admin::safe_redirect::see_other;
use crate::domain::linked::Step;
use crate::domain::rules::Gate;
use crate::domain::{Balance, Movement, Wallet, WalletId};
use crate::engine::Engine;
use crate::messages::{Lang, text};
use crate::storage::Database;
use crate::storage::admin::RulesRow;
use crate::telemetry::chain;

#[derive(Template)]
#[template(path = "wallets/rules.html")]
struct RulesPage {
    page: Page,
    lang: Lang,
    id: WalletId,
    form: Form,
    refusal: Option<String>,
    /// `None` on the page of a refusal, which asks the database for nothing.
    state: Option<State>,
}

/// The rules as they are and as they were.
struct State {
    rules: Vec<(&'static str, String)>,
    day: Option<Day>,
    history: Vec<RulesRow>,
    pager: Pager,
}

/// What may leave a day.
struct Day {
    used: String,
    held: String,
    remaining: String,
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
    let wallet = engine.wallet(id).await.map_err(AdminError::Engine)?;
    let history = database.wallet_rules(id, below, paging::CHANGES).await;
    let history = history.map_err(AdminError::Storage)?;
    let rules = wallet.rules();
    let path = path::rules_of(id);
    let list = List {
        path: &path,
        query: &[],
        anchor: "history",
    };
    let names = rules_text::NAMES.into_iter().map(|name| lang.text(name));
    html(&RulesPage {
        page: shell.page(text!(lang, "rules-title")),
        lang,
        id,
        form: Form::of(&rules),
        refusal: None,
        state: Some(State {
            rules: names.zip(rules_text::values(&rules, lang)).collect(),
            day: Day::of(&wallet, &engine, lang),
            pager: list.pager((text!(lang, "rules-history"), lang), below, history.next),
            history: history.rows,
        }),
    })
}

pub async fn change(
    shell: Shell,
    wallet: web::Path<String>,
    form: CheckedForm<Form>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, AdminError> {
    let id = path::wallet(&wallet)?;
    let lang = shell.lang;
    let CheckedForm(mut form) = form;
    let Some((submission, change)) = form.check() else {
        return form_page(&shell, id, form, None, StatusCode::UNPROCESSABLE_ENTITY);
    };
    let step = Step {
        wallet: id,
        request: submission.request(Movement::Rules(Box::new(change)), shell.staff.id),
    };
    match engine.apply_step(step, engine.deadline()).await {
        Ok(receipt) => {
            info!(wallet.id = %id, staff.id = shell.staff.id, seq = receipt.seq, "rules of a wallet changed");
            let message = FlashMessage::done(text!(lang, "rules-done"));
            // The history on the next page shows the change in any case.
            if let Err(error) = shell.flash(message).await {
                warn!(error = %chain(&error), "could not store the flash message of a change of rules");
            }
            Ok(see_other(&path::rules_of(id)))
        }
        Err(error) => {
            let refusal = Refusal::of(
                &error,
                Attempt {
                    wallet: id,
                    is_between: false,
                    is_new: form.again.is_empty(),
                    lang,
                },
            )?;
            submission::settle(&mut form.key, &mut form.again, &refusal);
            form_page(&shell, id, form, Some(refusal.text), refusal.status)
        }
    }
}

fn form_page(
    shell: &Shell,
    id: WalletId,
    form: Form,
    refusal: Option<String>,
    status: StatusCode,
) -> Result<HttpResponse, AdminError> {
    let page = RulesPage {
        page: shell.page(text!(shell.lang, "rules-title")),
        lang: shell.lang,
        id,
        form,
        refusal,
        state: None,
    };
    html_with(status, &page)
}

impl Day {
    fn of(wallet: &Wallet, engine: &Engine, lang: Lang) -> Option<Self> {
        let max = wallet.rules().daily_out_max?;
        let now = engine.now();
        let used = wallet.spent(now)?;
        let held = wallet.held_at(now);
        let money = |balance: Balance| format::money(balance.into(), lang);
        Some(Self {
            used: money(used),
            held: money(held),
            remaining: money(max.above(used).above(held)),
        })
    }
}

impl RulesPage {
    fn changes(&self, row: &RulesRow) -> Vec<ChangedRule> {
        rules_text::changes(&row.before, &row.after, self.lang)
    }
}
