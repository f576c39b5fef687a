//! Entry points of the fuzz targets in `tests/fuzz`: from the body of each endpoint to a domain value or the status of its
//! refusal. The parsers of the recorded endpoints are in `compat`, that of the others is `members`.

use actix_web::ResponseError;
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use bytes::Bytes;

use super::error::Error;
use super::problem::Problem;
use super::{batch, transfers};
use crate::compat::body::Body;
use crate::compat::{operation, registration};
use crate::domain::linked::Step;
use crate::domain::{NamesTaken, Operation, Registration, WalletId};
use crate::engine::EngineError;
use crate::messages::Lang;

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

/// The transfer from a wallet that a body holds.
///
/// # Errors
/// The status that it is refused with.
pub fn transfer(body: &[u8], from: WalletId) -> Result<Step, StatusCode> {
    transfers::parse(body, from).map_err(status)
}

/// The operations that a batch's body holds; in place of an invalid one, how many texts its faults have.
///
/// # Errors
/// The status that the whole is refused with.
pub fn batch(body: &[u8]) -> Result<Vec<Result<Step, usize>>, StatusCode> {
    let asked = batch::asked::parse(body).map_err(status)?;
    let operations = asked.operations.into_iter();
    let counted = operations.map(|step| step.map_err(|faults| faults.texts(Lang::En).len()));
    Ok(counted.collect())
}

fn status(error: Error) -> StatusCode {
    Problem::new(error, &HeaderMap::new()).status_code()
}
