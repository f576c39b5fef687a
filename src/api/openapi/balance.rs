//! Parts of the schema of a balance.

use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat};

use super::schemas::{balance as money, number, text, time};
use crate::messages::id;

pub fn at() -> ObjectBuilder {
    text(id!("openapi-balance-at"), "2031-05-01T12:00:00Z")
        .format(Some(SchemaFormat::Custom("date-time".to_owned())))
}

pub fn operation() -> ObjectBuilder {
    number(id!("openapi-balance-operation"), 7)
}

pub fn balance() -> ObjectBuilder {
    money(id!("openapi-balance-whole"), "100.00")
}

pub fn held() -> ObjectBuilder {
    money(id!("openapi-balance-held"), "30.00")
}

pub fn available() -> ObjectBuilder {
    money(id!("openapi-balance-available"), "70.00")
}

pub fn version() -> ObjectBuilder {
    number(id!("openapi-balance-version"), 8).minimum(Some(0))
}

pub fn as_of() -> ObjectBuilder {
    time(id!("openapi-balance-as-of"), "2031-05-01T12:00:00.123456Z")
}
