use std::sync::Arc;

use actix_web::body::MessageBody;

use super::*;
use crate::compat::operation::{AmountFieldError, KindError};
use crate::domain::AmountError;
use crate::domain::rules::Limit;
use crate::engine::Queue;
use crate::telemetry::chain;
use crate::web::body::ReceiveError;

fn answer(error: &Error) -> (u16, String) {
    let response = error.error_response();
    let status = response.status().as_u16();
    let body = response.into_body().try_into_bytes().unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

fn fields(kind: Option<KindError>, amount: Option<AmountError>) -> Error {
    let amount = amount.map(AmountFieldError::Value);
    Error::Operation(InvalidOperation::Fields { kind, amount })
}

#[test]
fn every_refusal_has_the_contract_s_status_and_body() {
    let unavailable = EngineError::Unavailable(Arc::new(std::io::Error::other("password=secret")));
    let choice = KindError::InvalidChoice("a\"b".to_owned());
    for (error, status, body) in [
        (Error::NoSuchPath, 404, r#"{"detail":"Not found."}"#),
        (
            Error::Body(BodyError::UnsupportedMediaType("a/\"b\"".to_owned())),
            415,
            r#"{"detail":"Unsupported media type \"a/\"b\"\" in request."}"#,
        ),
        (
            Error::Web(Refusal::Receive(ReceiveError::TooLarge {
                max_bytes: 65_536,
            })),
            413,
            r#"{"detail":"Request body is larger than 65536 bytes."}"#,
        ),
        (
            Error::Body(BodyError::NoData),
            400,
            r#"{"non_field_errors":["No data provided"]}"#,
        ),
        (
            Error::Body(BodyError::InvalidData("list")),
            400,
            r#"{"non_field_errors":["Invalid data. Expected a dictionary, but got list."]}"#,
        ),
        (
            Error::Operation(InvalidOperation::UnknownKind),
            400,
            r#"{"status":"error","message":"Неизвестный тип операции"}"#,
        ),
        (
            fields(Some(choice), Some(AmountError::NotPositive)),
            400,
            concat!(
                r#"{"operationType":["\"a\"b\" is not a valid choice."],"#,
                r#""amount":["Сумма операции должна быть больше нуля."]}"#
            ),
        ),
        (
            fields(None, Some(AmountError::TooManyWholeDigits)),
            400,
            r#"{"amount":["Ensure that there are no more than 8 digits before the decimal point."]}"#,
        ),
        (
            Error::Engine(EngineError::WalletNotFound),
            404,
            r#"{"detail":"Кошелек не найден."}"#,
        ),
        (
            Error::Engine(EngineError::Refused(OperationRefused::InsufficientFunds)),
            400,
            r#"{"status":"error","message":"Недостаточно средств"}"#,
        ),
        (
            Error::Engine(EngineError::Refused(OperationRefused::Frozen)),
            400,
            r#"{"status":"error","message":"Кошелек заморожен"}"#,
        ),
        (
            Error::Engine(EngineError::Refused(OperationRefused::Closed)),
            400,
            r#"{"status":"error","message":"Кошелек закрыт"}"#,
        ),
        (
            Error::Engine(EngineError::Refused(OperationRefused::LimitExceeded {
                limit: Limit::OperationMax,
                remaining: None,
            })),
            400,
            r#"{"status":"error","message":"Превышен лимит кошелька"}"#,
        ),
        (
            Error::IdempotencyKey(InvalidIdempotencyKey::Malformed),
            400,
            r#"{"detail":"Ключ идемпотентности должен состоять из видимых символов ASCII, от 1 до 255."}"#,
        ),
        (
            Error::IdempotencyKey(InvalidIdempotencyKey::Repeated),
            400,
            r#"{"detail":"Заголовок Idempotency-Key указан более одного раза."}"#,
        ),
        (
            Error::Engine(EngineError::KeyReused),
            422,
            r#"{"detail":"Ключ идемпотентности уже использован для другой операции."}"#,
        ),
        (
            Error::Engine(unavailable),
            500,
            r#"{"detail":"Ошибка при обработке операции кошелька"}"#,
        ),
        (
            Error::Web(Refusal::Panic("index out of bounds".to_owned())),
            500,
            r#"{"detail":"Ошибка при обработке операции кошелька"}"#,
        ),
    ] {
        assert_eq!(answer(&error), (status, body.to_owned()), "{error}");
    }
}

#[test]
fn a_registration_s_errors_have_the_order_of_its_fields() {
    let errors = RegistrationErrors {
        username: vec![FieldError::UsernameTaken],
        email: vec![FieldError::NullCharacter, FieldError::NotAnEmail],
        password: Vec::new(),
    };
    assert_eq!(
        answer(&Error::Engine(EngineError::Registration(errors))).1,
        concat!(
            r#"{"username":["Такое имя пользователя уже зарегистрировано."],"#,
            r#""email":["Null characters are not allowed.","Enter a valid email address."]}"#
        )
    );
}

#[test]
fn a_refusal_has_its_retry_after_or_its_allow() {
    let away = std::io::Error::other("connection refused");
    for error in [
        EngineError::Overloaded(Queue::Wallet),
        EngineError::Stopping,
        EngineError::NotDone(Arc::new(away)),
    ] {
        let response = Error::Engine(error).error_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers().get(header::RETRY_AFTER).unwrap(), "1");
    }
    let method = Error::Method {
        given: Method::from_bytes(b"G-T").unwrap(),
        allow: "POST, OPTIONS".to_owned(),
    };
    let response = method.error_response();
    assert_eq!(
        response.headers().get(header::ALLOW).unwrap(),
        "POST, OPTIONS"
    );
    let body = r#"{"detail":"Method \"G-T\" not allowed."}"#.to_owned();
    assert_eq!(answer(&method), (405, body));
}

#[test]
fn the_log_has_every_cause() {
    let cause = std::io::Error::other("connection refused");
    let error = Error::Engine(EngineError::Unavailable(Arc::new(cause)));
    assert_eq!(
        chain(&error).to_string(),
        "the engine could not finish the request: connection refused"
    );
}
