//! The API client by itself, against the sandbox: every call it offers.

use std::sync::Arc;

use cf_domauth::io::cloudflare::client::Client;
use cf_domauth::io::cloudflare::{Batch, Connection, Credential, RecordRef};
use cf_domauth::io::http::RequestErrorKind;
use cf_domauth::io::tls::Trust;
use cf_domauth::model::dns::DomainName;
use cf_domauth::model::ids::{AccountId, RecordId, ZoneId};
use cf_domauth::model::members::RecordFields;
use cf_domauth::model::progress::Quiet;
use cf_domauth::sandbox::{Options, Sandbox, named, read};

use crate::scene::Shut;

async fn connected() -> (Sandbox, Client, ZoneId) {
    let sandbox = Sandbox::start(read(named("default").unwrap()).unwrap(), Options::default()).await.unwrap();
    let base = sandbox.variables()[0].1.clone();
    let credential = Credential::Token(sandbox.token("full").into());
    let client =
        Client::new(Connection::new(&base, credential).unwrap(), &Trust::default(), Arc::new(Quiet)).unwrap();
    let zone = ZoneId::parse(&sandbox.zone_ids()[0].1).unwrap();
    (sandbox, client, zone)
}

fn members(value: &serde_json::Value) -> RecordFields {
    value.as_object().unwrap().clone()
}

fn new_record(name: &str) -> RecordFields {
    members(
        &serde_json::json!({"type": "CNAME", "name": name, "content": "keys.mailer.example", "proxied": false}),
    )
}

#[tokio::test]
async fn zones_and_settings_are_read() {
    let (_sandbox, client, id) = connected().await;
    let name = DomainName::parse("example.com").unwrap();
    let zone = client.zones_named(&name, None).await.unwrap().remove(0);
    assert_eq!(zone.id, id.as_str());
    assert_eq!(client.zones(1, None).await.unwrap().total_count, Some(1));
    assert_eq!(client.zones(2, None).await.unwrap().items.len(), 0, "a page past the end is empty");
    assert_eq!(client.zone(&id).await.unwrap().name, "example.com");
    assert_eq!(client.zone_settings(&id).await.unwrap().flatten_all_cnames, Some(false));
    let account = AccountId::parse(&zone.account.unwrap().id.unwrap()).unwrap();
    assert_eq!(client.account_settings(&account).await.unwrap().enforce_dns_only, Some(false));
    assert!(client.zones_named(&name, Some(&AccountId::parse("other").unwrap())).await.unwrap().is_empty());
    assert_eq!(client.calls(), 7);
}

/// A network that is not there costs every zone four attempts, and of zones there may be thousands.
#[tokio::test]
async fn an_api_that_nobody_reaches_is_given_a_rest() {
    let shut = Shut::new();
    let credential = Credential::Token("a-token-of-nobody".to_owned().into());
    let connection = Connection::new(&shut.api(), credential).unwrap();
    let client = Client::new(connection, &Trust::default(), Arc::new(Quiet)).unwrap();
    let zone = ZoneId::parse("0123456789abcdef0123456789abcdef").unwrap();
    let all = futures_util::future::join_all((0..20).map(|_| client.zone(&zone))).await;
    assert!(
        all.iter()
            .all(|one| matches!(&one, Err(error) if matches!(error.kind, RequestErrorKind::NoAnswer(_))))
    );
    assert!(client.held_for().is_some(), "nothing is sent for a while");
}

/// Records of Cloudflare's own cannot be edited, whoever may edit the others.
#[tokio::test]
async fn what_is_read_only_is_refused() {
    let sandbox =
        Sandbox::start(read(named("read-only").unwrap()).unwrap(), Options::default()).await.unwrap();
    let base = sandbox.variables()[0].1.clone();
    let credential = Credential::Token(sandbox.token("full").into());
    let client =
        Client::new(Connection::new(&base, credential).unwrap(), &Trust::default(), Arc::new(Quiet)).unwrap();
    let zone = ZoneId::parse(&sandbox.zone_ids()[0].1).unwrap();
    let held: Vec<serde_json::Value> = sandbox
        .zone_snapshot(&sandbox.zone_ids()[0].0)
        .iter()
        .map(|text| serde_json::from_str(text).unwrap())
        .collect();
    let own = held.iter().find(|record| record["meta"]["read_only"] == true).unwrap();
    let id = RecordId::parse(own["id"].as_str().unwrap()).unwrap();
    let patch = members(&serde_json::json!({"proxied": false}));
    assert!(client.patch(&zone, &id, &patch).await.is_err());
}

#[tokio::test]
async fn records_are_created_changed_and_read_alone_and_in_batches() {
    let (_sandbox, client, zone) = connected().await;
    let made = client.create(&zone, &new_record("a._domainkey.example.com")).await.unwrap();
    let id = RecordId::parse(made["id"].as_str().unwrap()).unwrap();
    let patch = members(&serde_json::json!({"proxied": true}));
    assert_eq!(client.patch(&zone, &id, &patch).await.unwrap()["proxied"], true);
    let batch = Batch {
        patches: vec![members(&serde_json::json!({"id": made["id"], "proxied": false}))],
        posts: vec![new_record("b._domainkey.example.com")],
        ..Batch::default()
    };
    let done = client.batch(&zone, &batch).await.unwrap();
    assert_eq!((done.patches.unwrap().len(), done.posts.unwrap().len()), (1, 1));
    let named = DomainName::parse("b._domainkey.example.com").unwrap();
    assert_eq!(client.records(&zone, Some(&named), 1, |_| ()).await.unwrap().items.len(), 1);
    let batch = Batch { deletes: vec![RecordRef { id: id.to_string() }], ..Batch::default() };
    let deleted = client.batch(&zone, &batch).await.unwrap().deletes.unwrap();
    assert_eq!(deleted[0]["name"], "a._domainkey.example.com", "a batch echoes what it deleted");
}

#[tokio::test]
async fn a_refusal_carries_the_codes_of_cloudflare() {
    let (_sandbox, client, zone) = connected().await;
    let error = client.create(&zone, &new_record("s1._domainkey.example.com")).await.unwrap_err();
    assert!(!error.is_unknown(), "it surely was not made");
    let RequestErrorKind::Rejected { status: 400, messages } = &error.kind else { panic!("{error:?}") };
    assert_eq!(messages[0].code, Some(81_053));
    let nothing = RecordId::parse(&"f".repeat(32)).unwrap();
    let gone =
        client.patch(&zone, &nothing, &members(&serde_json::json!({"proxied": true}))).await.unwrap_err();
    assert!(
        matches!(&gone.kind, RequestErrorKind::Rejected { status: 404, messages } if messages[0].code == Some(81_044))
    );
}
