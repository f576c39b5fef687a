//! Who may call what, from each endpoint's registration, and the endpoints of tokens.

use serde_json::{Value, json};
use utoipa::openapi::path::{Operation, OperationBuilder};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{Components, ObjectBuilder, SchemaFormat};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{OpenApi, RefOr};

use super::super::error::Error;
use super::super::permission::Permission;
use super::super::refused_access::{TooManyAttempts, Unauthenticated};
use super::super::resource::{Refusal, Resource};
use super::recorded::Described;
use super::schemas::{both, closed, object, text};
use crate::auth::{Scheme, Scope, Scopes};
use crate::compat::sign_in::CredentialErrors;
use crate::domain::registration::{FieldError, USERNAME_MAX_CHARS};
use crate::messages::{Lang, id, text as message};

/// The name of the scheme of keys.
const KEY: &str = "key";
/// The name of the scheme of owners' tokens.
const TOKEN: &str = "token";

/// The components, with the schemes of keys and of owners' tokens.
pub fn add(mut components: Components) -> Components {
    let key = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("wk_...")
        .description(Some(both(id!("openapi-key"))))
        .build();
    let token =
        ApiKeyValue::with_description("Authorization".to_owned(), both(id!("openapi-token")));
    let schemes = [
        (KEY, SecurityScheme::Http(key)),
        (TOKEN, SecurityScheme::ApiKey(ApiKey::Header(token))),
    ];
    let schemes = schemes.map(|(name, scheme)| (name.to_owned(), RefOr::T(scheme)));
    components.security_schemes.extend(schemes);
    components
}

/// Adds what the operation takes, also to its description.
pub fn require(operation: &mut Operation, permission: Permission) {
    operation.security = Some(match permission {
        Permission::Public => Vec::new(),
        Permission::AnyOf(scopes) => scopes.iter().flat_map(requirements).collect(),
        Permission::Owner => vec![SecurityRequirement::new(TOKEN, NO_SCOPES)],
    });
    let added = match permission {
        Permission::Public => return,
        Permission::AnyOf(scopes) => [Lang::En, Lang::Ru].map(|lang| scopes_text(scopes, lang)),
        Permission::Owner => {
            [Lang::En, Lang::Ru].map(|lang| message!(lang, "openapi-owner").to_owned())
        }
    };
    let description = operation.description.get_or_insert_default();
    for text in added {
        description.push_str("\n\n");
        description.push_str(&text);
    }
}

const NO_SCOPES: [&str; 0] = [];

/// A key with the scope; or a token, which has only scopes of a wallet.
fn requirements(scope: Scope) -> impl Iterator<Item = SecurityRequirement> {
    let schemes = [Some(KEY), scope.is_of_a_wallet().then_some(TOKEN)];
    let schemes = schemes.into_iter().flatten();
    schemes.map(move |scheme| SecurityRequirement::new(scheme, [scope.as_str()]))
}

fn scopes_text(scopes: Scopes, lang: Lang) -> String {
    let names: Vec<_> = scopes.iter().map(|scope| format!("`{scope}`")).collect();
    message!(lang, "openapi-scope", scopes = names.join(", "))
}

/// `/api/token/`.
pub fn token(resource: &Resource) -> OpenApi {
    let asked = json!({"username": "new_user", "password": "StrongPassword123"});
    let mut document = Described::new("createToken", id!("openapi-token-begin"))
        .with(|operation| operation.tags(Some([TAG])))
        .request("Credentials", |_| credentials(), &[("a user", asked)])
        .response(
            ("200", id!("openapi-token-begun")),
            ("Token", closed([("token", token_text())]), token_example()),
            &[],
        )
        .at(resource);
    let ended = ResponseBuilder::new().description(both(id!("openapi-token-ended")));
    let end = OperationBuilder::new()
        .tag(TAG)
        .operation_id(Some("deleteToken"))
        .description(Some(both(id!("openapi-token-end"))))
        .response("204", ended.build());
    if let Some(item) = document.paths.paths.get_mut(resource.template) {
        item.delete = Some(end.build());
    }
    document
}

const TAG: &str = "access";

fn credentials() -> ObjectBuilder {
    let username = text(id!("openapi-username"), "new_user")
        .min_length(Some(1))
        .max_length(Some(USERNAME_MAX_CHARS))
        .pattern(Some(r"\S"));
    object([("username", username), ("password", current_password())])
}

/// A password that is compared.
pub fn current_password() -> ObjectBuilder {
    password().min_length(Some(1))
}

/// A password that is set.
pub fn new_password() -> ObjectBuilder {
    let trimmed = r"^\S([^\u0000]*\S)?$";
    password().min_length(Some(1)).pattern(Some(trimmed))
}

fn password() -> ObjectBuilder {
    text(id!("openapi-password"), "StrongPassword123")
        .format(Some(SchemaFormat::Custom("password".to_owned())))
        .write_only(true)
}

/// A token, in clear.
pub fn token_text() -> ObjectBuilder {
    text(id!("openapi-token-text"), EXAMPLE).pattern(Some("^[0-9a-f]{40}$"))
}

pub fn token_example() -> Value {
    json!({"token": EXAMPLE})
}

const EXAMPLE: &str = "0123456789abcdef0123456789abcdef01234567";

/// Of a sign-in.
pub fn of_credentials() -> Vec<Refusal> {
    let missing = CredentialErrors {
        username: Some(FieldError::Required),
        password: Some(FieldError::Required),
    };
    vec![
        ("missing fields", Error::Credentials(missing)),
        ("wrong name or password", Error::NotSignedIn),
    ]
}

/// Of every request with a password to compare.
pub fn of_too_many_attempts() -> Vec<Refusal> {
    let error = TooManyAttempts { wait_s: 900 };
    vec![("too many attempts", Error::TooManyAttempts(error))]
}

/// Of every request that takes a key or a token.
pub fn of_access(permission: Permission) -> Vec<Refusal> {
    let (scheme, forbidden) = match permission {
        Permission::Public => return Vec::new(),
        Permission::AnyOf(scopes) => (Scheme::Bearer, ("without the scope", scopes)),
        Permission::Owner => (Scheme::Token, ("not an owner", Scopes::NONE)),
    };
    let invalid = Unauthenticated::Invalid(scheme);
    vec![
        (
            "no credentials",
            Error::Unauthenticated(Unauthenticated::Missing),
        ),
        ("invalid credentials", Error::Unauthenticated(invalid)),
        (forbidden.0, Error::Forbidden(forbidden.1)),
    ]
}
