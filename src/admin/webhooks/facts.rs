//! What the pages say of a webhook.

use crate::events::webhooks::WebhookState;
use crate::messages::{Id, id};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Delivers,
    /// Some wallet's next event could not be delivered.
    Fails,
    Paused,
}

impl State {
    pub fn of(state: &WebhookState) -> Self {
        match (state.webhook.is_enabled, state.progress.waiting) {
            (false, _) => Self::Paused,
            (true, 0) => Self::Delivers,
            (true, _) => Self::Fails,
        }
    }

    pub fn name(self) -> Id {
        match self {
            Self::Delivers => id!("webhooks-delivers"),
            Self::Fails => id!("webhooks-fails"),
            Self::Paused => id!("webhooks-paused"),
        }
    }

    /// The CSS class of its badge.
    pub fn badge(self) -> &'static str {
        match self {
            Self::Delivers => "badge--good",
            Self::Fails => "badge--bad",
            Self::Paused => "badge--warn",
        }
    }
}

/// The address without its query, which may have a token in it.
pub fn shown_url(url: &str) -> &str {
    url.split('?').next().unwrap_or_default()
}
