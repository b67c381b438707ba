//! The pure stages: diagnose and plan over a zone of 3,500 and of 100,000 records.
//!
//! `cargo bench --bench stages`

#![expect(clippy::unwrap_used, reason = "a benchmark may panic and has no readers but this file")]

use std::hint::black_box;

use cf_domauth::model::catalog::Catalog;
use cf_domauth::model::diagnosis::{DnsEvidence, Scope, diagnose};
use cf_domauth::model::dns::{DomainName, RecordType, Ttl};
use cf_domauth::model::ids::{RecordId, ZoneId};
use cf_domauth::model::inventory::{Alias, HeldRecord, Inventory, ProxyStatus, Zone, ZoneKind, ZoneStatus};
use cf_domauth::model::plan::plan;
use criterion::{Criterion, criterion_group, criterion_main};

fn zone() -> Zone {
    Zone {
        id: ZoneId::parse("zone").unwrap(),
        name: DomainName::parse("example.com").unwrap(),
        status: ZoneStatus::Active,
        kind: ZoneKind::Full,
        is_paused: false,
        is_dns_only: false,
        account: None,
        account_name: None,
        name_servers: Vec::new(),
        is_paid: true,
        may_edit: None,
    }
}

/// One record in fifty is a proxied mail record; of the rest a third are aliases to web hosts.
fn record(number: usize) -> HeldRecord {
    let (name, kind, content) = match number % 50 {
        0 => (format!("s{number}._domainkey"), "CNAME", format!("s1.domainkey.u{number}.wl1.sendgrid.net")),
        other if other % 3 == 0 => {
            (format!("alias-{number}"), "CNAME", format!("app-{number}.hosting.example"))
        }
        other if other % 3 == 1 => (format!("host-{number}"), "A", "192.0.2.1".to_owned()),
        _ => (format!("text-{number}"), "TXT", format!("verification={number:032x}")),
    };
    let kind = RecordType::from_name(kind);
    let alias = (kind == RecordType::Cname).then(|| {
        let target = DomainName::parse(&content).unwrap();
        Box::new(Alias { target, settings: serde_json::Map::new() })
    });
    HeldRecord {
        id: RecordId::parse(&format!("{number:032x}")).unwrap(),
        name: DomainName::parse(&format!("{name}.example.com")).unwrap(),
        kind,
        content: content.into(),
        proxy: if alias.is_some() { ProxyStatus::Proxied } else { ProxyStatus::DnsOnly },
        ttl: Ttl::Automatic,
        alias,
        comment: None,
        tags: Box::default(),
        is_read_only: false,
        modified_on: None,
        digest: 0,
    }
}

fn stages(criterion: &mut Criterion) {
    let catalog = Catalog::embedded().unwrap();
    let (scope, outside) = (Scope::default(), DnsEvidence::default());
    for count in [3_500, 100_000] {
        let held = Inventory::new(zone(), (0..count).map(record).collect());
        criterion.bench_function(&format!("diagnose and plan, {count} records"), |bencher| {
            bencher.iter(|| {
                let diagnosis = diagnose(black_box(&held), &scope, &outside, &catalog);
                let planned = plan(&held, &diagnosis);
                assert_eq!(planned.changes.len(), count.div_ceil(50));
                planned
            });
        });
    }
}

criterion_group!(benches, stages);
criterion_main!(benches);
