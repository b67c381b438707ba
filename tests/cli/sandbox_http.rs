//! The sandbox's HTTP faces that no test of the program goes through: audit logs, files, providers, and
//! requests that are held.

use std::fmt::Write as _;
use std::io::Read as _;
use std::net::TcpStream;
use std::time::Duration;

use cf_domauth::sandbox::{Options, read};
use serde_json::{Value, json};

use crate::scene::{Scene, until};

/// An answer: status, head in lower case, body.
struct Answer(u16, String, String);

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.2).unwrap_or_else(|error| panic!("{error}: {}", self.2))
    }
}

fn open(scene: &Scene) -> TcpStream {
    let base = scene.variable("SENDGRID_BASE_URL");
    TcpStream::connect(base.trim_start_matches("http://")).unwrap()
}

fn send(socket: &mut TcpStream, line: &str, headers: &[(&str, &str)], body: &str) {
    let mut request = format!(
        "{line} HTTP/1.1\r\nhost: sandbox\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        write!(request, "{name}: {value}\r\n").unwrap();
    }
    std::io::Write::write_all(socket, format!("{request}\r\n{body}").as_bytes()).unwrap();
}

fn ask(scene: &Scene, line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut socket = open(scene);
    send(&mut socket, line, headers, body);
    let mut text = String::new();
    socket.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    Answer(head.split(' ').nth(1).unwrap().parse().unwrap(), head.to_lowercase(), body.to_owned())
}

/// Asks the API with one of the tokens.
fn api(scene: &Scene, token: &str, line: &str, body: &str) -> Answer {
    let line = line.replacen(' ', " /client/v4", 1);
    ask(scene, &line, &[("authorization", &format!("Bearer {}", scene.sandbox().token(token)))], body)
}

/// The body of the API's answer to a call of somebody else's.
pub(crate) fn call(scene: &Scene, token: &str, line: &str, body: &str) -> String {
    api(scene, token, line, body).2
}

fn zone(scene: &Scene) -> String {
    scene.sandbox().zone_ids()[0].1.clone()
}

fn account(scene: &Scene) -> String {
    let zone = api(scene, "full", &format!("GET /zones/{}", zone(scene)), "").json();
    zone["result"]["account"]["id"].as_str().unwrap().to_owned()
}

fn first(scene: &Scene, query: &str) -> Vec<Value> {
    let answer = api(scene, "full", &format!("GET /accounts/{}/audit_logs?{query}", account(scene)), "");
    assert_eq!(answer.0, 200, "{}", answer.2);
    answer.json()["result"].as_array().unwrap().clone()
}

fn second(scene: &Scene, query: &str) -> Vec<Value> {
    let window = "since=2026-01-01&before=2100-01-01";
    let path = format!("GET /accounts/{}/logs/audit?{window}&{query}", account(scene));
    let answer = api(scene, "full", &path, "");
    assert_eq!(answer.0, 200, "{}", answer.2);
    answer.json()["result"].as_array().unwrap().clone()
}

