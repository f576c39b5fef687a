//! Why a request for webhooks is refused, besides what is wrong with its fields.

/// Why a request for webhooks is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookRefused {
    /// Never made, deleted or out of reach: which of them is not told.
    #[error("there is no such webhook")]
    NotFound,
    #[error("the webhook has set no such event aside")]
    EventNotFound,
    /// There are as many as there can be.
    #[error("there are too many webhooks")]
    TooMany,
}
