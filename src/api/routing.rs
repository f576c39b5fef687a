//! All registered resources, and the one of a request's path.
//!
//! The recorded service matches the decoded path ([`compat`](crate::compat::path)): `/%61pi/register/` and
//! `/api%2Fregister/` are the registration, while `//api/register/` and `/api/./register/` are not found. A path
//! that only lacks its final slash is redirected.

use super::holds::closing;
use super::resource::{Params, Resource};
use super::{
    balance, batch, docs, events, health, history, holds, journal, openapi, password, recorded,
    reversals, root, rules, statement, token, transfers, webhooks,
};
use crate::compat::path;
use crate::domain::WalletId;

/// All resources. A new one is a line here.
pub static RESOURCES: [&Resource; 30] = [
    &recorded::REGISTER,
    &recorded::WALLET,
    &recorded::OPERATION,
    &history::PAGE,
    &history::ONE,
    &balance::BALANCE,
    &statement::STATEMENT,
    &transfers::TRANSFERS,
    &holds::HOLDS,
    &holds::HOLD,
    &closing::CAPTURE,
    &closing::VOID,
    &reversals::REVERSE,
    &rules::RULES,
    &batch::BATCH,
    &events::EVENTS,
    &webhooks::WEBHOOKS,
    &webhooks::WEBHOOK,
    &webhooks::rotating::ROTATE,
    &webhooks::replaying::REPLAY,
    &webhooks::set_aside::SET_ASIDE,
    &webhooks::set_aside::SEND,
    &journal::JOURNAL,
    &token::TOKEN,
    &password::PASSWORD,
    &openapi::SCHEMA,
    &docs::DOCS,
    &health::LIVE,
    &health::READY,
    &root::ROOT,
];

const UNKNOWN: &str = "unknown";
const MISSING_SLASH: &str = "missing slash";

/// The names of all routes, for metrics: the templates, and two for paths without a resource.
pub static TEMPLATES: [&str; RESOURCES.len() + 2] = {
    let mut names = [UNKNOWN; RESOURCES.len() + 2];
    names[1] = MISSING_SLASH;
    let mut index = 0;
    while index < RESOURCES.len() {
        names[index + 2] = RESOURCES[index].template;
        index += 1;
    }
    names
};

/// Where a request goes.
pub enum Route {
    Found(&'static Resource, Params),
    /// The decoded path of a resource without its final slash, which is plain ASCII.
    MissingSlash(String),
    Unknown,
}

impl Route {
    /// The route of a request target's path, still percent-encoded and without its query.
    #[must_use]
    pub fn find(path: &str) -> Self {
        let decoded = path::decoded(path);
        if let Some((resource, params)) = exact(&decoded) {
            return Self::Found(resource, params);
        }
        if decoded.is_empty() || decoded.ends_with(b"/") {
            return Self::Unknown;
        }
        let closed = [&decoded, b"/".as_slice()].concat();
        match (exact(&closed), String::from_utf8(decoded.into_owned())) {
            (Some(_), Ok(path)) => Self::MissingSlash(path),
            _ => Self::Unknown,
        }
    }

    /// The wallet that the path names.
    #[must_use]
    pub fn wallet(&self) -> Option<WalletId> {
        match self {
            Self::Found(_, params) => params.wallet,
            _ => None,
        }
    }

    /// Its name among [`TEMPLATES`].
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Found(resource, _) => resource.template,
            Self::MissingSlash(_) => MISSING_SLASH,
            Self::Unknown => UNKNOWN,
        }
    }

    /// Its name; `None` for an unknown path.
    #[must_use]
    pub fn template(&self) -> Option<&'static str> {
        (!matches!(self, Self::Unknown)).then(|| self.name())
    }
}

