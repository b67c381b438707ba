//! Records that a tool keeps as they are: the next run of that tool would undo a repair. Pure.
//!
//! Told from what such tools leave behind: a comment, a tag, or the registry of external-dns in a TXT record.
//! Said only of records that are to be changed.

use super::{Case, Code, Finding, MailRecord, Severity, about};
use crate::model::dns::{DomainName, RecordType};
use crate::model::inventory::{Alias, HeldRecord, ProxyStatus};
use crate::model::plain;

/// A tool that writes DNS records from a description kept elsewhere.
struct Tool {
    /// As it appears in comments, in lower case.
    word: &'static str,
    name: &'static str,
    /// What makes the repair last there.
    snippet: &'static str,
}

/// Sources: the documentation of each; checked 2026-11-24.
const TOOLS: &[Tool] = &[
    Tool {
        word: "terraform",
        name: "Terraform",
        snippet: "in the resource cloudflare_dns_record of this name write: proxied = false",
    },
    Tool {
        word: "opentofu",
        name: "OpenTofu",
        snippet: "in the resource of this name write: proxied = false",
    },
    Tool { word: "pulumi", name: "Pulumi", snippet: "in the resource of this name write: proxied: false" },
    Tool {
        word: "external-dns",
        name: "external-dns",
        snippet: "at the Service, Ingress or DNSEndpoint set the annotation \
                  external-dns.alpha.kubernetes.io/cloudflare-proxied: \"false\"",
    },
    Tool {
        word: "octodns",
        name: "octoDNS",
        snippet: "at the record write: octodns: {cloudflare: {proxied: false}}",
    },
    Tool { word: "dnscontrol", name: "DNSControl", snippet: "give the record the modifier CF_PROXY_OFF" },
];

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    case.records
        .iter()
        .filter(|record| record.may_be_mended())
        .filter_map(|record| finding(case, record))
        .collect()
}

fn finding(case: &Case<'_>, record: &MailRecord) -> Option<Finding> {
    let (held, alias) = case.held.alias_at(&record.name)?;
    let is_to_be_changed = held.proxy == ProxyStatus::Proxied || Alias::is_flattened(alias);
    if !is_to_be_changed || held.is_read_only {
        return None;
    }
    let (tool, trace) = traces(case, held).into_iter().find_map(|trace| Some((tool_in(&trace)?, trace)))?;
    let message =
        format!("{} looks as if {} kept it: its next run would undo the repair", record.name, tool.name);
    let mut finding = about(record, Code::ManagedElsewhere, Severity::Warning, message);
    finding.evidence.push(plain::line(&trace));
    finding.advice = Some(format!("change it there as well: {}", tool.snippet));
    Some(finding)
}

fn tool_in(trace: &str) -> Option<&'static Tool> {
    let trace = trace.to_ascii_lowercase();
    TOOLS.iter().find(|tool| trace.contains(tool.word))
}

/// What tools may have left behind at a record.
fn traces(case: &Case<'_>, held: &HeldRecord) -> Vec<String> {
    let comment = held.comment.iter().map(|comment| format!("its comment: {comment}"));
    let tags = held.tags.iter().map(|tag| format!("its tag: {tag}"));
    comment.chain(tags).chain(registry(case, &held.name)).collect()
}

/// The registry of external-dns: a TXT record at the name, or at the name with its type before it.
fn registry(case: &Case<'_>, name: &DomainName) -> Option<String> {
    let names = [name.to_string(), format!("cname-{name}")];
    names.iter().filter_map(|name| DomainName::parse(name).ok()).find_map(|name| {
        let mut texts = case.held.at(&name).filter(|record| record.kind == RecordType::Txt);
        let text = texts.find(|record| record.content.contains("heritage=external-dns"))?;
        Some(format!("TXT at {name}: {}", text.content))
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::super::{Outside, Scope};
    use super::*;
    use crate::testing::{cname, inventory, proxied, record};

    const TARGET: &str = "s1.domainkey.u1.wl1.sendgrid.net";

    fn managed(records: Vec<HeldRecord>) -> bool {
        let lines = found(&inventory(records), &Scope::default(), &Outside::default());
        lines.iter().any(|line| line.starts_with("managed-elsewhere s1._domainkey.example.com"))
    }

    #[test]
    fn a_record_that_a_tool_keeps_is_told_from_what_the_tool_left() {
        let commented =
            |comment: &str| HeldRecord { comment: Some(comment.into()), ..proxied("s1._domainkey", TARGET) };
        assert!(managed(vec![commented("Managed by Terraform")]));
        assert!(managed(vec![commented("dnscontrol push 2026-01-01")]));
        assert!(!managed(vec![commented("for the newsletter")]));
        let tagged =
            HeldRecord { tags: vec!["managed-by:pulumi".into()].into(), ..proxied("s1._domainkey", TARGET) };
        assert!(managed(vec![tagged]));
        let registry = record(
            "cname-s1._domainkey.example.com",
            "TXT",
            "\"heritage=external-dns,external-dns/owner=k8s\"",
        );
        assert!(managed(vec![proxied("s1._domainkey", TARGET), registry]));
    }

    #[test]
    fn a_record_that_is_in_order_is_nobody_s_business() {
        let healthy =
            HeldRecord { comment: Some("Managed by Terraform".into()), ..cname("s1._domainkey", TARGET) };
        assert!(!managed(vec![healthy]));
    }
}