#[test]
fn what_a_program_and_a_person_do_is_logged() {
    let scene = Scene::from("default");
    let records = format!("/zones/{}/dns_records", zone(&scene));
    let body = json!({"name": "x", "type": "CNAME", "content": "y.example"}).to_string();
    let made = api(&scene, "full", &format!("POST {records}"), &body);
    let id = made.json()["result"]["id"].as_str().unwrap().to_owned();
    assert_eq!(api(&scene, "full", &format!("POST {records}"), &body).0, 400, "a second one");
    assert!(scene.sandbox().edit("x.example.com", r#"{"content":"z.example"}"#));
    assert!(scene.sandbox().delete("x.example.com"));
    assert!(!scene.sandbox().delete("x.example.com"), "there is nothing left");

    let entries = first(&scene, "since=2026-06-01&direction=asc");
    let told: Vec<String> =
        entries.iter().map(|entry| format!("{} {}", entry["action"]["type"], entry["interface"])).collect();
    assert_eq!(told, [r#""rec_add" "API""#, r#""rec_set" "UI""#, r#""rec_del" "UI""#]);
    assert_eq!(entries[1]["oldValueJson"]["content"], "y.example");
    assert_eq!(entries[1]["newValueJson"]["content"], "z.example");
    assert_eq!(entries[2]["oldValueJson"]["id"], id.as_str());
    assert_eq!(entries[2]["actor"]["email"], "colleague@example.com");

    let entries = second(&scene, "direction=asc");
    let told: Vec<(&Value, &Value)> =
        entries.iter().map(|entry| (&entry["raw"]["method"], &entry["action"]["result"])).collect();
    let (success, failure) = (&json!("success"), &json!("failure"));
    let (post, patch, delete) = (&json!("POST"), &json!("PATCH"), &json!("DELETE"));
    assert_eq!(told, [(post, success), (post, failure), (patch, success), (delete, success)]);
    assert_eq!(entries[0]["actor"]["token_name"], "full");
    assert!(made.1.contains(&format!("cf-auditlog-id: {}", entries[0]["id"].as_str().unwrap())));
    assert_eq!(entries[0]["resource"]["response"], made.json());
}

#[test]
fn the_logs_are_for_those_who_may_read_the_account() {
    let scene = Scene::from("deleted");
    let account = account(&scene);
    let refused = api(&scene, "no-account", &format!("GET /accounts/{account}/audit_logs"), "");
    assert_eq!((refused.0, &refused.json()["errors"][0]["code"]), (403, &json!(10000)));
    let refused = api(&scene, "no-account", &format!("GET /accounts/{account}/logs/audit"), "");
    assert_eq!(refused.0, 403);
    assert_eq!(refused.json(), json!({"errors": [{"message": "Authentication error"}], "success": false}));
    let refused = api(&scene, "full", &format!("GET /accounts/{account}/logs/audit?since=2026-01-01"), "");
    assert_eq!((refused.0, &refused.json()["errors"][0]["message"]), (400, &json!("before is required")));
    assert_eq!(first(&scene, "action.type=rec_del&actor.email=intern%40example.com").len(), 3);
}

#[test]
fn a_fault_hides_what_was_deleted() {
    let scene = Scene::with_faults("deleted", &["no-old-values"]);
    let entries = first(&scene, "action.type=rec_del");
    assert!(entries.iter().all(|entry| entry.get("oldValueJson").is_none()), "{entries:?}");
}

#[test]
fn an_export_restores_what_was_deleted() {
    let scene = Scene::from("default");
    let records = format!("/zones/{}/dns_records", zone(&scene));
    let export = api(&scene, "read-only", &format!("GET {records}/export"), "");
    assert!(export.1.contains("content-type: text/plain"), "{}", export.1);
    let before = scene.sandbox().zone_snapshot("example.com");
    assert!(scene.sandbox().delete("em1234.example.com"));
    assert_eq!(scene.sandbox().zone_snapshot("example.com").len(), before.len() - 1);

    let form =
        format!("--B\r\ncontent-disposition: form-data; name=\"file\"\r\n\r\n{}\r\n--B--\r\n", export.2);
    let token = format!("Bearer {}", scene.sandbox().token("full"));
    let headers = [("authorization", token.as_str()), ("content-type", "multipart/form-data; boundary=B")];
    let done = ask(&scene, &format!("POST /client/v4{records}/import"), &headers, &form).json();
    assert_eq!(done["result"], json!({"recs_added": 1, "total_records_parsed": before.len()}));
    assert_eq!(scene.record("em1234.example.com").unwrap()["proxied"], true);
    let logged = &second(&scene, "")[0]["resource"];
    assert_eq!((logged.get("request"), &logged["response"]), (None, &done));
    assert_eq!(first(&scene, "")[0]["action"]["type"], "rec_add");
}

fn customers(automatic_security: bool) -> Scene {
    customers_with(automatic_security, Options::default())
}

fn customers_with(automatic_security: bool, options: Options) -> Scene {
    let text = cf_domauth::sandbox::named("default").unwrap();
    let keys = format!(
        "\n[[sendgrid]]\ndomain = \"example.com\"\nsubdomain = \"em1234\"\naccount = \"u1446226.wl123\"\n\
         automatic_security = {automatic_security}\n[[postmark]]\ndomain = \"example.com\"\n"
    );
    Scene::of(read(&format!("{text}{keys}")).unwrap(), options)
}

fn sendgrid(scene: &Scene, line: &str) -> Answer {
    let key = format!("Bearer {}", scene.variable("SENDGRID_API_KEY"));
    ask(scene, line, &[("authorization", &key)], "")
}

#[test]
fn sendgrid_lists_what_it_expects_and_looks_again_when_asked() {
    let scene = customers(true);
    let list = sendgrid(&scene, "GET /v3/whitelabel/domains?limit=50&offset=0&domain=example.com");
    assert!(list.1.contains("x-ratelimit-remaining: 599"), "{}", list.1);
    let domain = list.json()[0].clone();
    assert_eq!(domain["dns"]["dkim1"]["data"], "s1.domainkey.u1446226.wl123.sendgrid.net");
    assert_eq!(
        (&domain["id"], &domain["user_id"], &domain["valid"]),
        (&30_218.into(), &1_446_226.into(), &true.into())
    );

    let broken = sendgrid(&scene, "POST /v3/whitelabel/domains/30218/validate");
    assert_eq!((broken.0, &broken.json()["valid"]), (200, &json!(false)));
    let reason = &broken.json()["validation_results"]["mail_cname"]["reason"];
    assert_eq!(reason, "Expected CNAME for \"em1234.example.com\" to match \"u1446226.wl123.sendgrid.net\".");
    let stale = sendgrid(&scene, "GET /v3/whitelabel/domains/30218").json();
    assert_eq!((&stale["valid"], &stale["dns"]["dkim2"]["valid"]), (&json!(true), &json!(false)));

    scene.run(&["fix", "--zone", "example.com", "--yes", "--wait=20s"]).exits(0);
    let mended = sendgrid(&scene, "POST /v3/whitelabel/domains/30218/validate").json();
    assert_eq!(
        (&mended["valid"], &mended["validation_results"]["dkim1"]["reason"]),
        (&json!(true), &Value::Null)
    );
}

#[test]
fn a_provider_stays_wrong_while_its_resolver_remembers() {
    let rate_limit = Some((1, Duration::from_hours(1)));
    let scene = customers_with(true, Options { real_ttl: true, rate_limit, ..Options::default() });
    let zone = zone(&scene);
    let patches: Vec<Value> = ["em1234", "s1._domainkey", "s2._domainkey"]
        .map(|name| json!({"id": scene.record(&format!("{name}.example.com")).unwrap()["id"], "proxied": false}))
        .to_vec();
    let body = json!({"patches": patches}).to_string();
    assert_eq!(api(&scene, "full", &format!("POST /zones/{zone}/dns_records/batch"), &body).0, 200);
    let broken = sendgrid(&scene, "POST /v3/whitelabel/domains/30218/validate");
    assert_eq!((broken.0, &broken.json()["valid"]), (200, &json!(false)), "and it has a limit of its own");
    assert!(!broken.1.contains("cf-ray"));
}

#[test]
fn sendgrid_wants_a_key_with_the_right() {
    let scene = customers(false);
    let none = ask(&scene, "GET /v3/whitelabel/domains", &[], "");
    let told = json!({"errors": [{"field": null, "message": "authorization required"}]});
    assert_eq!((none.0, none.json()), (401, told));
    let mail = format!("Bearer {}", scene.sandbox().token("sendgrid-mail"));
    assert_eq!(ask(&scene, "GET /v3/whitelabel/domains", &[("authorization", &mail)], "").0, 403);
    assert_eq!(sendgrid(&scene, "GET /v3/whitelabel/domains/1").0, 404);
    let manual = sendgrid(&scene, "GET /v3/whitelabel/domains/30218").json();
    assert_eq!(manual["dns"]["mail_server"]["type"], "mx");
    assert!(manual["dns"].get("mail_cname").is_none());
    assert_eq!(sendgrid(&scene, "GET /v3/whitelabel/domains?offset=1").json(), json!([]));
}

#[test]
fn postmark_shows_records_one_domain_at_a_time_and_verifies_them() {
    let scene = customers(true);
    let ask = |line: &str| {
        let token = scene.variable("POSTMARK_ACCOUNT_TOKEN");
        ask(&scene, line, &[("x-postmark-account-token", &token)], "")
    };
    let list = ask("GET /domains?count=500&offset=0").json();
    assert_eq!((&list["TotalCount"], &list["Domains"][0]["ID"]), (&json!(1), &json!(36_735)));
    assert!(list["Domains"][0].get("DKIMHost").is_none());
    let domain = ask("GET /domains/36735").json();
    assert_eq!(domain["ReturnPathDomain"], "pm-bounces.example.com");
    assert_eq!((&domain["ReturnPathDomainVerified"], &domain["DKIMPendingHost"]), (&json!(true), &json!("")));
    assert_eq!(ask("PUT /domains/36735/verifyReturnPath").json()["ReturnPathDomainVerified"], false);
    let pending = ask("PUT /domains/36735/verifyDkim").json();
    assert_eq!(pending["DKIMPendingHost"], "20260102030405pm._domainkey.example.com");
    assert_eq!((&pending["DKIMHost"], &pending["DKIMVerified"]), (&json!(""), &json!(false)));
    scene.sandbox().publish("pm-bounces", "pm.mtasv.net");
    until("Postmark has seen it", || {
        ask("PUT /domains/36735/verifyReturnPath").json()["ReturnPathDomainVerified"] == true
    });
    assert_eq!(ask("GET /domains/1").json()["ErrorCode"], 510);
}

#[test]
fn postmark_wants_its_token() {
    let none = ask(&customers(true), "GET /domains?count=1&offset=0", &[], "");
    assert_eq!((none.0, &none.json()["ErrorCode"]), (401, &json!(10)));
}

#[test]
fn a_request_held_before_it_is_carried_out_never_is() {
    let scene = Scene::with_faults("default", &["hold-before:1"]);
    let path = format!("/client/v4/zones/{}/dns_records", zone(&scene));
    let token = format!("Bearer {}", scene.sandbox().token("full"));
    let body = json!({"name": "x", "type": "CNAME", "content": "y.example"}).to_string();
    let mut socket = open(&scene);
    send(&mut socket, &format!("POST {path}"), &[("authorization", &token)], &body);
    until("a request is held", || scene.sandbox().is_holding());
    drop(socket);
    until("nothing is held", || !scene.sandbox().is_holding());
    assert_eq!(scene.record("x.example.com"), None);
    assert_eq!(scene.sandbox().calls().len(), 1);
    assert_eq!(
        ask(&scene, &format!("POST {path}"), &[("authorization", &token)], &body).0,
        200,
        "the next is not held"
    );
}

#[test]
fn a_request_held_after_it_was_carried_out_has_no_reply() {
    let scene = Scene::with_faults("default", &["hold-after:2"]);
    let path = format!("/client/v4/zones/{}/dns_records", zone(&scene));
    let token = format!("Bearer {}", scene.sandbox().token("full"));
    ask(&scene, &format!("GET {path}"), &[("authorization", &token)], "");
    let body = json!({"name": "x", "type": "CNAME", "content": "y.example"}).to_string();
    let mut socket = open(&scene);
    send(&mut socket, &format!("POST {path}"), &[("authorization", &token)], &body);
    until("a request is held", || scene.sandbox().is_holding());
    assert!(scene.record("x.example.com").is_some(), "it was carried out");
    scene.sandbox().release();
    let mut text = String::new();
    socket.read_to_string(&mut text).ok();
    assert_eq!(text, "", "the reply is lost");
    until("nothing is held", || !scene.sandbox().is_holding());
}
