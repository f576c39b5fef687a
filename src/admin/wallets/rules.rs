//! `/admin/wallets/{wallet}/rules/`: the rules of a wallet, a form that changes them, and their history.
//!
//! The rules come from the engine, which knows what left the wallet today: where it counts, the wallet is loaded for it.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use tracing::{info, warn};

use super::confirmation::{self, Question, Stage};
use super::refusal::{Attempt, Refusal};
use super::rules_form::Form;
use super::rules_text::{self, ChangedRule};
use super::summary::Summary;
use super::{kinds, path, submission};
use crate::admin::error::AdminError;
use crate::admin::form::CheckedForm;
use crate::admin::format;
use crate::admin::page::{FlashMessage, Page, Shell, html, html_with};
use crate::admin::paging::{self, List, Pager, Position};
use crate::domain::linked::Step;
use crate::domain::rules::{Gate, RulesChange};
use crate::domain::staff_journal::Action;
use crate::domain::{Balance, Movement, Wallet, WalletId};
use crate::engine::{Engine, LinkedError};
use crate::messages::{Lang, text};
use crate::storage::admin::RulesRow;
use crate::storage::{Database, StorageError};
use crate::telemetry::chain;

#[derive(Template)]
#[template(path = "wallets/rules.html")]
struct RulesPage {
    page: Page,
    lang: Lang,
    id: WalletId,
    form: Form,
    refusal: Option<String>,
    /// `None` on the page of a refusal.
    state: Option<State>,
    /// On the page of a refusal, as far as it could be read.
    summary: Option<Summary>,
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
        summary: None,
    })
}

pub async fn change(
    shell: Shell,
    wallet: web::Path<String>,
    form: CheckedForm<Form>,
    engine: web::Data<Engine>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let id = path::wallet(&wallet)?;
    let lang = shell.lang;
    let CheckedForm(mut form) = form;
    let summary = Summary::now(&database, id, lang).await;
    let Some((submission, change)) = form.check() else {
        let summary = summary.ok().and_then(Result::ok);
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return form_page(&shell, id, form, (None, summary), status);
    };
    let summary = match summary {
        Ok(Ok(summary)) => summary,
        Ok(Err(_)) => return Err(AdminError::NotFound),
        Err(error) => return unread(&shell, id, form, &error),
    };
    match Stage::of(&form.confirmed, &form.edit) {
        Stage::Ask => return ask(&shell, id, (form, change), (&engine, summary)).await,
        Stage::Edit => {
            return form_page(&shell, id, form, (None, Some(summary)), StatusCode::OK);
        }
        Stage::Confirmed => {}
    }
    let entry = submission.entry(&shell.staff, Action::Rules, id);
    let entry = rules_text::of_change(&change)
        .into_iter()
        .fold(entry, |entry, (name, value)| entry.with(name, value));
    if let Err(error) = database.journal_write(&entry).await {
        return unread(&shell, id, form, &error);
    }
    let step = Step {
        wallet: id,
        request: submission.request(Movement::Rules(Box::new(change)), shell.staff.id),
    };
    match engine.apply_step(step, engine.deadline()).await {
        Ok(receipt) => {
            info!(wallet.id = %id, staff.id = shell.staff.id, seq = receipt.seq, "rules of a wallet changed");
            let message = FlashMessage::done(text!(lang, "rules-done"));
            // The history on the next page shows the change in any case.
            Ok(shell.redirect_anyway(&path::rules_of(id), message).await)
        }
        Err(error) => {
            let refusal = Refusal::of(&error, attempt(id, &form, lang))?;
            submission::settle(&mut form.key, &mut form.again, &refusal);
            let status = refusal.status;
            form_page(
                &shell,
                id,
                form,
                (Some(refusal.text), Some(summary)),
                status,
            )
        }
    }
}

fn attempt(wallet: WalletId, form: &Form, lang: Lang) -> Attempt {
    Attempt {
        wallet,
        is_between: false,
        is_new: form.again.is_empty(),
        lang,
    }
}

/// Shows what would be changed, and asks once more.
async fn ask(
    shell: &Shell,
    id: WalletId,
    (form, change): (Form, RulesChange),
    (engine, summary): (&Engine, Summary),
) -> Result<HttpResponse, AdminError> {
    let lang = shell.lang;
    let wallet = match engine.wallet(id).await {
        Ok(wallet) => wallet,
        Err(error) => {
            let refusal = Refusal::of(&LinkedError::Engine(error), attempt(id, &form, lang))?;
            // Nothing happened under its key, so that stays.
            let (text, status) = (Some(refusal.text), refusal.status);
            return form_page(shell, id, form, (text, Some(summary)), status);
        }
    };
    let before = wallet.rules();
    let changes = rules_text::changes(&before, &before.after(&change), lang);
    let unchanged = changes.is_empty();
    let values = changes
        .into_iter()
        .map(|rule| (rule.name, format!("{} → {}", rule.before, rule.after)));
    let mut facts: Vec<_> = values.collect();
    facts.push((text!(lang, "panel-reason"), form.reason.clone()));
    let asked = Question {
        title: text!(lang, "rules-change").to_owned(),
        facts,
        summary,
        note: unchanged.then(|| text!(lang, "confirm-rules-same").to_owned()),
        action: path::rules_change_of(id),
        fields: form.into_fields(),
        button: text!(lang, "confirm-button"),
    };
    confirmation::page(shell, id, asked)
}

/// The answer where the database does not say what a form is about. Its key stays.
fn unread(
    shell: &Shell,
    id: WalletId,
    form: Form,
    error: &StorageError,
) -> Result<HttpResponse, AdminError> {
    warn!(wallet.id = %id, error = %chain(error), "rules of a wallet not changed");
    let text = submission::unread(&form.again, shell.lang).to_owned();
    let status = StatusCode::SERVICE_UNAVAILABLE;
    form_page(shell, id, form, (Some(text), None), status)
}

fn form_page(
    shell: &Shell,
    id: WalletId,
    form: Form,
    (refusal, summary): (Option<String>, Option<Summary>),
    status: StatusCode,
) -> Result<HttpResponse, AdminError> {
    let page = RulesPage {
        page: shell.page(text!(shell.lang, "rules-title")),
        lang: shell.lang,
        id,
        form,
        refusal,
        state: None,
        summary,
    };
    html_with(status, &page)
}

impl Day {
    fn of(wallet: &Wallet, engine: &Engine, lang: Lang) -> Option<Self> {
        let max = wallet.rules().daily_out_max?;
        let now = engine.now();
        let used = wallet.spent(now)?;
        let held = wallet.held_at(now);
        let money = |balance: Balance| format::money(balance, lang);
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
