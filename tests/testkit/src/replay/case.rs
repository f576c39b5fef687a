//! A recorded case: one request, and what must be seen when it is sent.

use std::collections::BTreeMap;
use std::fmt;
use std::io;

use serde::Deserialize;
use serde_json::Value;

use super::client::Client;
use super::placeholders::Placeholders;
use crate::raw_http::{Request, Response, exchange};

/// A line of `conformance.jsonl`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    id: u32,
    /// What the case is about, the general before the particular: `register.email`.
    pub category: String,
    name: String,
    method: String,
    path: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    body: Option<String>,
    #[serde(default)]
    body_encoding: Encoding,
    body_b64: Option<String>,
    body_repeat: Option<Repetition>,
    #[serde(default)]
    no_length: bool,
    #[serde(default)]
    no_host: bool,
    /// The whole request with one character a byte, in the place of path, headers and body.
    raw_request: Option<String>,
    /// Users to register first.
    #[serde(default)]
    pub setup: Vec<Fixture>,
    /// The case has a wallet of its own with exactly this balance.
    pub wallet_balance: Option<String>,
    #[serde(rename = "match")]
    pub matching: Matching,
    pub expect: Expectation,
}

/// How `body` becomes bytes.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
enum Encoding {
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "latin-1")]
    Latin1,
    #[serde(rename = "utf-16-le")]
    Utf16Le,
    #[serde(rename = "utf-16-be")]
    Utf16Be,
}

/// A body too long to be written down.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Repetition {
    prefix: String,
    unit: String,
    count: usize,
    suffix: String,
}

/// A user that the case finds registered.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixture {
    pub username: String,
    pub email: String,
    pub password: Option<String>,
}

/// How a case's answer must match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Matching {
    /// The status and the body's value.
    Exact,
    /// The status and `{"detail": "JSON parse error - ..."}`; the text after the dash is free.
    JsonError,
    /// The status and the keys of the error dictionary; the messages are free.
    Fields,
    /// The status alone.
    Status,
    /// Any 4xx with a JSON body: the recorded service crashed here.
    ClientError,
}

impl fmt::Display for Matching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exact => "exact",
            Self::JsonError => "json-error",
            Self::Fields => "fields",
            Self::Status => "status",
            Self::ClientError => "client-error",
        })
    }
}

/// What was recorded.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    pub status: u16,
    /// Whether the recorded body was JSON; where it was not, no body is compared.
    #[serde(default)]
    pub is_json: bool,
    #[serde(default)]
    pub json: Value,
    pub balance_before: Option<String>,
    pub balance_after: Option<String>,
    /// The answer to GET of the wallet that a registration made: its `status` and `json`.
    pub wallet_after: Option<Value>,
    /// `None`: the header was absent, and may be anything.
    #[serde(default)]
    pub headers: BTreeMap<String, Option<String>>,
}

impl Fixture {
    /// The user with every placeholder filled.
    pub fn filled(&self, names: &Placeholders) -> Self {
        Self {
            username: names.in_text(&self.username),
            email: names.in_text(&self.email),
            password: self.password.as_deref().map(|text| names.in_text(text)),
        }
    }
}

impl Case {
    /// Sends the case's request.
    ///
    /// # Errors
    /// Those of [`exchange`].
    pub async fn send(&self, client: &Client, names: &Placeholders) -> io::Result<Response> {
        if let Some(raw) = &self.raw_request {
            let bytes = latin1(&names.in_text(raw))?;
            return exchange(client.address, &bytes, self.method == "HEAD").await;
        }
        let mut request = Request::new(&self.method, names.in_text(&self.path));
        for (name, value) in &self.headers {
            request = request.header(name.as_str(), names.in_text(value));
        }
        if let Some(body) = self.body_bytes(names)? {
            request = request.body(body);
        }
        if self.no_length {
            request = request.without_length();
        }
        if self.no_host {
            request = request.without_host();
        }
        client.authorized(request).send(client.address).await
    }

    fn body_bytes(&self, names: &Placeholders) -> io::Result<Option<Vec<u8>>> {
        if let Some(text) = &self.body_b64 {
            let bytes = base64(text).ok_or_else(|| unwritable("base64"))?;
            return Ok(Some(names.in_bytes(&bytes)));
        }
        if let Some(body) = &self.body_repeat {
            let middle = body.unit.repeat(body.count);
            let text = names.in_text(&body.prefix) + &middle + &names.in_text(&body.suffix);
            return Ok(Some(text.into_bytes()));
        }
        let Some(body) = &self.body else {
            return Ok(None);
        };
        let text = names.in_text(body);
        Ok(Some(match self.body_encoding {
            Encoding::Utf8 => text.into_bytes(),
            Encoding::Latin1 => latin1(&text)?,
            Encoding::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Encoding::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        }))
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, category, name) = (self.id, &self.category, &self.name);
        write!(f, "{id} {category}/{name} ({})", self.matching)
    }
}

fn latin1(text: &str) -> io::Result<Vec<u8>> {
    text.chars()
        .map(|c| u8::try_from(c).map_err(|_| unwritable("Latin-1")))
        .collect()
}

fn base64(text: &str) -> Option<Vec<u8>> {
    const SYMBOLS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut bit_count) = (0_u16, 0);
    for symbol in text.trim_end_matches('=').bytes() {
        let value = SYMBOLS.iter().position(|&known| known == symbol)?;
        bits = (bits << 6) | u16::try_from(value).ok()?;
        bit_count += 6;
        if bit_count >= 8 {
            bit_count -= 8;
            bytes.push((bits >> bit_count).to_be_bytes()[1]);
        }
    }
    Some(bytes)
}

fn unwritable(form: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        format!("the case's request is not in {form}"),
    )
}
