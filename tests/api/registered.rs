//! Every registered resource over HTTP: methods, `OPTIONS`, log and metrics are what its registration says.

use std::collections::HashMap;
use std::fmt;
use std::sync::Mutex;

use reqwest::Method;
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry;
use wallet_engine::api;

use crate::access::callers::Protected;
use crate::metrics::{measured, scrape};

/// Without POST: the history answers it with 404, as the recorded service does.
const METHODS: [Method; 4] = [Method::GET, Method::PUT, Method::PATCH, Method::DELETE];

/// Routes of the request log, by the request's id.
static LOGGED: Mutex<Option<HashMap<String, String>>> = Mutex::new(None);

struct RequestLog;

impl<S: Subscriber> Layer<S> for RequestLog {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.target() == "wallet_engine::web::request_log"
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let mut logged = LOGGED.lock().unwrap();
        let logged = logged.get_or_insert_default();
        logged.insert(fields.id, fields.route);
    }
}

#[derive(Default)]
struct Fields {
    id: String,
    route: String,
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "request.id" => value.clone_into(&mut self.id),
            "route" => value.clone_into(&mut self.route),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

/// The methods of a resource by its description; a page, which has none, is read.
fn methods(template: &str) -> Vec<Method> {
    let document = serde_json::to_value(api::document()).unwrap();
    let described = document["paths"][template].as_object();
    let described = described.into_iter().flat_map(|item| item.keys());
    let mut methods: Vec<Method> = described
        .map(|name| name.to_uppercase().parse().unwrap())
        .collect();
    if methods.is_empty() {
        methods.push(Method::GET);
    }
    if methods.contains(&Method::GET) {
        methods.push(Method::HEAD);
    }
    methods.push(Method::OPTIONS);
    methods
}

fn sorted(allow: &str) -> Vec<&str> {
    let mut methods: Vec<_> = allow.split(", ").collect();
    methods.sort_unstable();
    methods
}

#[actix_web::test]
async fn a_resource_is_refused_described_logged_and_counted_as_it_is_registered() {
    tracing::subscriber::set_global_default(registry().with(RequestLog)).unwrap();
    // With `WALLET_AUTH` on, where every address exists.
    let engine = Protected::spawn_with(measured).await;
    let id = engine.owner("alice").await.wallet.to_string();
    let (app, key) = (engine.app, engine.key);
    // The bare address answers all but browsers as an unknown one.
    let templates = api::TEMPLATES.iter().copied();
    let templates: Vec<_> = templates
        .filter(|name| name.starts_with('/') && *name != "/")
        .collect();
    assert!(templates.len() >= 9, "{templates:?}");
    let mut refused = HashMap::new();
    for template in &templates {
        let path = template.replace("{wallet}", &id).replace("{id}", "1");
        let path = path.replace("{webhook}", &id);
        let own = methods(template);
        let allowed = own.iter().map(Method::as_str).collect::<Vec<_>>();
        let allowed = allowed.join(", ");
        let others = METHODS.into_iter().filter(|method| !own.contains(method));
        for method in others.chain([Method::OPTIONS]) {
            let what = format!("registered:{method}:{path}");
            let request = app.http.request(method.clone(), app.url(&path));
            let request = request.header("x-request-id", &what);
            let request = request.header("authorization", &key);
            let response = request.send().await.unwrap();
            let allow = response.headers()["allow"].to_str().unwrap();
            assert_eq!(sorted(allow), sorted(&allowed), "{what}");
            let status = response.status().as_u16();
            let body: Value = response.json().await.unwrap();
            if method == Method::OPTIONS {
                assert_eq!(status, 200, "{what}");
                for text in ["name", "description"] {
                    assert_ne!(body[text].as_str().unwrap(), "", "{what}");
                }
            } else {
                assert_eq!(status, 405, "{what}");
                // Beyond the recorded endpoints it is a problem.
                if let Some(code) = body.get("code") {
                    assert_eq!(code, "method_not_allowed", "{what}");
                } else {
                    let detail = format!("Method \"{method}\" not allowed.");
                    assert_eq!(body["detail"], detail, "{what}");
                }
                *refused.entry(*template).or_default() += 1.0;
            }
            let logged = LOGGED.lock().unwrap();
            let route = logged.as_ref().and_then(|logged| logged.get(&what));
            assert_eq!(route.unwrap(), template, "{what}");
        }
    }
    let samples = scrape(&app).await;
    for template in templates {
        for (status, count) in [(405, refused[template]), (200, 1.0)] {
            let labels = format!("route=\"{template}\",status=\"{status}\"");
            let name = format!("wallet_engine_http_request_seconds_count{{{labels}}}");
            assert_eq!(samples.get(&name), Some(&count), "{name}");
        }
    }
    app.stop().await.unwrap();
}
