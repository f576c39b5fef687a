//! What all threads of HTTP share.

use actix_web::web;

use crate::config::{AdjustCeiling, AuthMode, Currency, Origins, SecondFactor, TrustedProxies};
use crate::engine::Engine;
use crate::events::Feed;
use crate::events::webhooks::Webhooks;
use crate::storage::Database;
use crate::web::{BodyWait, ClientLimits, HttpMetrics};
use crate::{admin, api};

/// What handlers and middleware find in the application's data.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) engine: web::Data<Engine>,
    pub(super) feed: web::Data<Feed>,
    pub(super) database: web::Data<Database>,
    pub(super) body_wait: web::Data<BodyWait>,
    pub(super) page_max: web::Data<admin::PageMax>,
    pub(super) metrics: web::Data<HttpMetrics>,
    pub(super) proxies: web::Data<TrustedProxies>,
    pub(super) limits: web::Data<ClientLimits>,
    pub(super) gate: web::Data<api::Gate>,
    pub(super) readiness: web::Data<api::Readiness>,
    pub(super) overview: web::Data<admin::Overview>,
    pub(super) webhooks: web::Data<Webhooks>,
    pub(super) auth: web::Data<AuthMode>,
    pub(super) second_factor: web::Data<SecondFactor>,
    pub(super) origins: web::Data<Origins>,
    pub(super) currency: web::Data<Currency>,
    pub(super) adjust_ceiling: web::Data<AdjustCeiling>,
}

impl Shared {
    pub(super) fn add_to(&self, app: &mut web::ServiceConfig) {
        app.app_data(self.engine.clone())
            .app_data(self.feed.clone())
            .app_data(self.database.clone())
            .app_data(self.body_wait.clone())
            .app_data(self.page_max.clone())
            .app_data(self.metrics.clone())
            .app_data(self.proxies.clone())
            .app_data(self.limits.clone())
            .app_data(self.gate.clone())
            .app_data(self.readiness.clone())
            .app_data(self.overview.clone())
            .app_data(self.webhooks.clone())
            .app_data(self.auth.clone())
            .app_data(self.second_factor.clone())
            .app_data(self.origins.clone())
            .app_data(self.currency.clone())
            .app_data(self.adjust_ceiling.clone());
    }
}
