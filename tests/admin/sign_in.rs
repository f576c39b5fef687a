//! Who gets in, and how they leave.

use crate::admin::{Admin, PASSWORD, STAFF};

#[actix_web::test]
async fn staff_sign_in_and_are_led_to_the_page_that_they_asked_for_and_sign_out() {
    let admin = Admin::spawn_signed_out().await;
    let asked = admin.get("/admin/users/?q=bob").await;
    assert_eq!(asked.status, 303);
    assert_eq!(
        asked.location(),
        "/admin/sign-in/?next=%2Fadmin%2Fusers%2F%3Fq%3Dbob"
    );
    let sign_in = admin.get(asked.location()).await;
    assert_eq!(sign_in.status, 200);
    let fields = [
        ("username", STAFF),
        ("password", PASSWORD),
        ("next", "/admin/users/?q=bob"),
    ];
    let signed_in = admin.post("/admin/sign-in/", &fields).await;
    assert_eq!(signed_in.location(), "/admin/users/?q=bob");

    let page = admin.get("/admin/users/?q=bob").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains(STAFF));
    assert_eq!(
        admin.get("/admin/sign-in/").await.location(),
        "/admin/",
        "whoever is in needs no sign-in"
    );
    admin.get("/admin/").await;
    let signed_out = admin.post("/admin/sign-out/", &[]).await;
    assert_eq!(signed_out.location(), "/admin/sign-in/");
    assert_eq!(admin.get("/admin/users/").await.status, 303);
    admin.app.stop().await.unwrap();
}