/// The recorded service's addresses first, which are requested most.
fn exact(path: &[u8]) -> Option<(&'static Resource, Params)> {
    recorded::find(path).or_else(|| {
        let mut all = RESOURCES.iter();
        all.find_map(|resource| Some((*resource, resource.params(path)?)))
    })
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError;
    use actix_web::http::{Method, StatusCode, header};

    use super::*;

    const ID: &str = "47c6a995-7685-412c-99fe-4259db91f18f";

    /// The template, wallet, number and file of a path that is registered.
    fn found(path: &str) -> (&'static str, Option<WalletId>, Option<i64>, &'static str) {
        match Route::find(path) {
            Route::Found(resource, params) => {
                (resource.template, params.wallet, params.id, params.file)
            }
            other => panic!("{path} is {}", other.name()),
        }
    }

    #[test]
    fn the_decoded_path_is_what_is_matched() {
        let wallet = WalletId::parse(ID);
        for path in [
            format!("/api/wallets/{ID}/"),
            format!("/%61pi/wallets/{ID}/"),
            format!("/api%2Fwallets/{ID}%2F"),
            format!("/api/wallets/%34{}/", &ID[1..]),
            format!("/api/wallets/{}/", ID.to_uppercase()),
        ] {
            assert_eq!(
                found(&path),
                ("/api/wallets/{wallet}/", wallet, None, ""),
                "{path}"
            );
        }
        for (path, id) in [
            ("operation/", None),
            ("operations/", None),
            ("operations/17/", Some(17)),
            ("operations/%317%2F", Some(17)),
        ] {
            let (template, of, number, _) = found(&format!("/api/wallets/{ID}/{path}"));
            assert_eq!((of, number), (wallet, id), "{template}");
        }
        for path in ["/api/register/", "/api/schema/", "/api/docs/", "/"] {
            assert_eq!(found(path), (path, None, None, ""));
        }
        let (template, .., file) = found("/api/docs/swagger-ui.css");
        assert_eq!((template, file), ("/api/docs/", "swagger-ui.css"));
    }

    #[test]
    fn the_recorded_service_s_matching_agrees_with_the_templates() {
        for resource in &RESOURCES[..3] {
            let path = resource.template.replace("{wallet}", ID);
            let (found, params) = recorded::find(path.as_bytes()).unwrap();
            assert_eq!(found.template, resource.template);
            assert_eq!(resource.params(path.as_bytes()), Some(params));
        }
    }

    #[test]
    fn every_resource_has_its_name_its_methods_and_its_description() {
        let document = openapi::describe(&RESOURCES);
        let mut described = 0;
        for (index, resource) in RESOURCES.iter().enumerate() {
            let template = resource.template;
            let path = template.replace("{wallet}", ID);
            let path = path.replace("{webhook}", ID).replace("{id}", "1");
            assert_eq!(found(&path).0, template);
            assert_eq!(TEMPLATES[index + 2], template);
            let again = TEMPLATES.iter().filter(|name| **name == template);
            assert_eq!(again.count(), 1, "{template}");
            if !(resource.hides)(&Method::OPTIONS) {
                let options = resource.without_handler(&Method::OPTIONS).unwrap();
                let allow = options.headers().get(header::ALLOW).unwrap();
                assert_eq!(allow, resource.allow().as_str());
                let refused = resource.without_handler(&Method::TRACE).unwrap_err();
                let refused = refused.error_response();
                assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED);
                assert_eq!(refused.headers().get(header::ALLOW), Some(allow));
            }
            let Some(item) = document.paths.paths.get(template) else {
                assert!(resource.document.is_none(), "{template}");
                continue;
            };
            described += 1;
            let operations = serde_json::to_value(item).unwrap();
            for endpoint in resource.endpoints {
                let method = endpoint.method.as_str().to_lowercase();
                let operation = &operations[&method];
                assert!(operation["operationId"].is_string(), "{method} {template}");
            }
        }
        assert_eq!(document.paths.paths.len(), described);
    }

    #[test]
    fn a_path_without_its_final_slash_is_recognized() {
        for (path, location) in [
            ("/api/register".to_owned(), "/api/register".to_owned()),
            ("/api/docs".to_owned(), "/api/docs".to_owned()),
            ("/api%2Fregister".to_owned(), "/api/register".to_owned()),
            (format!("/api/wallets/{ID}"), format!("/api/wallets/{ID}")),
            (
                format!("/api/wallets/{ID}/operation"),
                format!("/api/wallets/{ID}/operation"),
            ),
            (
                format!("/api/wallets/{ID}/operations"),
                format!("/api/wallets/{ID}/operations"),
            ),
            (
                format!("/api/wallets/{ID}/operations/%31"),
                format!("/api/wallets/{ID}/operations/1"),
            ),
        ] {
            match Route::find(&path) {
                Route::MissingSlash(path) => assert_eq!(path, location),
                other => panic!("{path} is {}", other.name()),
            }
        }
    }

    #[test]
    fn nothing_else_is_an_address() {
        for path in [
            "",
            "*",
            "//",
            "/.",
            "/api",
            "/api/",
            "/api/REGISTER/",
            "/api/register//",
            "//api/register/",
            "/api/x/../register/",
            "/api/./register/",
            "/api\\register/",
            "/api/register/%00",
            "/api/register/%zz",
            "/%FF/",
            "/api/docs/page.html",
            "/api/docs/page.js/",
            "/api/wallets/",
            "/api/wallets/%FF/",
            "/api/wallets/abc",
            "/api/wallets//operation/",
            "/api/wallets/47c6a9957685412c99fe4259db91f18f/",
            "/api/wallets/47c6a995-7685-412c-99fe-4259db91f18f%0A/",
            "/api/wallets/47c6a995-7685-412c-99fe-4259db91f18f//",
            "/api/wallets/47c6a995-7685-412c-99fe-4259db91f18f/operations//",
            "/api/wallets/47c6a995-7685-412c-99fe-4259db91f18f/operations/-1/",
            "/api/wallets/47c6a995-7685-412c-99fe-4259db91f18f/operations/+1/",
            "/api/wallets/47c6a995-7685-412c-99fe-4259db91f18f/operations/1/2/",
            "/api/wallets/47c6a995-7685-412c-99fe-4259db91f18f/operations/9223372036854775808/",
            "/api/wallets/47c6a995-7685-412c-99fe-4259db91f18f.json",
        ] {
            assert_eq!(Route::find(path).template(), None, "{path}");
        }
    }
}
