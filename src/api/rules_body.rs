//! Rules, as responses show them.

use serde::Serialize;

use crate::domain::rules::Rules;

/// The rules of a wallet, all of them. Their schema is in `openapi/rules.rs`.
#[derive(Serialize)]
pub struct RulesBody {
    debits: &'static str,
    credits: &'static str,
    closed: bool,
    balance_min: String,
    balance_max: Option<String>,
    operation_max: Option<String>,
    daily_out_max: Option<String>,
}

/// The rules, and how much of a limit is used. Its schema is in `openapi/rules.rs`.
#[derive(Serialize)]
pub struct Current {
    #[serde(flatten)]
    pub rules: RulesBody,
    pub daily_out_used: Option<String>,
    pub daily_out_remaining: Option<String>,
}

/// The operation that changed the rules, and the rules after it. Its schema is in `openapi/rules.rs`.
#[derive(Serialize)]
pub struct Changed {
    pub id: i64,
    #[serde(flatten)]
    pub rules: RulesBody,
}

impl From<&Rules> for RulesBody {
    fn from(rules: &Rules) -> Self {
        Self {
            debits: rules.debits.as_str(),
            credits: rules.credits.as_str(),
            closed: rules.is_closed,
            balance_min: rules.balance_min.to_string(),
            balance_max: rules.balance_max.map(|max| max.to_string()),
            operation_max: rules.operation_max.map(|max| max.to_string()),
            daily_out_max: rules.daily_out_max.map(|max| max.to_string()),
        }
    }
}
