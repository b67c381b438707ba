//! What other programs print and keep: read where a line says what it is, or refused as a whole. Pure.

use super::BadInput;
use super::gather::{Candidate, Gatherer};
use crate::model::dns::DomainName;

/// What a text turned out to be.
#[derive(Debug)]
pub(super) enum Listing {
    /// Nothing that is known here.
    Unknown,
    /// Read.
    Read,
    /// A diff or a preview, as the text that it leaves.
    Left(String),
}

/// Refuses the JSON of Amazon SES, whose tokens are no records.
///
/// # Errors
///
/// [`BadInput::Foreign`].
pub(super) fn refuse_tokens(text: &str) -> Result<(), BadInput> {
    let has = |key: &str| text.contains(&format!("\"{key}\""));
    if has("DkimTokens") || has("DkimAttributes") && has("Tokens") {
        return Err(BadInput::Foreign { format: "Amazon SES (tokens)", instead: SES });
    }
    Ok(())
}

/// Reads what a program printed or keeps.
///
/// # Errors
///
/// [`BadInput::Foreign`] for what says nothing about the records that are wanted.
pub(super) fn read(text: &str, gatherer: &mut Gatherer<'_>) -> Result<Listing, BadInput> {
    let lines = || text.lines().map(str::trim);
    let has = |start: &str| lines().any(|line| line.starts_with(start));
    let foreign = |format, instead| Err(BadInput::Foreign { format, instead });
    let is_answer = has("Server:") && (has("Address:") || !text.contains("CNAME"));
    if is_answer || has("Non-authoritative answer") || lines().any(|line| line.contains(" can't find ")) {
        return foreign("nslookup", LOOKUP);
    }
    if has("; <<>> DiG") || has(";; Got answer:") || has(";; ANSWER SECTION") {
        return foreign("dig", LOOKUP);
    }
    if has("Selector1CNAME") {
        microsoft(text, gatherer);
        return Ok(Listing::Read);
    }
    if lines().any(|line| line == "kind: DNSEndpoint") {
        endpoints(text, gatherer);
        return Ok(Listing::Read);
    }
    if has("D('") || has("D(\"") {
        dnscontrol(text, gatherer);
        return Ok(Listing::Read);
    }
    Ok(without_removals(text, gatherer).map_or(Listing::Unknown, Listing::Left))
}

const LOOKUP: &str = "it shows what DNS answers now, not what your platform asks for: copy the records from the \
    platform's page, or look at the domain with `cf-domauth confirm`";
const SES: &str = "tokens are no records: copy the CNAME records that the console of Amazon SES shows for the identity, \
    or its CSV file";

/// `key : value` of a line.
fn pair(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(':')?;
    let value = value.trim().trim_matches(['"', '\'']);
    Some((key.trim().trim_start_matches("- ").trim(), value))
}

/// `Get-DkimSigningConfig | Format-List`: the selector's number stands in the key, the domain in `Identity`.
///
/// Source: `learn.microsoft.com/powershell/module/exchange/get-dkimsigningconfig`; from general knowledge.
fn microsoft(text: &str, gatherer: &mut Gatherer<'_>) {
    let mut domain: Option<DomainName> = None;
    for (index, line) in text.lines().enumerate() {
        gatherer.expect_of(index + 1, line);
        let Some((key, value)) = pair(line).filter(|(_, value)| !value.is_empty()) else { continue };
        if matches!(key, "Identity" | "Domain" | "Name") {
            domain = DomainName::parse(value).ok();
        }
        let number = key.strip_prefix("Selector").and_then(|rest| rest.strip_suffix("CNAME"));
        if let Some(number) = number {
            // The tenant's own domain has its records at Microsoft.
            let line = Some(index + 1);
            match &domain {
                Some(domain) if domain.as_str().ends_with(".onmicrosoft.com") => {
                    gatherer.aside(line, value, "Microsoft keeps the records of its own domains");
                }
                Some(domain) => {
                    let name = format!("selector{number}._domainkey.{domain}.");
                    gatherer.offer(&Candidate {
                        kind: Some("CNAME"),
                        name: &name,
                        value,
                        line,
                        ..Candidate::default()
                    });
                }
                None => gatherer.unread(line, value, "no line above says which domain it is for"),
            }
        }
    }
}

