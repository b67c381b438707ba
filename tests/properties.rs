//! For random zones and random wishes: a plan that was made so leaves nothing to plan, and undoing it brings
//! the zone back, whatever undos were made or cut short in between.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use cf_domauth::io::cloudflare::client::Client;
use cf_domauth::io::cloudflare::{Connection, Credential};
use cf_domauth::io::interrupt::{self, Stop};
use cf_domauth::io::store::journal_writer::Journal;
use cf_domauth::io::tls::Trust;
use cf_domauth::model::apply::{Applied, Outcome};
use cf_domauth::model::catalog::Catalog;
use cf_domauth::model::diagnosis::{DnsEvidence, Scope, diagnose};
use cf_domauth::model::dns::DomainName;
use cf_domauth::model::expectation::{Expectation, Source, from_argument};
use cf_domauth::model::inventory::Zone;
use cf_domauth::model::journal::{self};
use cf_domauth::model::plan::{self, Consent, Plan};
use cf_domauth::model::progress::Quiet;
use cf_domauth::model::undo;
use cf_domauth::run::apply::execute::{Tools, execute};
use cf_domauth::run::collect;
use cf_domauth::sandbox::{Fault, Options, Sandbox, read};
use proptest::prelude::*;

const ZONE: &str = "example.com";
const LABELS: [&str; 8] = [
    "em1",
    "s1._domainkey",
    "s2._domainkey",
    "k2._domainkey",
    "send",
    "www",
    "_dmarc",
    "em2.example.com.example.com",
];
const TARGETS: [&str; 7] = [
    "u1.wl1.sendgrid.net",
    "s1.domainkey.u1.wl1.sendgrid.net",
    "s2.domainkey.u1.wl1.sendgrid.net",
    "dkim.mcsv.net",
    "12.klaviyodns.com",
    "site.hosting.example",
    "u1.wl1.sendgrid.net.example.com",
];

/// One record of a random zone.
#[derive(Debug, Clone)]
struct Given {
    label: &'static str,
    kind: &'static str,
    target: &'static str,
    proxied: bool,
    flatten: bool,
    ttl: u32,
}

#[derive(Debug, Clone)]
struct Wish {
    expect: Vec<(&'static str, &'static str)>,
    replace: Vec<&'static str>,
    /// What a snapshot remembers.
    remembered: Vec<(&'static str, &'static str)>,
    restore: bool,
}

fn given() -> impl Strategy<Value = Given> {
    let kind = prop_oneof![6 => Just("CNAME"), 1 => Just("A"), 1 => Just("TXT"), 1 => Just("MX")];
    let ttl = prop::sample::select(vec![1_u32, 60, 600, 86_400]);
    (prop::sample::select(&LABELS[..]), kind, prop::sample::select(&TARGETS[..]), any::<(bool, bool)>(), ttl)
        .prop_map(|(label, kind, target, (proxied, flatten), ttl)| Given {
            label,
            kind,
            target,
            proxied,
            flatten,
            ttl,
        })
}

fn wish() -> impl Strategy<Value = Wish> {
    let pairs = || {
        let pair = (prop::sample::select(&LABELS[..7]), prop::sample::select(&TARGETS[..6]));
        prop::collection::vec(pair, 0..4)
    };
    let replace = prop::collection::vec(prop::sample::select(&LABELS[..7]), 0..3);
    (pairs(), replace, pairs(), any::<bool>()).prop_map(|(expect, replace, remembered, restore)| Wish {
        expect,
        replace,
        remembered,
        restore,
    })
}

/// A scenario; of records that cannot stand together only the first.
fn scenario(given: &[Given]) -> String {
    let mut text = format!("description = \"random\"\n[[zone]]\nname = \"{ZONE}\"\nplan = \"pro\"\n");
    let mut taken: Vec<(&str, &str)> = Vec::new();
    for one in given {
        let clashes = taken.iter().any(|(label, kind)| {
            *label == one.label && (*kind == one.kind || *kind == "CNAME" || one.kind == "CNAME")
        });
        if clashes {
            continue;
        }
        taken.push((one.label, one.kind));
        let content = match one.kind {
            "A" => "192.0.2.1",
            "MX" => "mx.example.net",
            _ => one.target,
        };
        let is_proxied = one.proxied && matches!(one.kind, "A" | "CNAME");
        let ttl = if is_proxied { 1 } else { one.ttl };
        write!(
            text,
            "[[zone.record]]\nname = \"{}\"\ntype = \"{}\"\ncontent = \"{content}\"\nproxied = {is_proxied}\nttl = {ttl}\n",
            one.label, one.kind
        )
        .unwrap();
        if one.kind == "CNAME" && one.flatten && !is_proxied {
            text.push_str("flatten = true\n");
        }
        if one.kind == "MX" {
            text.push_str("priority = 10\n");
        }
    }
    text
}

fn scope(wish: &Wish) -> Scope {
    let mut scope = Scope::default();
    for (label, target) in &wish.expect {
        let one = from_argument(&format!("{label}.{ZONE}={target}")).unwrap();
        scope.expected.entry(one.name.clone()).or_insert(one);
    }
    for (label, target) in &wish.remembered {
        let source = Source::Snapshot { seen: "2026-11-01T00:00:00Z".to_owned() };
        scope
            .proposed
            .push(Expectation { source, ..from_argument(&format!("{label}.{ZONE}={target}")).unwrap() });
    }
    scope.replace =
        wish.replace.iter().map(|label| DomainName::parse(&format!("{label}.{ZONE}")).unwrap()).collect();
    scope
}

/// Where a run is killed: before or after the request that changes something.
#[derive(Debug, Clone, Copy)]
enum Cut {
    Before,
    After,
}

