//! A random zone, what is asked for, and what may be done to each name. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use fastrand::Rng;

pub(crate) const ZONE: &str = "example.com";

/// Where another hand points records to.
pub(crate) const ELSEWHERE: &str = "moved.hosting.example";

/// One record of each kind that providers ask for: name, target, role, treatment.
const CATALOGUE: &str = include_str!("../../fixtures/catalog/records.txt");

const COMMENTS: [&str; 6] = [
    "do not touch",
    "=cmd() | \"quoted\" \\ text",
    "m\u{fc}ller \u{202e}by us",
    "\u{1b}[31mred\u{7}",
    "managed by Terraform, do not edit",
    "<script>alert(1)</script>",
];

/// What may be done to the records at one name; without one, nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Allowed {
    /// Take proxying and flattening off.
    pub(crate) mend: bool,
    /// Create a CNAME to this target, or point the one that is there to it.
    pub(crate) target: Option<String>,
    /// File the record under this name.
    pub(crate) renamed_to: Option<String>,
    /// Delete what is there and is no CNAME.
    pub(crate) replace: bool,
}

/// What is drawn of one seed before anything runs.
#[derive(Debug, Default)]
pub(crate) struct World {
    /// The zone as Cloudflare exports it.
    pub(crate) file: String,
    /// Names at which everything is deleted in the dashboard before the first run.
    pub(crate) deleted: Vec<String>,
    pub(crate) allowed: BTreeMap<String, Allowed>,
    /// What `fix` is asked for besides the zone.
    pub(crate) arguments: Vec<String>,
    /// Whether what the audit log and sets suggest may be created.
    pub(crate) restores: bool,
    taken: BTreeSet<String>,
}

/// Sets of records that one provider asks for: a target of another provider's, and label and target of each.
/// `#` stands for a number of the account.
const SETS: [(&str, &[(&str, &str)]); 3] = [
    (
        "dkim.mcsv.net",
        &[
            ("em#", "u#.wl1.sendgrid.net"),
            ("s1._domainkey", "s1.domainkey.u#.wl1.sendgrid.net"),
            ("s2._domainkey", "s2.domainkey.u#.wl1.sendgrid.net"),
        ],
    ),
    (
        "dkim.mcsv.net",
        &[
            ("fm1._domainkey", "fm1.example.com.dkim.fmhosted.com"),
            ("fm2._domainkey", "fm2.example.com.dkim.fmhosted.com"),
            ("fm3._domainkey", "fm3.example.com.dkim.fmhosted.com"),
        ],
    ),
    (
        "fm1.example.com.dkim.fmhosted.com",
        &[("k2._domainkey", "dkim2.mcsv.net"), ("k3._domainkey", "dkim3.mcsv.net")],
    ),
];

/// How one record of a set is found.
#[derive(Debug, Clone, Copy)]
enum Found {
    Right,
    Missing,
    Deleted,
    OfAnother,
    Doubled,
    WithZoneInTarget,
    BehindAddress,
    AsText,
}

pub(crate) fn draw(rng: &mut Rng) -> World {
    let mut world = World { file: format!("{ZONE}. 3600 IN SOA a. b. 1 2 3 4 5\n"), ..World::default() };
    let size = rng.usize(3..=60);
    world.restores = rng.u8(..10) < 3;
    for set in SETS {
        if rng.bool() {
            world.set(rng, set);
        }
    }
    world.add(rng, "_dmarc", "TXT", "\"v=DMARC1; p=none\"");
    let lines: Vec<&str> = CATALOGUE.lines().filter(|line| !line.starts_with('#')).collect();
    while world.file.lines().count() <= size {
        match rng.choice(&lines).map(|line| line.split(' ').collect::<Vec<_>>()) {
            Some(parts) if rng.bool() => world.of_catalog(rng, &parts),
            _ => world.other(rng),
        }
    }
    if world.restores {
        world.arguments.push("--restore".to_owned());
    }
    world
}

fn full(label: &str) -> String {
    if label == "@" { ZONE.to_owned() } else { format!("{label}.{ZONE}") }
}

impl World {
    pub(crate) fn allowed(&self, name: &str) -> Allowed {
        self.allowed.get(name).cloned().unwrap_or_default()
    }

    /// Whether a provider of the catalog asks for a record just so.
    pub(crate) fn is_asked_for(name: &str, target: &str) -> bool {
        CATALOGUE.lines().map(|line| line.split(' ').collect::<Vec<_>>()).any(|parts| {
            parts.len() == 4 && full(parts[0]) == name && parts[1] == target && parts[3] == "mend"
        })
    }

