//! What the sending providers publish for any account and domain, so that a copy of a real zone can be
//! rehearsed. Pure.
//!
//! The catalog's data files say what stands behind a target. They are read here by other code than the
//! client's, and for rehearsals only: scenarios have fixed records, so that the two cannot be wrong together.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::world::plain::Plain;

/// The catalog's data files, listed by `build.rs`: file name without its ending, text.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/providers.rs"));

/// A DKIM key of 2,048 bits, made for this purpose; its private half is gone.
pub(super) const DKIM_KEY: &str = include_str!("../../fixtures/sandbox/dkim-key.txt").trim_ascii();

/// Takes the bounces of every provider in a rehearsal.
pub(super) const EXCHANGER: &str = "mx.rehearsal.example";

#[derive(Debug, Deserialize)]
struct File {
    #[serde(default)]
    record: Vec<Vendor>,
}

/// What one pattern of targets publishes.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Vendor {
    role: String,
    target: String,
    publishes: Option<Vec<String>>,
}

/// Everything in the catalog's files.
pub(super) fn all() -> Result<Vec<Vendor>, toml::de::Error> {
    let files = FILES.iter().map(|(_, text)| toml::from_str::<File>(text));
    Ok(files.collect::<Result<Vec<File>, _>>()?.into_iter().flat_map(|file| file.record).collect())
}

/// The records at a target, for every purpose it serves; `None` if no provider is known for it.
pub(super) fn published(vendors: &[Vendor], name: &str) -> Option<Vec<Plain>> {
    let fitting = vendors.iter().filter(|vendor| fits(&vendor.target, name));
    let literal = |vendor: &&Vendor| {
        let labels = vendor.target.split('.').filter(|label| *label != "**").count();
        (!vendor.target.starts_with("**"), labels, vendor.target.len())
    };
    let record = |kind: &str, content: &str| Plain::new(name, kind, content, 3_600);
    let one = |what: &str| match what {
        "dkim-key" => record("TXT", DKIM_KEY),
        "spf" => record("TXT", "v=spf1 ip4:192.0.2.0/24 ~all"),
        "mx" => Plain { priority: 10, ..record("MX", EXCHANGER) },
        "dmarc" => record("TXT", "v=DMARC1; p=none"),
        "text" => record("TXT", "published in a rehearsal"),
        _ => record("A", "192.0.2.80"),
    };
    let best = &fitting.max_by_key(literal)?.target;
    let purposes = vendors.iter().filter(|vendor| vendor.target == *best);
    let behind: BTreeSet<&str> = purposes.flat_map(behind).collect();
    Some(behind.into_iter().rev().map(one).collect())
}

/// What stands behind the targets of a pattern.
fn behind(Vendor { role, publishes, .. }: &Vendor) -> Vec<&str> {
    match (role.as_str(), publishes) {
        (_, Some(listed)) if !listed.is_empty() => listed.iter().map(String::as_str).collect(),
        // A selector that need not have a key now may have one.
        ("dkim", _) => vec!["dkim-key"],
        ("return-path", None) => vec!["spf", "mx"],
        ("dmarc", None) => vec!["dmarc"],
        ("verification" | "text-by-alias", None) => vec!["text"],
        _ => vec!["address"],
    }
}

/// Whether a pattern such as `*.domainkey.u{digits}.sendgrid.net` describes a name. `**` in front stands for
/// one or more labels.
fn fits(pattern: &str, name: &str) -> bool {
    let (mut wanted, mut given) = (pattern.rsplit('.'), name.rsplit('.'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) | (Some("**"), Some(_)) => return true,
            (Some(label), Some(other)) if label == "*" || label_fits(label, other) => {}
            _ => return false,
        }
    }
}

fn label_fits(pattern: &str, label: &str) -> bool {
    let without_digits = label.trim_start_matches(|c: char| c.is_ascii_digit());
    if let Some(rest) = pattern.strip_prefix("{digits}") {
        without_digits.len() < label.len() && label_fits(rest, without_digits)
    } else if let Some(rest) = pattern.strip_prefix("{digits?}") {
        label_fits(rest, without_digits)
    } else if pattern == "{word}" {
        !label.is_empty()
    } else {
        let (literal, rest) = pattern.split_at(pattern.find('{').unwrap_or(pattern.len()));
        match label.strip_prefix(literal) {
            Some(left) if rest.is_empty() => left.is_empty(),
            Some(left) => label_fits(rest, left),
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(name: &str) -> Option<Vec<String>> {
        let records = published(&all().unwrap(), name)?;
        Some(records.into_iter().map(|record| format!("{} {}", record.kind, record.content)).collect())
    }

    #[test]
    fn every_file_of_the_catalog_is_read() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/model/catalog/providers");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), FILES.len());
        let vendors = all().unwrap();
        for vendor in &vendors {
            let sample = vendor.target.replace("**", "a.b").replace('*', "x");
            let sample = sample.replace("{digits}", "12").replace("{digits?}", "").replace("{word}", "w");
            assert!(published(&vendors, &sample).is_some(), "{}", vendor.target);
        }
    }

    #[test]
    fn any_account_and_domain_has_what_the_catalog_says() {
        let key = Some(vec![format!("TXT {DKIM_KEY}")]);
        assert_eq!(kinds("s1.domainkey.u99887766.wl042.sendgrid.net"), key);
        assert_eq!(kinds("fm1.any-shop.test.dkim.fmhosted.com"), key);
        let path = ["TXT v=spf1 ip4:192.0.2.0/24 ~all", "MX 10"].map(str::to_owned);
        assert_eq!(kinds("u99887766.wl042.sendgrid.net").unwrap()[0], path[0]);
        assert_eq!(kinds("pm.mtasv.net").unwrap()[1], format!("MX {EXCHANGER}"));
        assert_eq!(kinds("click.sendgrid.net").unwrap(), ["A 192.0.2.80"]);
        assert_eq!(kinds("mta-sts.tutanota.de").unwrap(), ["TXT published in a rehearsal", "A 192.0.2.80"]);
        for unknown in ["u1x.wl1.sendgrid.net", "mailer.example", "x.u.sendgrid.net", "dkim.fmhosted.com"] {
            assert_eq!(kinds(unknown), None, "{unknown}");
        }
    }
}
