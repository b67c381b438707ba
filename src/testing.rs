//! Builders that only tests compile.

use crate::model::catalog::Catalog;
use crate::model::dns::{DomainName, RecordType, Ttl};
use crate::model::ids::{AccountId, RecordId, ZoneId};
use crate::model::inventory::{Alias, HeldRecord, Inventory, ProxyStatus, Zone, ZoneKind, ZoneStatus};

pub(crate) fn name(text: &str) -> DomainName {
    DomainName::parse(text).unwrap()
}

pub(crate) fn zone() -> Zone {
    Zone {
        id: ZoneId::parse("zone1").unwrap(),
        name: name("example.com"),
        status: ZoneStatus::Active,
        kind: ZoneKind::Full,
        is_paused: false,
        is_dns_only: false,
        account: AccountId::parse("account1").ok(),
        account_name: None,
        name_servers: vec![name("ada.ns.cloudflare.com"), name("bob.ns.cloudflare.com")],
        is_paid: false,
        may_edit: None,
    }
}

/// When the simulator's scenarios begin in unit tests.
#[cfg(feature = "sandbox")]
pub(crate) fn then() -> jiff::Timestamp {
    "2026-11-26T00:00:00Z".parse().unwrap()
}

/// Any record by its full name.
pub(crate) fn record(full_name: &str, kind: &str, content: &str) -> HeldRecord {
    let kind = RecordType::from_name(kind);
    let alias = (kind == RecordType::Cname)
        .then(|| Box::new(Alias { target: name(content), settings: serde_json::Map::new() }));
    HeldRecord {
        id: RecordId::parse(&format!("id-{}", full_name.replace(['.', '*'], "-"))).unwrap(),
        name: name(full_name),
        kind,
        content: content.into(),
        proxy: ProxyStatus::DnsOnly,
        ttl: Ttl::Automatic,
        alias,
        comment: None,
        tags: Box::default(),
        is_read_only: false,
        modified_on: None,
        digest: 0,
    }
}

/// An alias below `example.com`, DNS only.
pub(crate) fn cname(label: &str, target: &str) -> HeldRecord {
    record(&format!("{label}.example.com"), "CNAME", target)
}

/// An alias below `example.com`, proxied.
pub(crate) fn proxied(label: &str, target: &str) -> HeldRecord {
    HeldRecord { proxy: ProxyStatus::Proxied, ..cname(label, target) }
}

/// An alias below `example.com`, DNS only, replaced by addresses.
pub(crate) fn flattened(label: &str, target: &str) -> HeldRecord {
    let mut record = cname(label, target);
    if let Some(alias) = record.alias.as_mut() {
        alias.settings.insert("flatten_cname".to_owned(), true.into());
    }
    record
}

pub(crate) fn inventory(records: Vec<HeldRecord>) -> Inventory {
    Inventory::new(zone(), records)
}

pub(crate) fn catalog() -> Catalog {
    static CATALOGUE: std::sync::LazyLock<Catalog> =
        std::sync::LazyLock::new(|| Catalog::embedded().unwrap());
    CATALOGUE.clone()
}

/// Holds a file of `docs/schema` equal to the JSON Schema of a type, or writes it anew if `RENEW_SCHEMA` is set.
pub(crate) fn published<T: schemars::JsonSchema>(file: &str, contract: schemars::generate::Contract) {
    let settings = schemars::generate::SchemaSettings::draft2020_12().with(|it| it.contract = contract);
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    // No object is of two kinds.
    if let Some(kinds) = schema.remove("anyOf") {
        schema.insert("oneOf".to_owned(), kinds);
    }
    let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema").join(file);
    #[expect(clippy::disallowed_methods, reason = "only a developer sets it")]
    if std::env::var_os("RENEW_SCHEMA").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let is_same = std::fs::read_to_string(&path).is_ok_and(|published| published == text);
    assert!(is_same, "{} is not that of the types: RENEW_SCHEMA=1 cargo test --lib schema", path.display());
}