    /// Adds a record and returns whether the name was free; proxied or flattened where that is possible.
    fn add(&mut self, rng: &mut Rng, label: &str, kind: &str, content: &str) -> bool {
        let name = full(label);
        if !self.taken.insert(name.clone()) {
            return false;
        }
        let content = if kind == "CNAME" { format!("{content}.") } else { content.to_owned() };
        let mut marks = Vec::new();
        let is_proxied = kind != "TXT" && kind != "MX" && rng.u8(..10) < 6;
        marks.push(format!("cf-proxied:{is_proxied}"));
        if !is_proxied && kind == "CNAME" && rng.u8(..10) < 2 {
            marks.push("cf-flatten-cname".to_owned());
        }
        if rng.u8(..10) < 2 {
            marks.push("team:mail".to_owned());
        }
        let ttl = if is_proxied { 1 } else { rng.choice([1, 60, 300, 86_400]).unwrap_or(1) };
        let comment = if rng.u8(..10) < 3 { rng.choice(COMMENTS).unwrap_or_default() } else { "" };
        let marks = marks.join(",");
        writeln!(self.file, "{name}. {ttl} IN {kind} {content} ; {comment} cf_tags={marks}").ok();
        true
    }

    /// A record of the catalog: `mend` is what the program may touch.
    fn of_catalog(&mut self, rng: &mut Rng, parts: &[&str]) {
        let [label, target, _, treatment] = parts else { return };
        if self.add(rng, label, "CNAME", target) && *treatment == "mend" {
            self.allowed.insert(full(label), Allowed { mend: true, ..Allowed::default() });
        }
    }

    /// A record of the web, of nobody known, or a key of a vendor that is not in the catalog.
    fn other(&mut self, rng: &mut Rng) {
        let n = rng.u16(..);
        match rng.u8(..6) {
            0 => self.add(rng, &format!("host-{n}"), "A", &format!("192.0.2.{}", n % 250)),
            1 => self.add(rng, &format!("alias-{n}"), "CNAME", &format!("app-{n}.hosting.example")),
            2 => self.add(rng, &format!("text-{n}"), "TXT", &format!("\"verification={n:032x}\"")),
            3 => self.add(rng, &format!("mx-{n}"), "MX", "10 mx.example.net."),
            4 => self.add(rng, &format!("url{n}"), "CNAME", "sendgrid.net"),
            _ => {
                let label = format!("k{n}._domainkey");
                self.allowed.insert(full(&label), Allowed { mend: true, ..Allowed::default() });
                self.add(rng, &label, "CNAME", &format!("k{n}.mail.unknown-vendor.example"))
            }
        };
    }

    fn set(&mut self, rng: &mut Rng, (foreign, set): (&str, &[(&str, &str)])) {
        let account = rng.u32(1_000..9_999).to_string();
        let is_expected = rng.bool();
        for (label, target) in set {
            let (label, target) = (label.replace('#', &account), target.replace('#', &account));
            let found = rng.choice([
                Found::Right,
                Found::Right,
                Found::Right,
                Found::Missing,
                Found::Deleted,
                Found::OfAnother,
                Found::Doubled,
                Found::WithZoneInTarget,
                Found::BehindAddress,
                Found::AsText,
            ]);
            let name = full(&label);
            if is_expected {
                self.arguments.push(format!("--expect={name}={target}"));
            }
            let is_replaced = is_expected && rng.bool();
            let found = found.unwrap_or(Found::Right);
            if matches!(found, Found::OfAnother) {
                self.add(rng, &label, "CNAME", foreign);
            }
            self.found(rng, found, (&label, &target), (is_expected, is_replaced));
        }
    }

    fn found(
        &mut self,
        rng: &mut Rng,
        found: Found,
        (label, target): (&str, &str),
        (is_expected, is_replaced): (bool, bool),
    ) {
        let name = full(label);
        let wanted = is_expected.then(|| target.to_owned());
        let mend = Allowed { mend: true, ..Allowed::default() };
        let create = Allowed { target: wanted.clone(), ..Allowed::default() };
        let allowed = match found {
            Found::Right => {
                self.add(rng, label, "CNAME", target);
                mend
            }
            Found::Missing => create,
            Found::Deleted => {
                self.add(rng, label, "CNAME", target);
                self.deleted.push(name.clone());
                create
            }
            Found::OfAnother => mend,
            Found::Doubled => {
                self.add(rng, &format!("{label}.{ZONE}"), "CNAME", target);
                let renamed_to = Some(name.clone());
                self.allowed.insert(format!("{name}.{ZONE}"), Allowed { renamed_to, ..mend });
                create
            }
            Found::WithZoneInTarget => {
                self.add(rng, label, "CNAME", &format!("{target}.{ZONE}"));
                Allowed { target: Some(target.to_owned()), ..mend }
            }
            Found::BehindAddress => {
                self.add(rng, label, "A", "192.0.2.7");
                if is_replaced {
                    self.arguments.push(format!("--replace={name}"));
                }
                Allowed { replace: is_replaced, target: wanted.filter(|_| is_replaced), ..Allowed::default() }
            }
            Found::AsText => {
                self.add(rng, label, "TXT", &format!("\"{target}\""));
                Allowed { replace: is_expected, ..create }
            }
        };
        self.allowed.insert(name, allowed);
    }
}
