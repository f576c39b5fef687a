//! The bytes of statements: what they are, and that they stay.

use serde_json::json;

use crate::app::TestApp;
use crate::files::{FORMATS, age, download, execute, id};
use crate::happenings::of_every_kind;

const INTERVAL: &str = "from=2026-01-01T00:00:00Z&to=2026-02-01T03:00:00%2B03:00";

/// A wallet with a deposit, a hold and a withdrawal, all in January 2026.
async fn january(app: &TestApp) -> String {
    let alice = app.wallet("alice").await;
    app.deposit(&alice, "100").await;
    let hold = json!({"amount": "30.00", "reference": "=1 & \"2\""});
    assert_eq!(app.post(&format!("{alice}holds/"), &hold).await.0, 201);
    app.withdraw(&alice, "0.5").await;
    execute(
        app,
        "UPDATE operations SET created_at = timestamptz '2026-01-30 20:03:05.000042Z' + interval '1 hour' * seq",
    )
    .await;
    alice
}

#[actix_web::test]
async fn a_statement_in_each_format_is_this_to_the_byte() {
    let app = TestApp::spawn().await;
    let alice = january(&app).await;
    let id = id(&alice);
    let name = format!("wallet-{id}-20260101T000000Z-20260201T000000Z");
    let simple = id.replace('-', "");

    let json = download(&app, &alice, INTERVAL).await;
    assert_eq!(
        (json.name, json.media_type.as_str()),
        (format!("{name}.json"), "application/json")
    );
    let entries = [
        r#"{"id":1,"kind":"DEPOSIT","amount":"100.00","balance_after":"100.00","held_after":"0.00","created_at":"2026-01-30T21:03:05.000042Z"}"#,
        r#"{"id":2,"kind":"HOLD","amount":"30.00","balance_after":"100.00","held_after":"30.00","created_at":"2026-01-30T22:03:05.000042Z","reference":"=1 & \"2\"","hold":2}"#,
        r#"{"id":3,"kind":"WITHDRAW","amount":"0.50","balance_after":"99.50","held_after":"30.00","created_at":"2026-01-30T23:03:05.000042Z"}"#,
    ];
    let expected = format!(
        r#"{{"wallet":"{id}","from":"2026-01-01T00:00:00.000000Z","to":"2026-02-01T00:00:00.000000Z","opening":{{"balance":"0.00","held":"0.00","version":0}},"closing":{{"balance":"99.50","held":"30.00","version":3}},"entries":[
{}
],"total_in":{{"count":1,"amount":"100.00"}},"total_out":{{"count":1,"amount":"0.50"}}}}
"#,
        entries.join(",\n")
    );
    assert_eq!(json.body, expected);

    let csv = download(&app, &alice, &format!("{INTERVAL}&format=csv")).await;
    assert_eq!(csv.name, format!("{name}.csv"));
    assert_eq!(csv.media_type, "text/csv; charset=utf-8; header=present");
    assert_eq!(
        csv.body,
        "date,time,id,kind,amount,balance,held_change,held,reference,transfer,other_wallet,hold,reverses,total_in,total_out\r\n\
         2026-01-01,2026-01-01T00:00:00.000000Z,,OPENING_BALANCE,,0.00,,0.00,,,,,,,\r\n\
         2026-01-30,2026-01-30T21:03:05.000042Z,1,DEPOSIT,100.00,100.00,0.00,0.00,,,,,,,\r\n\
         2026-01-30,2026-01-30T22:03:05.000042Z,2,HOLD,0.00,100.00,30.00,30.00,\"'=1 & \"\"2\"\"\",,,2,,,\r\n\
         2026-01-30,2026-01-30T23:03:05.000042Z,3,WITHDRAW,-0.50,99.50,0.00,30.00,,,,,,,\r\n\
         2026-01-31,2026-02-01T00:00:00.000000Z,,CLOSING_BALANCE,,99.50,,30.00,,,,,,100.00,0.50\r\n"
    );

    let ofx = download(&app, &alice, &format!("{INTERVAL}&format=ofx")).await;
    assert_eq!(
        (ofx.name, ofx.media_type.as_str()),
        (format!("{name}.ofx"), "application/x-ofx")
    );
    for part in [
        "<DTSTART>20260101000000[0:GMT]</DTSTART><DTEND>20260201000000[0:GMT]</DTEND>".to_owned(),
        format!(
            "<STMTTRN><TRNTYPE>DEBIT</TRNTYPE><DTPOSTED>20260130230305[0:GMT]</DTPOSTED><TRNAMT>-0.50</TRNAMT>\
             <FITID>{id}-3</FITID><NAME>WITHDRAW</NAME></STMTTRN>"
        ),
        "<AVAILBAL><BALAMT>69.50</BALAMT>".to_owned(),
    ] {
        assert!(ofx.body.contains(&part), "{}", ofx.body);
    }
    // What changes no balance is for the other formats.
    assert_eq!(ofx.body.matches("<STMTTRN>").count(), 2);

    let camt = download(&app, &alice, &format!("{INTERVAL}&format=camt053")).await;
    assert_eq!(camt.name, format!("{name}.camt053.xml"));
    assert_eq!(camt.media_type, "application/xml");
    for part in [
        format!("<Acct><Id><Othr><Id>{simple}</Id></Othr></Id><Ccy>RUB</Ccy></Acct>"),
        "<TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries><Sum>100.50</Sum>\
         <TtlNetNtry><Amt>99.50</Amt><CdtDbtInd>CRDT</CdtDbtInd></TtlNetNtry></TtlNtries>"
            .to_owned(),
        "<Ntry><NtryRef>3</NtryRef><Amt Ccy=\"RUB\">0.50</Amt><CdtDbtInd>DBIT</CdtDbtInd>\
         <Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-01-30</Dt></BookgDt>"
            .to_owned(),
    ] {
        assert!(camt.body.contains(&part), "{}", camt.body);
    }
    assert_eq!(camt.body.matches("<Ntry>").count(), 2);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_final_statement_has_the_same_bytes_whatever_happens_later() {
    let app = TestApp::spawn().await;
    let alice = of_every_kind(&app, 11, 60).await;
    age(&app, "2 hours").await;
    let hour_ago = "1 hour";
    let client = crate::postgres::connect(&app.database).await;
    let sql = format!(
        "SELECT to_char(now() AT TIME ZONE 'UTC' - interval '{hour_ago}', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
    );
    let to: String = client.query_one(&sql, &[]).await.unwrap().get(0);
    let mut before = Vec::new();
    for format in FORMATS {
        let file = download(&app, &alice, &format!("to={to}&format={format}")).await;
        assert!(file.is_final, "{format}");
        before.push(file.body);
    }
    // Also what refers to operations of the interval.
    let (_, whole) = app.get(&format!("{alice}statement/?to={to}")).await;
    let entries = whole["entries"].as_array().unwrap();
    let transfer = entries.iter().find(|entry| entry["kind"] == "TRANSFER_OUT");
    let path = format!("{alice}operations/{}/reverse/", transfer.unwrap()["id"]);
    let (status, answer) = app.post(&path, &json!({})).await;
    assert_eq!(status, 201, "{answer}");
    app.deposit(&alice, "1.00").await;
    for (format, before) in FORMATS.into_iter().zip(before) {
        let file = download(&app, &alice, &format!("to={to}&format={format}")).await;
        assert_eq!(file.body, before, "{format}");
    }
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_statement_up_to_now_has_what_was_just_acknowledged_and_is_not_final() {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    for cents in 1..=20 {
        app.deposit(&alice, "0.01").await;
        let file = download(&app, &alice, "").await;
        assert!(!file.is_final);
        assert!(
            file.body
                .contains(&format!("\"closing\":{{\"balance\":\"0.{cents:02}\"")),
            "{}",
            file.body
        );
    }
    let (_, last) = app.get(&format!("{alice}operations/20/")).await;
    let to = last["created_at"].as_str().unwrap();
    let file = download(&app, &alice, &format!("to={to}")).await;
    assert!(!file.is_final, "an operation may still be on its way");
    app.stop().await.unwrap();
}
