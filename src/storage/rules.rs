//! The rules of a wallet as `jsonb`: members that are not the default, with amounts as text.

use serde::{Deserialize, Serialize};

use super::error::StorageError;
use crate::domain::rules::{Gate, Rules};
use crate::domain::{Amount, Balance};

#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    debits: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    credits: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    closed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    balance_min: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    balance_max: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    operation_max: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    daily_out_max: Option<String>,
}

/// Returns the text of the rules of a wallet; `None` of the default.
pub(super) fn written(rules: &Rules) -> Option<String> {
    (*rules != Rules::default()).then(|| written_whole(rules))
}

/// Returns the text of rules, whatever they are.
pub(super) fn written_whole(rules: &Rules) -> String {
    let gate = |gate: Gate| (gate != Gate::Open).then(|| gate.as_str().to_owned());
    let text = |balance: Balance| balance.to_string();
    let stored = Stored {
        debits: gate(rules.debits),
        credits: gate(rules.credits),
        closed: rules.is_closed,
        balance_min: Some(rules.balance_min)
            .filter(|min| *min > Balance::ZERO)
            .map(text),
        balance_max: rules.balance_max.map(text),
        operation_max: rules.operation_max.map(|max| max.to_string()),
        daily_out_max: rules.daily_out_max.map(text),
    };
    serde_json::to_string(&stored).unwrap_or_default()
}

/// Reads rules.
pub(super) fn read(text: &str) -> Result<Rules, StorageError> {
    let corrupt = || StorageError::Corrupt {
        what: "rules of a wallet",
    };
    let stored: Stored = serde_json::from_str(text).map_err(|_| corrupt())?;
    let gate = |gate: Option<String>| match gate {
        Some(text) => Gate::parse(&text).ok_or_else(corrupt),
        None => Ok(Gate::Open),
    };
    let balance = |limit: Option<String>| {
        let read = |text: String| Balance::parse(&text).ok_or_else(corrupt);
        limit.map(read).transpose()
    };
    Ok(Rules {
        debits: gate(stored.debits)?,
        credits: gate(stored.credits)?,
        is_closed: stored.closed,
        balance_min: balance(stored.balance_min)?.unwrap_or_default(),
        balance_max: balance(stored.balance_max)?,
        operation_max: stored
            .operation_max
            .map(|text| Amount::parse(&text).map_err(|_| corrupt()))
            .transpose()?,
        daily_out_max: balance(stored.daily_out_max)?,
    })
}
