//! Entry points of the fuzz targets in `tests/fuzz`: from the body of each endpoint to a domain value or the status of its
//! refusal. The parsers themselves are in `compat`.

use actix_web::ResponseError;
use actix_web::http::StatusCode;
use bytes::Bytes;

use super::error::Error;
use crate::compat::body::Body;
use crate::compat::{operation, registration};
use crate::domain::{NamesTaken, Operation, Registration};
use crate::engine::EngineError;

/// The operation that a body holds.
///
/// # Errors
/// The status that it is refused with.
pub async fn operation(content_type: &[u8], body: Bytes) -> Result<Operation, StatusCode> {
    let body = Body {
        content_type,
        bytes: body,
    };
    let read = body.read(&operation::FIELDS, operation::parse).await;
    read.map_err(Error::Body)
        .and_then(|operation| operation.map_err(Error::Operation))
        .map_err(|error| error.status_code())
}

/// The registration that a body holds, as if its names were free.
///
/// # Errors
/// The status that it is refused with.
pub async fn registration(content_type: &[u8], body: Bytes) -> Result<Registration, StatusCode> {
    let body = Body {
        content_type,
        bytes: body,
    };
    let read = body.read(&registration::FIELDS, registration::parse).await;
    read.map_err(Error::Body)
        .and_then(|form| {
            let checked = form.check(NamesTaken::default());
            checked.map_err(|errors| Error::Engine(EngineError::Registration(errors)))
        })
        .map_err(|error| error.status_code())
}
