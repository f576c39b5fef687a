//! `/api/schema/`: the API described by itself, in OpenAPI 3.1.
//!
//! 1. `schemas` has the bodies, `headers` what stands beside them, `endpoints` who takes and answers what. Limits come
//!    from the domain's own constants.
//! 2. `refusals` asks the table of `api/error.rs` for every refusal that an endpoint knows: status, body and headers of
//!    the examples are what that error is really answered with.
//! 3. Descriptions are in English, then in Russian, as the contract is.
//!
//! Bodies are read and written by hand elsewhere (`body`, `answer`), so nothing here is asked while the API serves. That
//! the description is true is tried from outside: `.ci/schemathesis` sends what it allows and what it does not.
//!
//! A copy is kept in `openapi.json`, to be read and compared; `make docs` writes it, `tests/documents.rs` compares.

mod endpoints;
mod headers;
mod refusals;
mod schemas;

use std::sync::LazyLock;

use actix_web::HttpResponse;
use utoipa::openapi::tag::Tag;
use utoipa::openapi::{Info, OpenApi, OpenApiBuilder};

use super::answer::{self, Endpoint};

pub const ENDPOINT: Endpoint = Endpoint {
    allow: "GET, HEAD, OPTIONS",
    name: "Schema",
    description: "The description of this API, in OpenAPI 3.1.",
};

/// The document as it is served: it never changes while the engine runs.
static SERVED: LazyLock<String> =
    LazyLock::new(|| serde_json::to_string(&document()).unwrap_or_default());

pub fn handle() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(answer::JSON)
        .body(SERVED.as_str())
}

/// The document.
#[must_use]
pub fn document() -> OpenApi {
    OpenApiBuilder::new()
        .info(info())
        .tags(Some([
            tag(
                "wallets",
                "Users, wallets and operations.",
                "Пользователи, кошельки и операции.",
            ),
            tag(
                "service",
                "What operators and tools ask.",
                "Для эксплуатации и инструментов.",
            ),
        ]))
        .paths(endpoints::paths())
        .components(Some(headers::add(schemas::components())))
        .build()
}

fn info() -> Info {
    let mut info = Info::new("Wallet API", env!("CARGO_PKG_VERSION"));
    info.description = Some(both(
        "Register a user with a wallet, read a balance, deposit, withdraw.\n\n\
         A wallet's address is in the `Location` header of its registration. Bodies may be JSON, URL-encoded forms or \
         multipart forms, up to 64 KiB, in UTF-8 or in the `charset` that their `Content-Type` names; keys that nobody \
         knows are ignored. Answers are JSON. An address without its \
         final slash is redirected, with 301 for GET and HEAD and 308 for other methods; an address that is none is \
         404, another method 405 with `Allow`. `OPTIONS` describes an address. Every answer bears an `X-Request-Id`.",
        "Регистрация пользователей с автоматическим созданием кошелька, получение текущего баланса, пополнение \
         (DEPOSIT) и снятие средств (WITHDRAW).",
    ));
    info
}

fn tag(name: &str, english: &str, russian: &str) -> Tag {
    let mut tag = Tag::new(name);
    tag.description = Some(both(english, russian));
    tag
}

/// A description in both languages.
fn both(english: &str, russian: &str) -> String {
    format!("{english}\n\n{russian}")
}
