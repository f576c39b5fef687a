//! Parts of the schemas of transfers and batches.

use utoipa::openapi::schema::{
    AnyOfBuilder, KnownFormat, ObjectBuilder, SchemaFormat, SchemaType, Type,
};

use super::schemas::{amount_text, both, number, text};
use crate::domain::idempotency::KEY_CHARS_MAX;
use crate::domain::reference::REFERENCE_CHARS_MAX;
use crate::messages::{Id, id};

/// An amount of money to move: JSON's integers are exact.
pub fn amount() -> AnyOfBuilder {
    let integer = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(1))
        .maximum(Some(99_999_999));
    AnyOfBuilder::new()
        .item(amount_text())
        .item(integer)
        .description(Some(both(id!("openapi-amount-exact"))))
        .examples(["10.00"])
}

/// What the client calls the operation.
pub fn reference() -> ObjectBuilder {
    text(id!("openapi-reference"), "rent")
        .min_length(Some(1))
        .max_length(Some(REFERENCE_CHARS_MAX))
        .pattern(Some(r"^[^\u0000-\u001f\u007f-\u009f]*$"))
}

/// A reference in a request.
pub fn reference_or_null() -> ObjectBuilder {
    or_null(reference(), Type::String)
}

/// The wallet that an operation of a batch is of.
pub fn wallet() -> ObjectBuilder {
    uuid(
        id!("openapi-batch-wallet"),
        "47c6a995-7685-412c-99fe-4259db91f18f",
    )
}

/// The wallet that is paid.
pub fn receiver() -> ObjectBuilder {
    uuid(
        id!("openapi-receiver"),
        "9b2f7f0e-3f58-4a75-9a0c-2d1c6a3f4b11",
    )
}

/// The receiver in an operation that may be no transfer.
pub fn receiver_or_null() -> ObjectBuilder {
    let receiver = uuid(
        id!("openapi-batch-receiver"),
        "9b2f7f0e-3f58-4a75-9a0c-2d1c6a3f4b11",
    );
    or_null(receiver, Type::String)
}

/// The other side of a transfer.
pub fn other_wallet() -> ObjectBuilder {
    uuid(
        id!("openapi-other-wallet"),
        "9b2f7f0e-3f58-4a75-9a0c-2d1c6a3f4b11",
    )
}

/// What both rows of a transfer share.
pub fn transfer() -> ObjectBuilder {
    uuid(
        id!("openapi-transfer-id"),
        "0192f3c4-7c1e-7d2a-9c55-8d9b0e1f2a3b",
    )
}

/// The number of the operation within the wallet that the request names.
pub fn row() -> ObjectBuilder {
    number(id!("openapi-row"), 7)
}

/// Whether a batch is one transaction.
pub fn atomic() -> ObjectBuilder {
    boolean_or_null(id!("openapi-batch-atomic"))
}

/// What an operation of a batch does.
pub fn kind(kinds: &[&'static str]) -> ObjectBuilder {
    text(id!("openapi-batch-kind"), "DEPOSIT").enum_values(Some(kinds.to_vec()))
}

/// The key of an operation of a batch.
pub fn key() -> ObjectBuilder {
    or_null(text(id!("openapi-batch-key"), "order-7"), Type::String)
        .min_length(Some(1))
        .max_length(Some(KEY_CHARS_MAX))
        .pattern(Some("^[!-~]*$"))
}

/// The status of an operation that happened.
pub fn created() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .description(Some(both(id!("openapi-batch-created"))))
        .enum_values(Some([201]))
}

/// Whether an operation had happened before.
pub fn replayed() -> ObjectBuilder {
    boolean(id!("openapi-batch-replayed"))
}

/// Whether something is so; as good as absent if it is `null`.
pub fn boolean_or_null(description: Id) -> ObjectBuilder {
    or_null(boolean(description), Type::Boolean)
}

pub fn boolean(description: Id) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Boolean)
        .description(Some(both(description)))
}

pub fn uuid(description: Id, example: &str) -> ObjectBuilder {
    text(description, example).format(Some(SchemaFormat::Custom("uuid".to_owned())))
}

/// The schema of a member that may be `null`, which is as good as absent.
pub fn or_null(schema: ObjectBuilder, kind: Type) -> ObjectBuilder {
    schema.schema_type(SchemaType::from_iter([kind, Type::Null]))
}
