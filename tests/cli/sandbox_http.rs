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
    let fixed = sendgrid(&scene, "POST /v3/whitelabel/domains/30218/validate").json();
    assert_eq!(
        (&fixed["valid"], &fixed["validation_results"]["dkim1"]["reason"]),
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

/// One question about a name to the sandbox's authoritative server, over UDP: the answer's octets as text.
fn heard(scene: &Scene, name: &str, kind: u16) -> String {
    let mut question = vec![7, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        question.push(u8::try_from(label.len()).unwrap());
        question.extend(label.bytes());
    }
    question.push(0);
    question.extend(kind.to_be_bytes());
    question.extend([0, 1]);
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    socket.send_to(&question, scene.variable("CF_DOMAUTH_AUTHORITATIVE")).unwrap();
    let mut answer = [0; 1_500];
    let length = socket.recv(&mut answer).unwrap();
    answer[question.len()..length].iter().map(|octet| char::from(*octet)).collect()
}

const SRV: u16 = 33;
const CAA: u16 = 257;
const TXT: u16 = 16;
const MX: u16 = 15;

fn made(scene: &Scene, record: &Value) -> Answer {
    let line = format!("POST /zones/{}/dns_records", zone(scene));
    api(scene, "full", &line, &record.to_string())
}

#[test]
fn service_and_authority_records_are_made_by_data_and_served() {
    let scene = Scene::from("default");
    let data = json!({"priority": 10, "weight": 5, "port": 5060, "target": "sip.example.com"});
    let srv = made(&scene, &json!({"name": "_sip._tcp", "type": "SRV", "data": data})).json();
    assert_eq!(srv["result"]["content"], "5 5060 sip.example.com");
    assert_eq!((&srv["result"]["priority"], &srv["result"]["data"]), (&json!(10), &data));
    let data = json!({"flags": 0, "tag": "issue", "value": "ca.example"});
    let caa = made(&scene, &json!({"name": "@", "type": "CAA", "data": data})).json();
    assert_eq!(caa["result"]["content"], "0 issue \"ca.example\"");
    assert!(heard(&scene, "_sip._tcp.example.com", SRV).contains("\0\u{a}\0\u{5}\u{13}\u{c4}\u{3}sip"));
    assert!(heard(&scene, "example.com", CAA).contains("\0\u{5}issueca.example"));
    assert_eq!(made(&scene, &json!({"name": "_x._tcp", "type": "SRV", "data": {"port": 1}})).0, 400);
    let id = srv["result"]["id"].as_str().unwrap();
    let path = format!("PATCH /zones/{}/dns_records/{id}", zone(&scene));
    let body =
        json!({"data": {"priority": 1, "weight": 2, "port": 3, "target": "b.example.com"}}).to_string();
    assert_eq!(api(&scene, "full", &path, &body).json()["result"]["content"], "2 3 b.example.com");
}

#[test]
fn what_stands_beside_an_alias_at_the_apex_is_served() {
    let scene = Scene::from("unknown-vendor");
    assert!(made(&scene, &json!({"name": "@", "type": "CNAME", "content": "web.example.net"})).0 == 200);
    assert!(made(&scene, &json!({"name": "@", "type": "TXT", "content": "beside-it"})).0 == 200);
    assert!(heard(&scene, "example.com", TXT).contains("beside-it"));
    assert!(heard(&scene, "example.com", MX).contains("\u{2}mx"));
}

#[test]
fn a_text_is_kept_as_it_was_written_and_served_without_its_quotes() {
    let scene = Scene::from("default");
    for (name, content, served) in [
        ("a", "bare", "\u{4}bare"),
        ("b", "\"one\"", "\u{3}one"),
        ("c", "\"one\" \"two\"", "\u{3}one\u{3}two"),
    ] {
        let answer = made(&scene, &json!({"name": name, "type": "TXT", "content": content})).json();
        assert_eq!(answer["result"]["content"], content);
        assert!(heard(&scene, &format!("{name}.example.com"), TXT).contains(served), "{content}");
    }
}

#[test]
fn a_private_address_cannot_be_proxied() {
    let scene = Scene::from("default");
    for (kind, content) in [("A", "192.168.1.1"), ("A", "10.0.0.1"), ("AAAA", "fd00::1")] {
        let record = json!({"name": "nas", "type": kind, "content": content, "proxied": true});
        let answer = made(&scene, &record);
        assert_eq!((answer.0, &answer.json()["errors"][0]["code"]), (400, &json!(9003)), "{content}");
    }
    assert_eq!(made(&scene, &json!({"name": "nas", "type": "A", "content": "10.0.0.1"})).0, 200);
    let id = serde_json::from_str::<Value>(&scene.sandbox().records_at("nas.example.com")[0]).unwrap();
    let path = format!("PATCH /zones/{}/dns_records/{}", zone(&scene), id["id"].as_str().unwrap());
    assert_eq!(api(&scene, "full", &path, r#"{"proxied":true}"#).0, 400);
}

#[test]
fn records_are_listed_by_type_then_name_then_newest_first() {
    let scene = Scene::from("default");
    for (name, kind, content) in
        [("zz", "TXT", "old"), ("zz", "TXT", "new"), ("aa", "TXT", "x"), ("zz", "A", "192.0.2.1")]
    {
        assert_eq!(made(&scene, &json!({"name": name, "type": kind, "content": content})).0, 200);
    }
    let list = api(&scene, "full", &format!("GET /zones/{}/dns_records", zone(&scene)), "").json();
    let all: Vec<String> = list["result"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{} {} {}", one["type"], one["name"], one["content"]).replace('"', ""))
        .collect();
    let place = |text: &str| all.iter().position(|line| line == text).unwrap();
    let wanted = [
        "A zz.example.com 192.0.2.1",
        "TXT aa.example.com x",
        "TXT zz.example.com new",
        "TXT zz.example.com old",
    ];
    assert!(wanted.map(place).is_sorted(), "{all:?}");
}

#[test]
fn every_answer_tells_the_limit_and_its_entry() {
    let scene = Scene::from("default");
    let mut seen = std::collections::BTreeSet::new();
    for line in ["GET /zones", "GET /user", "GET /nowhere", "GET /zones?page=2"] {
        let head = api(&scene, "full", line, "").1;
        assert!(head.contains("ratelimit: \"default\";r=1199;t=300"), "{head}");
        assert!(head.contains("ratelimit-policy: \"default\";q=1200;w=300"), "{head}");
        seen.insert(head.split("cf-auditlog-id: ").nth(1).unwrap().lines().next().unwrap().to_owned());
    }
    assert_eq!(seen.len(), 4);
}

#[test]
fn a_zone_begins_with_its_identifier_and_a_slash_at_the_end_changes_nothing() {
    let scene = Scene::from("default");
    for path in ["/zones/?name=example.com", "/zones?name=example.com"] {
        let body = call(&scene, "full", &format!("GET {path}"), "");
        let begin =
            format!(r#"{{"result":[{{"id":"{}","name":"example.com","status":"active""#, zone(&scene));
        assert!(body.starts_with(&begin), "{path}: {body}");
    }
    assert_eq!(api(&scene, "full", &format!("GET /zones/{}/dns_records/", zone(&scene)), "").0, 200);
}

#[test]
fn accounts_and_the_user_are_told_to_those_who_may_read_them() {
    let scene = Scene::from("default");
    let result = |line: &str| api(&scene, "full", line, "").json()["result"].clone();
    assert_eq!(result("GET /accounts")[0]["id"], account(&scene).as_str());
    assert_eq!(result(&format!("GET /accounts/{}", account(&scene)))["name"], "Sandbox");
    assert_eq!(result("GET /memberships")[0]["account"]["id"], account(&scene).as_str());
    assert_eq!(result("GET /user")["email"], "owner@example.com");
    let code = |line: &str| api(&scene, "no-account", line, "").json()["errors"][0]["code"].clone();
    assert_eq!((code("GET /memberships"), code("GET /user")), (json!(10000), json!(9109)));
    assert_eq!(api(&scene, "no-account", "GET /accounts", "").json()["result"], json!([]));
}

#[test]
fn files_keep_quotes_of_authority_records_and_servers_of_other_hosts() {
    let file = "$ORIGIN example.org.\n@ IN SOA ns. host. (1 2 3 4 5)\n@ IN NS ns1.other.example.\n\
                @ IN NS ada.ns.cloudflare.com.\n@ IN CAA 0 iodef \"mailto:a; b\"\n@ IN CAA 0 issue ca.example\n\
                _sip._tcp IN SRV 10 5 5060 sip\n";
    let scene = Scene::of(cf_domauth::sandbox::from_zone_file(file).unwrap(), Options::default());
    let line = format!("GET /zones/{}/dns_records/export", zone(&scene));
    let export = call(&scene, "full", &line, "");
    for kept in [
        "IN\tNS\tns1.other.example.\n",
        "IN\tCAA\t0 iodef \"mailto:a; b\"\n",
        "IN\tCAA\t0 issue \"ca.example\"\n",
        "IN\tSRV\t10 5 5060 sip.example.org.\n",
    ] {
        assert!(export.contains(kept), "{kept}: {export}");
    }
    assert_eq!(export.matches("ada.ns.cloudflare.com.\n").count(), 1, "{export}");
    let again = Scene::of(cf_domauth::sandbox::from_zone_file(&export).unwrap(), Options::default());
    assert_eq!(again.sandbox().zone_snapshot("example.org").len(), 4);
}
