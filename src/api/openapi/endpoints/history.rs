//! The history of a wallet: its two endpoints, with their queries and bodies.

use serde_json::json;
use utoipa::openapi::Required;
use utoipa::openapi::path::{
    Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn,
};
use utoipa::openapi::schema::{
    ArrayBuilder, ComponentsBuilder, ObjectBuilder, SchemaFormat, SchemaType, Type,
};

use super::super::super::history::query;
use super::super::{both, headers, refusals, schemas};
use super::{answer, operation_of, refused};
use crate::domain::OperationKind;
use crate::domain::history::PAGE_MAX;

/// The time of an operation, as it is always written.
const TIME: &str = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$";

/// Adds the bodies.
pub fn schemas(components: ComponentsBuilder) -> ComponentsBuilder {
    components
        .schema("PastOperation", past_operation())
        .schema("OperationsPage", operations_page())
        .schema(
            "QueryErrors",
            schemas::errors(&["limit", "cursor", "kind", "from", "to"]),
        )
}

pub fn page() -> Operation {
    let found = answer(
        both("A page of operations.", "Страница операций."),
        schemas::named("OperationsPage"),
        json!({
            "next": "/api/wallets/47c6a995-7685-412c-99fe-4259db91f18f/operations/\
                     ?limit=1&cursor=00000000000000029c5a28d6b5b2f7e0",
            "results": [example()],
        }),
    );
    let refusals = vec![
        refusals::of_a_query(),
        refusals::of_a_wallet(),
        refusals::of_the_engine(),
        refusals::of_the_gate(),
    ];
    let operation = operation_of("wallets", "listOperations")
        .summary(Some("Wallet Operations"))
        .description(Some(both(
            "What happened to a wallet, newest first. `next` is the address of the page with older operations, and \
             `null` at the end: a page may have fewer operations than `limit`, or none, and yet not be the last.",
            "История операций кошелька, от новых к старым. `next` - адрес следующей страницы, `null` - страниц больше нет.",
        )))
        .parameter(headers::wallet());
    let operation = filters()
        .into_iter()
        .fold(operation, OperationBuilder::parameter);
    refused(operation.response("200", found), refusals, "QueryErrors")
}

pub fn one() -> Operation {
    let found = answer(
        both("The operation.", "Операция."),
        schemas::named("PastOperation"),
        example(),
    );
    let id = ParameterBuilder::new()
        .name("id")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(both(
            "The operation's number within its wallet.",
            "Номер операции кошелька.",
        )))
        .schema(Some(number()));
    let refusals = vec![
        refusals::of_a_past_operation(),
        refusals::of_a_wallet(),
        refusals::of_the_engine(),
        refusals::of_the_gate(),
    ];
    let operation = operation_of("wallets", "getOperation")
        .summary(Some("Wallet Operation Detail"))
        .description(Some(both(
            "One operation of a wallet.",
            "Операция кошелька по ее номеру.",
        )))
        .parameter(headers::wallet())
        .parameter(id)
        .response("200", found);
    refused(operation, refusals, "Detail")
}

fn filters() -> [Parameter; 5] {
    let limit = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(PAGE_MAX))
        .default(Some(query::LIMIT.into()));
    let cursor = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(format!("^[0-9a-f]{{{}}}$", query::CURSOR_CHARS)));
    let kind = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(OperationKind::ALL.map(OperationKind::as_str)));
    let time = || {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom("date-time".to_owned())))
            .examples(["2031-05-01T00:00:00Z"])
    };
    [
        filter(
            "limit",
            limit,
            "Operations of the page at most.",
            "Сколько операций на странице, не более.",
        ),
        filter(
            "cursor",
            cursor,
            "Where the page begins: taken from `next`, for the same wallet and the same filters.",
            "Начало страницы, из `next`.",
        ),
        filter(
            "kind",
            kind,
            "Only operations of this kind.",
            "Только операции этого типа.",
        ),
        filter(
            "from",
            time(),
            "Only operations at this time or later.",
            "Только операции начиная с этого времени.",
        ),
        filter(
            "to",
            time(),
            "Only operations before this time. A time that is now or later is no bound, so operations that a wrong clock dated in the future are there as well.",
            "Только операции раньше этого времени. Текущее или более позднее время ничего не ограничивает: операции, которым неверные часы дали время в будущем, тоже есть в ответе.",
        ),
    ]
}

fn filter(name: &str, schema: ObjectBuilder, english: &str, russian: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(both(english, russian)))
        .schema(Some(schema))
        .build()
}

fn example() -> serde_json::Value {
    json!({
        "id": 2,
        "kind": "WITHDRAW",
        "amount": "50.00",
        "balance_after": "1200.50",
        "created_at": "2031-05-01T12:00:00.123456Z",
    })
}

fn past_operation() -> ObjectBuilder {
    let id = number().description(Some(both(
        "Its number within its wallet, from 1 and without gaps.",
        "Номер операции кошелька, с 1 и без пропусков.",
    )));
    let kind = schemas::text("What was done.", "Тип операции.", "WITHDRAW")
        .enum_values(Some(OperationKind::ALL.map(OperationKind::as_str)));
    let amount = schemas::balance("The amount.", "Сумма операции.", "50.00");
    let balance_after = schemas::balance(
        "The balance right after it.",
        "Баланс кошелька после операции.",
        "1200.50",
    );
    let created_at = schemas::text(
        "When it happened, in UTC.",
        "Время операции, UTC.",
        "2031-05-01T12:00:00.123456Z",
    )
    .format(Some(SchemaFormat::Custom("date-time".to_owned())))
    .pattern(Some(TIME));
    schemas::closed([
        ("id", id),
        ("kind", kind),
        ("amount", amount),
        ("balance_after", balance_after),
        ("created_at", created_at),
    ])
}

fn operations_page() -> ObjectBuilder {
    let next = ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .description(Some(both(
            "The address of the page with older operations; `null`: there are none.",
            "Адрес следующей страницы; `null` - ее нет.",
        )));
    let results = ArrayBuilder::new()
        .items(schemas::named("PastOperation"))
        .max_items(Some(usize::from(PAGE_MAX)));
    schemas::closed([("next", next)])
        .property("results", results)
        .required("results")
}

fn number() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::Custom("int64".to_owned())))
        .minimum(Some(1))
        .examples([2])
}