/// Undoes between a fix and the last undo: of the fix or of the last run, and where each is killed, if it is.
fn undos() -> impl Strategy<Value = Vec<(bool, Option<Cut>)>> {
    let cut = prop::sample::select(vec![None, Some(Cut::Before), Some(Cut::After)]);
    prop::collection::vec((any::<bool>(), cut), 0..5)
}

struct Stage {
    sandbox: Sandbox,
    api: Client,
    zone: Zone,
    stop: Stop,
    catalog: Catalog,
}

impl Stage {
    async fn new(text: &str) -> Self {
        let sandbox = Sandbox::start(read(text).unwrap(), Options::default()).await.unwrap();
        let base = sandbox.variables()[0].1.clone();
        let credential = Credential::Token(sandbox.token("full").into());
        let api =
            Client::new(Connection::new(&base, credential).unwrap(), &Trust::default(), Arc::new(Quiet))
                .unwrap();
        let zone = collect::zone_of(&api, &DomainName::parse(ZONE).unwrap(), None).await.unwrap();
        let (sender, stop) = interrupt::stop();
        std::mem::forget(sender);
        Self { sandbox, api, zone, stop, catalog: Catalog::embedded().unwrap() }
    }

    async fn plan(&self, wish: &Wish) -> Plan {
        let held = collect::inventory(&self.api, &self.zone).await.unwrap();
        let diagnosis = diagnose(&held, &scope(wish), &DnsEvidence::default(), &self.catalog);
        let plan = plan::plan(&held, &diagnosis);
        if wish.restore { plan } else { plan.within(Consent::Plan) }
    }

    async fn apply(&self, plan: &Plan, journal: &Journal) -> Applied {
        let tools = Tools { api: &self.api, journal, stop: &self.stop, progress: &Quiet };
        execute(tools, plan).await
    }

    /// The whole zone without what Cloudflare alone decides.
    fn state(&self) -> BTreeSet<String> {
        let records = self.sandbox.zone_snapshot(ZONE);
        let without = |text: &String| {
            let mut record: serde_json::Value = serde_json::from_str(text).unwrap();
            for own in ["id", "created_on", "modified_on"] {
                record.as_object_mut().unwrap().remove(own);
            }
            record.to_string()
        };
        records.iter().map(without).collect()
    }

    /// Puts back the run with this number, by the run with the number after the last one.
    async fn undo(&self, folder: &Path, run: usize, cut: Option<Cut>) -> (Applied, usize) {
        let past = |run: usize| {
            let path = folder.join("journal").join(format!("run{run}.jsonl"));
            let text = std::fs::read_to_string(path).unwrap();
            undo::past(journal::read(&text).unwrap()).unwrap()
        };
        let next = std::fs::read_dir(folder.join("journal")).unwrap().count();
        let undone = past(run);
        let zone = &undone.zones[0];
        let now = collect::at_names(&self.api, &self.zone, &zone.names(), 1).await.unwrap();
        let since: Vec<_> = (run + 1..next).map(past).collect();
        let later: Vec<undo::Later<'_>> =
            since.iter().filter_map(|past| undo::Later::of(past, zone)).collect();
        let (plan, left) = undo::plan(&self.zone, zone, &later, &now);
        let journal = self.journal(folder, next).undoing(&format!("run{run}"));
        let Some(cut) = cut.filter(|_| !plan.changes.is_empty()) else {
            return (self.apply(&plan, &journal).await, left.len());
        };
        let names = plan.names().len();
        let reads = if names as u64 <= plan.pages { names } else { 1 };
        let write = self.sandbox.calls().len() + reads + 1;
        self.sandbox.plan(match cut {
            Cut::Before => Fault::HoldBefore(write),
            Cut::After => Fault::HoldAfter(write),
        });
        tokio::select! {
            done = self.apply(&plan, &journal) => panic!("it was not cut short: {done:?}"),
            () = self.holding() => {}
        }
        self.sandbox.release();
        (Applied::default(), left.len())
    }

    async fn holding(&self) {
        while !self.sandbox.is_holding() {
            tokio::task::yield_now().await;
        }
    }

    fn journal(&self, folder: &Path, run: usize) -> Journal {
        Journal::new(folder, &format!("run{run}"), "2026-11-23T00:00:00Z", self.api.base())
    }
}

fn all_applied(applied: &Applied) -> bool {
    applied.outcomes.iter().all(|outcome| *outcome == Outcome::Applied)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_plan_leaves_nothing_to_plan_and_undo_restores_the_world(
        records in prop::collection::vec(given(), 0..10),
        wish in wish(),
        undos in undos(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let text = scenario(&records);
        runtime.block_on(async {
            let stage = Stage::new(&text).await;
            let folder = tempfile::tempdir().unwrap();
            let first = stage.state();
            let plan = stage.plan(&wish).await;
            let applied = stage.apply(&plan, &stage.journal(folder.path(), 0)).await;
            assert!(all_applied(&applied), "{applied:?}\n{plan:?}\n{text}");
            assert!(applied.notes.is_empty(), "{applied:?}");
            let again = stage.plan(&wish).await;
            assert!(again.changes.is_empty(), "still planned: {:?}\n{text}", again.changes);
            if plan.changes.is_empty() {
                return;
            }
            for (is_of_the_fix, cut) in &undos {
                let last = std::fs::read_dir(folder.path().join("journal")).unwrap().count() - 1;
                stage.undo(folder.path(), if *is_of_the_fix { 0 } else { last }, *cut).await;
            }
            let (undone, left) = stage.undo(folder.path(), 0, None).await;
            assert!(all_applied(&undone) && left == 0, "{undone:?} {left}\n{undos:?}\n{plan:?}\n{text}");
            assert_eq!(stage.state(), first, "{plan:?}");
        });
    }
}