/// The records of external-dns in YAML. Source: `kubernetes-sigs/external-dns`, `docs/sources/crd.md`.
fn endpoints(text: &str, gatherer: &mut Gatherer<'_>) {
    let (mut name, mut kind, mut line_of) = (None, None, 0);
    let mut in_targets = false;
    for (index, line) in text.lines().enumerate() {
        let item = line.trim().strip_prefix("- ").map(|item| item.trim().trim_matches(['"', '\'']));
        match (pair(line), item) {
            (Some(("dnsName", value)), _) => {
                (name, kind, line_of, in_targets) = (Some(value), None, index + 1, false);
            }
            (Some(("recordType", value)), _) => kind = Some(value),
            (Some((key, _)), _) => in_targets = key == "targets",
            (None, Some(value)) if in_targets => {
                if let (Some(name), Some(kind)) = (name, kind) {
                    let line = Some(line_of);
                    gatherer.offer(&Candidate {
                        kind: Some(kind),
                        name,
                        value,
                        line,
                        ..Candidate::default()
                    });
                }
            }
            _ => gatherer.expect_of(index + 1, line),
        }
    }
}

/// Calls such as `CNAME('k1._domainkey', 'x.test.')` of a `DNSControl` configuration, which lists all of a zone.
fn dnscontrol(text: &str, gatherer: &mut Gatherer<'_>) {
    gatherer.is_inventory = true;
    let mut zone: Option<DomainName> = None;
    for (index, line) in text.lines().enumerate() {
        let (code, _) = line.split_once("//").filter(|(code, _)| !code.contains(':')).unwrap_or((line, ""));
        let Some((call, arguments)) = code.split_once('(') else { continue };
        let texts: Vec<&str> = arguments.split(['\'', '"']).skip(1).step_by(2).collect();
        let line = Some(index + 1);
        match (call.trim(), texts.as_slice()) {
            ("D", [name, ..]) => zone = DomainName::parse(name).ok(),
            (kind @ ("CNAME" | "TXT"), [name, value, ..]) => {
                let base = zone.as_ref();
                gatherer.offer(&Candidate {
                    kind: Some(kind),
                    name,
                    value,
                    base,
                    line,
                    ..Candidate::default()
                });
            }
            (kind, [_, ..]) if kind.chars().all(|c| c.is_ascii_uppercase()) => {
                gatherer.aside(line, code, "a record of another type");
            }
            _ => gatherer.expect_of(index + 1, code),
        }
    }
}

/// A diff or the preview of a plan without what it takes away; `None` where the text is none. Lines keep their places.
fn without_removals(text: &str, gatherer: &mut Gatherer<'_>) -> Option<String> {
    let is_hunk =
        |line: &str| line.starts_with("@@ ") || line.starts_with("diff --git ") || line.starts_with("+++ ");
    let opens = |mark: char| {
        move |line: &str| {
            line.strip_prefix(mark)
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        }
    };
    let is_diff = text.lines().any(is_hunk) || text.lines().any(opens('-')) && text.lines().any(opens('+'));
    let is_step = |line: &str| {
        let rest = line.trim_start().strip_prefix(['+', '~', '-', '±']).map(str::trim_start);
        rest.is_some_and(|rest| STEPS.iter().any(|step| rest.starts_with(step)))
    };
    if !is_diff && !text.lines().any(is_step) {
        return None;
    }
    let mut left = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let code = if is_diff { line } else { line.trim_start() };
        if code.starts_with('-') || is_hunk(code) {
            gatherer.aside(Some(index + 1), code, "a line that is taken away, or about the change itself");
            left.push(String::new());
            continue;
        }
        let rest = code.strip_prefix(['+', '~', '±']).unwrap_or(code);
        // Of `"old" -> "new"` the new counts.
        let old_and_new = rest.split_once("->").filter(|_| !is_diff && rest.contains('='));
        match old_and_new.and_then(|(old, new)| Some((old.split_once('=')?.0, new))) {
            Some((key, new)) => left.push(format!("{key}= {}", new.trim())),
            None => left.push(rest.to_owned()),
        }
    }
    Some(left.join("\n"))
}

/// What follows the sign of a step in the previews of Terraform, `OpenTofu` and `DNSControl`.
const STEPS: &[&str] =
    &["resource \"", "CREATE ", "DELETE ", "MODIFY ", "name ", "content ", "value ", "rrdatas ", "records "];
