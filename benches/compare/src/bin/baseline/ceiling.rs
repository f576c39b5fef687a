//! The HTTP ceiling: a request is received whole, and nothing of it is looked at but its address.

use actix_web::http::header::ContentType;
use actix_web::{HttpRequest, HttpResponse, web};
use wallet_engine::api;

use crate::request::{Route, receive};

/// Serves the engine's addresses of a wallet, whichever wallet it is.
pub fn routes(services: &mut web::ServiceConfig) {
    services.default_service(web::to(serve));
}

async fn serve(request: HttpRequest, payload: web::Payload) -> actix_web::Result<HttpResponse> {
    let answer = match Route::find(&request).ok_or(api::Error::NoSuchPath)? {
        Route::Operation(_) => {
            receive(payload).await?;
            r#"{"status":"success","balance":"1.00"}"#
        }
        Route::Wallet(_) => r#"{"user":1,"balance":"1.00"}"#,
        // Nothing is compared with it.
        Route::Transfer(_) => return Err(api::Error::NoSuchPath.into()),
    };
    Ok(HttpResponse::Ok()
        .insert_header(ContentType::json())
        .body(answer))
}
