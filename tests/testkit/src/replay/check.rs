//! What was seen of a case against what was recorded.

use serde_json::{Value, json};

use super::case::{Case, Matching};
use super::client::{Client, CouldNotRun, no_response, wallet_of};
use super::json;
use super::placeholders::Placeholders;
use crate::raw_http::Response;

/// How a parser's complaint about a body begins; the rest is the parser's own.
const JSON_ERROR_PREFIX: &str = "JSON parse error - ";

/// What one case showed.
#[derive(Debug)]
pub struct Observation {
    names: Placeholders,
    response: Response,
    balance_before: Option<Value>,
    balance_after: Option<Value>,
    /// The wallet that a registration made: the `status` and `json` of its GET.
    wallet_after: Option<Value>,
}

/// Sends one case with everything that it needs around it.
///
/// # Errors
/// A user or a wallet that the case needs could not be had, or a request had no response.
pub async fn observe(client: &Client, case: &Case) -> Result<Observation, CouldNotRun> {
    let mut names = client.next_names();
    for fixture in &case.setup {
        client.register(&fixture.filled(&names)).await?;
    }
    let wallet = match &case.wallet_balance {
        Some(balance) => Some(client.take_wallet(balance).await?),
        None => None,
    };
    let mut balance_before = None;
    if let Some(wallet) = &wallet {
        names.add_wallet(wallet);
        balance_before = Some(client.balance(wallet).await?);
    }
    let response = case.send(client, &names).await;
    let response = response.map_err(no_response("the case"))?;
    let mut balance_after = None;
    if let Some(wallet) = wallet {
        let balance = client.balance(&wallet).await?;
        client.give_wallet(wallet, &balance);
        balance_after = Some(balance);
    }
    Ok(Observation {
        wallet_after: wallet_after(client, case, &response).await?,
        names,
        response,
        balance_before,
        balance_after,
    })
}

async fn wallet_after(
    client: &Client,
    case: &Case,
    response: &Response,
) -> Result<Option<Value>, CouldNotRun> {
    let names_a_user = || {
        json::parse(&response.body)
            .is_some_and(|user| user.get("username").is_some_and(Value::is_string))
    };
    if !case.category.starts_with("register") || response.status != 201 || !names_a_user() {
        return Ok(None);
    }
    let wallet = wallet_of(response).ok_or(CouldNotRun::NoWallet)?;
    let shown = client.wallet(&wallet).await?;
    Ok(Some(
        json!({"status": shown.status, "json": json::parse(&shown.body)}),
    ))
}

/// The differences in sentences; none when the case passes.
pub fn differences(case: &Case, seen: &Observation) -> Vec<String> {
    let mut found = Vec::new();
    found.extend(in_answer(case, seen));
    found.extend(in_headers(case, seen));
    found.extend(in_wallets(case, seen));
    if !seen.response.stray.is_empty() {
        let stray = String::from_utf8_lossy(&seen.response.stray);
        found.push(format!("bytes after the end of the response: {stray:?}"));
    }
    found
}

/// In status and body, of which the kind of match says how much is free.
fn in_answer(case: &Case, seen: &Observation) -> Vec<String> {
    let (expect, status) = (&case.expect, seen.response.status);
    let body = json::parse(&seen.response.body);
    let shown = || seen.response.text().chars().take(600).collect::<String>();
    if case.matching == Matching::ClientError {
        let mut found = Vec::new();
        if !(400..500).contains(&status) {
            found.push(format!("status {status}, expected 4xx"));
        }
        if body.is_none() {
            found.push(format!("body {}, expected JSON", shown()));
        }
        return found;
    }
    if status != expect.status {
        let expected = expect.status;
        return vec![format!(
            "status {status}, expected {expected}; body {}",
            shown()
        )];
    }
    let wanted = seen.names.in_json(&expect.json);
    let matches = match case.matching {
        Matching::Exact if expect.is_json => body.is_some_and(|body| json::same(&wanted, &body)),
        Matching::JsonError => body.is_some_and(|body| is_json_error(&body)),
        Matching::Fields => body.is_some_and(|body| has_same_keys(&wanted, &body)),
        Matching::Exact | Matching::Status | Matching::ClientError => true,
    };
    if matches {
        Vec::new()
    } else {
        vec![format!("body {}, expected {wanted}", shown())]
    }
}

fn is_json_error(body: &Value) -> bool {
    body.get("detail")
        .and_then(Value::as_str)
        .is_some_and(|detail| detail.starts_with(JSON_ERROR_PREFIX))
}

fn has_same_keys(wanted: &Value, body: &Value) -> bool {
    match (wanted, body) {
        (Value::Object(wanted), Value::Object(body)) => {
            wanted.len() == body.len() && wanted.keys().all(|key| body.contains_key(key))
        }
        _ => false,
    }
}

/// In the headers that the case names, blanks and the case of letters aside.
fn in_headers(case: &Case, seen: &Observation) -> Vec<String> {
    let plain = |value: &str| value.to_lowercase().replace(' ', "");
    let mut found = Vec::new();
    for (name, wanted) in &case.expect.headers {
        let Some(wanted) = wanted else {
            continue;
        };
        let wanted = seen.names.in_text(wanted);
        let actual = seen.response.header(name);
        if plain(&wanted) != plain(actual.as_deref().unwrap_or_default()) {
            found.push(format!("header {name}: {actual:?}, expected {wanted:?}"));
        }
    }
    found
}

/// In the balance around the request, and in the wallet that a registration made.
fn in_wallets(case: &Case, seen: &Observation) -> Vec<String> {
    let expect = &case.expect;
    let text = |wanted: &Option<String>| wanted.as_deref().map(Value::from);
    let compared = [
        (
            "balance before",
            text(&expect.balance_before),
            &seen.balance_before,
        ),
        (
            "balance after",
            text(&expect.balance_after),
            &seen.balance_after,
        ),
        (
            "wallet after",
            expect.wallet_after.clone(),
            &seen.wallet_after,
        ),
    ];
    let mut found = Vec::new();
    for (what, wanted, actual) in compared {
        let actual = actual.as_ref().unwrap_or(&Value::Null);
        if let Some(wanted) = wanted
            && !json::same(&wanted, actual)
        {
            found.push(format!("{what} {actual}, expected {wanted}"));
        }
    }
    found
}
