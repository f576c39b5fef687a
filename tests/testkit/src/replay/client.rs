//! What a replay does besides its cases' own requests: users to meet, and wallets with a given balance.

use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use super::case::Fixture;
use super::json;
use super::placeholders::{Placeholders, Source};
use crate::raw_http::{Request, Response};

/// The largest amount of one operation.
const AMOUNT_MAX_CENTS: i64 = 9_999_999_999;
/// A wallet further than this from the wanted balance is not worth moving there.
const MOVE_MAX_CENTS: i64 = 200_000_000_000;
/// Looks at a balance on its way to the wanted one, before that is given up.
const ADJUSTMENTS_MAX: usize = 250;

/// Why a case was not run to its end.
#[derive(Debug, thiserror::Error)]
pub enum CouldNotRun {
    #[error("no response to {request}: {reason}")]
    NoResponse { request: String, reason: io::Error },
    #[error("the registration of {username:?} answered {status} {body}")]
    Registration {
        username: String,
        status: u16,
        body: String,
    },
    #[error("the 201 has no Location header with a UUID")]
    NoWallet,
    #[error("GET of the wallet answered {status} {body}")]
    Balance { status: u16, body: String },
    #[error("could not bring a new wallet to the balance {0}")]
    Adjustment(String),
}

/// One replay's client.
#[derive(Debug)]
pub struct Client {
    pub address: SocketAddr,
    /// The `Authorization` of requests that name none.
    authorization: Option<String>,
    names: Source,
    /// Wallets that no case is using, with their balances: a move is cheaper than a registration.
    idle_wallets: Mutex<Vec<(String, Decimal)>>,
}

impl Client {
    pub fn new(address: SocketAddr, authorization: Option<&str>) -> Self {
        Self {
            address,
            authorization: authorization.map(str::to_owned),
            names: Source::new(address),
            idle_wallets: Mutex::default(),
        }
    }

    pub fn next_names(&self) -> Placeholders {
        self.names.next()
    }

    pub async fn register(&self, fixture: &Fixture) -> Result<Response, CouldNotRun> {
        let user = json!({
            "username": fixture.username,
            "email": fixture.email,
            "password": fixture.password.as_deref().unwrap_or("Pw-fixture-1"),
        });
        let response = self.post("/api/register/", &user).await?;
        if response.status == 201 {
            return Ok(response);
        }
        Err(CouldNotRun::Registration {
            username: fixture.username.clone(),
            status: response.status,
            body: response.text(),
        })
    }

    /// The answer to GET of the wallet.
    pub async fn wallet(&self, wallet: &str) -> Result<Response, CouldNotRun> {
        let path = format!("/api/wallets/{wallet}/");
        let request = self.authorized(Request::new("GET", path.as_str()));
        let response = request.send(self.address).await;
        response.map_err(no_response(&format!("GET {path}")))
    }

    /// The balance as the wallet shows it.
    pub async fn balance(&self, wallet: &str) -> Result<Value, CouldNotRun> {
        let response = self.wallet(wallet).await?;
        json::parse(&response.body)
            .filter(|_| response.status == 200)
            .and_then(|shown| shown.get("balance").cloned())
            .ok_or_else(|| CouldNotRun::Balance {
                status: response.status,
                body: response.text(),
            })
    }

    /// A wallet with exactly this balance, which nobody else uses until it is given back.
    pub async fn take_wallet(&self, balance: &str) -> Result<String, CouldNotRun> {
        let given_up = || CouldNotRun::Adjustment(balance.to_owned());
        let target: Decimal = balance.parse().map_err(|_| given_up())?;
        if let Some((wallet, idle)) = self.take_nearest(target)
            && (idle - target).abs() < Decimal::new(MOVE_MAX_CENTS, 2)
            && self.adjust(&wallet, balance, target).await?
        {
            return Ok(wallet);
        }
        let wallet = self.new_wallet().await?;
        if self.adjust(&wallet, balance, target).await? {
            Ok(wallet)
        } else {
            Err(given_up())
        }
    }

    pub fn give_wallet(&self, wallet: String, balance: &Value) {
        if let Some(balance) = as_decimal(balance) {
            self.idle().push((wallet, balance));
        }
    }

    /// The request with the `Authorization` of this replay, if it has one and the request none.
    pub fn authorized(&self, request: Request) -> Request {
        match &self.authorization {
            Some(value) if !request.names("authorization") => {
                request.header("Authorization", value.as_str())
            }
            _ => request,
        }
    }

    fn take_nearest(&self, target: Decimal) -> Option<(String, Decimal)> {
        let mut idle = self.idle();
        let nearest = (0..idle.len()).min_by_key(|&at| (idle[at].1 - target).abs())?;
        Some(idle.swap_remove(nearest))
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<(String, Decimal)>> {
        self.idle_wallets
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    async fn new_wallet(&self) -> Result<String, CouldNotRun> {
        let username = self.next_names().uniq();
        let fixture = Fixture {
            email: format!("{username}@fixture.example"),
            username,
            password: None,
        };
        wallet_of(&self.register(&fixture).await?).ok_or(CouldNotRun::NoWallet)
    }

    /// Moves the balance to the target with ordinary operations; whether it is there now, as it is written.
    async fn adjust(
        &self,
        wallet: &str,
        balance: &str,
        target: Decimal,
    ) -> Result<bool, CouldNotRun> {
        let path = format!("/api/wallets/{wallet}/operation/");
        for _ in 0..ADJUSTMENTS_MAX {
            let shown = self.balance(wallet).await?;
            let Some(current) = as_decimal(&shown) else {
                return Ok(false);
            };
            if current == target {
                return Ok(shown == balance);
            }
            let mut missing = target - current;
            while !missing.is_zero() {
                let step = missing.abs().min(Decimal::new(AMOUNT_MAX_CENTS, 2));
                let (kind, moved) = if missing.is_sign_positive() {
                    ("DEPOSIT", step)
                } else {
                    ("WITHDRAW", -step)
                };
                let operation = json!({"operationType": kind, "amount": step.to_string()});
                if self.post(&path, &operation).await?.status != 200 {
                    return Ok(false);
                }
                missing -= moved;
            }
        }
        Ok(false)
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Response, CouldNotRun> {
        let request = Request::new("POST", path)
            .header("Content-Type", "application/json")
            .body(body.to_string());
        let response = self.authorized(request).send(self.address).await;
        response.map_err(no_response(&format!("POST {path}")))
    }
}

/// The new wallet's UUID, from the `Location` of a registration's 201.
pub fn wallet_of(response: &Response) -> Option<String> {
    let location = response.header("location")?;
    let hyphenated = location.as_bytes().windows(36);
    hyphenated
        .filter_map(|part| std::str::from_utf8(part).ok())
        .find(|part| Uuid::try_parse(part).is_ok())
        .map(str::to_owned)
}

pub fn no_response(request: &str) -> impl FnOnce(io::Error) -> CouldNotRun {
    let request = request.to_owned();
    move |reason| CouldNotRun::NoResponse { request, reason }
}

fn as_decimal(balance: &Value) -> Option<Decimal> {
    match balance {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.as_str().parse().ok(),
        _ => None,
    }
}
