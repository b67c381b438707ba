//! What other programs print and keep: read where a line says what it is, or refused as a whole. Pure.

use super::BadInput;
use super::gather::{Candidate, Gatherer};
use super::words;
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
    let says = |words: &str| lines().any(|line| line.contains(words));
    // The server that was asked stands above its address.
    let next = lines().skip(1).chain([""]);
    let is_asked = |(line, next): (&str, &str)| line.starts_with("Server:") && next.starts_with("Address:");
    let is_answer = lines().zip(next).any(is_asked) || has("Server:") && !text.contains("CNAME");
    let is_error = lines().any(|line| line.starts_with("**") && line.contains(" can't find "));
    if is_answer || is_error || has("Non-authoritative answer") || says("canonical name = ") {
        return foreign("nslookup", LOOKUP);
    }
    if says("NameHost") && says("Section") {
        return foreign("Resolve-DnsName", LOOKUP);
    }
    if has("state: absent") {
        return foreign("an Ansible task that removes records", "keep only the records that are to be there");
    }
    if has("; <<>> DiG") || has(";; Got answer:") || has(";; ANSWER SECTION") {
        return foreign("dig", LOOKUP);
    }
    if has("Selector1CNAME") {
        microsoft(text, gatherer);
        return Ok(Listing::Read);
    }
    if lines().any(|line| without_comment(line) == "kind: DNSEndpoint") {
        endpoints(text, gatherer);
        return Ok(Listing::Read);
    }
    if ["D('", "D(\"", "D_EXTEND("].into_iter().any(has) {
        dnscontrol(text, gatherer);
        return Ok(Listing::Read);
    }
    Ok(without_removals(text, gatherer).map_or(Listing::Unknown, Listing::Left))
}

const LOOKUP: &str = "it shows what DNS answers now, not what your platform asks for: copy the records from the \
    platform's page, or look at the domain with `cf-domauth confirm`";
const SES: &str = "tokens are no records: copy the CNAME records that the console of Amazon SES shows for the identity, \
    or its CSV file";

/// A line of YAML without the comment behind it.
fn without_comment(line: &str) -> &str {
    line.split_once(" #").map_or(line, |(code, _)| code).trim_end()
}

/// `key : value` of a line.
fn pair(line: &str) -> Option<(&str, &str)> {
    let (key, value) = without_comment(line).split_once(':')?;
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
        gatherer.expect_of(index + 1, line);
        let item = without_comment(line).trim().strip_prefix("- ").filter(|item| !item.contains(": "));
        // Targets stand below the key, or beside it in brackets.
        let beside = pair(line).filter(|(key, _)| *key == "targets").map_or("", |(_, value)| value);
        let targets = match (pair(line), item) {
            (Some(("dnsName", value)), _) => {
                (name, kind, line_of, in_targets) = (Some(value), None, index + 1, false);
                ""
            }
            (Some(("recordType", value)), _) => {
                kind = Some(value);
                ""
            }
            (Some((key, _)), None) => {
                in_targets = key == "targets";
                beside
            }
            (_, Some(item)) if in_targets => item,
            _ => "",
        };
        for value in targets.split(['[', ']', ',']).map(|value| value.trim().trim_matches(['"', '\''])) {
            if let (Some(name), Some(kind)) = (name, kind.filter(|_| !value.is_empty())) {
                let line = Some(line_of);
                gatherer.offer(&Candidate { kind: Some(kind), name, value, line, ..Candidate::default() });
            }
        }
    }
}

/// Calls such as `CNAME('k1._domainkey', 'x.test.')` of a `DNSControl` configuration, which lists all of a zone.
fn dnscontrol(text: &str, gatherer: &mut Gatherer<'_>) {
    gatherer.is_inventory = true;
    let mut zone: Option<DomainName> = None;
    for (index, line) in text.lines().enumerate() {
        gatherer.expect_of(index + 1, line);
        if line.trim_start().starts_with("//") {
            gatherer.aside(Some(index + 1), line, "a comment");
            continue;
        }
        for call in line.split(')').filter(|call| call.contains('(')) {
            let (name, arguments) = call.rsplit_once('(').unwrap_or_default();
            let name =
                name.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
            let texts: Vec<&str> = arguments.split(['\'', '"']).skip(1).step_by(2).collect();
            let line = Some(index + 1);
            match (name, texts.as_slice()) {
                ("CNAME" | "TXT", [owner, value, ..]) => {
                    let (kind, base) = (Some(name), zone.as_ref());
                    let candidate = Candidate {
                        kind,
                        name: owner,
                        value,
                        base,
                        is_by_column: true,
                        line,
                        ..Candidate::default()
                    };
                    gatherer.offer(&candidate);
                }
                (kind, [_, ..]) if words::record_type_in_sentence(kind).is_some() => {
                    gatherer.aside(line, call, "a record of another type");
                }
                _ => {}
            }
        }
        let domain = ["D(", "D_EXTEND("].iter().find_map(|call| line.trim_start().strip_prefix(call));
        if let Some(domain) = domain.and_then(|rest| rest.split(['\'', '"']).nth(1)) {
            zone = DomainName::parse(domain).ok();
            gatherer.take(domain);
        }
    }
}

/// A diff or the preview of a plan without what it takes away; `None` where the text is none. Lines keep their places.
fn without_removals(text: &str, gatherer: &mut Gatherer<'_>) -> Option<String> {
    let is_hunk = |line: &str| ["@@ ", "diff ", "+++ "].iter().any(|start| line.starts_with(start));
    let opens = |sign: char| {
        move |line: &str| {
            let rest = line.strip_prefix(sign).map(str::trim_start);
            // No number of a telephone.
            rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_alphabetic() || c == '_'))
        }
    };
    let has = |what: &dyn Fn(&str) -> bool| text.lines().any(what);
    let is_two_sided = has(&opens('<')) && has(&opens('>')) && has(&|line| line.starts_with("---"));
    let is_diff = is_two_sided || has(&is_hunk) || has(&opens('-')) && has(&opens('+'));
    let is_step = |line: &str| {
        let rest = line.trim_start().strip_prefix(['+', '~', '-', '±']).map(str::trim_start);
        let is_attribute =
            |rest: &str| ATTRIBUTES.iter().any(|key| rest.starts_with(key)) && rest.contains(" = ");
        rest.is_some_and(|rest| STEPS.iter().any(|step| rest.starts_with(step)) || is_attribute(rest))
    };
    if !is_diff && !has(&is_step) {
        return None;
    }
    let mut left = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let code = if is_diff { line } else { line.trim_start() };
        let goes = code.starts_with('-') || is_two_sided && code.starts_with('<');
        if goes || is_hunk(code) || !is_diff && code.starts_with('#') {
            gatherer.aside(Some(index + 1), code, "a line that is taken away, or about the change itself");
            left.push(String::new());
            continue;
        }
        let signs: &[char] = if is_two_sided { &['>', ' '] } else { &['+', '~', '±', ' '] };
        let rest = code.strip_prefix(signs).unwrap_or(code);
        // Of `key = "old" -> "new"` the new counts.
        let key = |old: &str| {
            let (key, _) = old.split_once('=')?;
            key.trim().chars().all(|c| c.is_ascii_alphanumeric() || c == '_').then(|| key.to_owned())
        };
        let change = rest.split_once("->").filter(|_| !is_diff);
        match change.and_then(|(old, new)| Some((key(old)?, new))) {
            Some((key, new)) => left.push(format!("{key}= {}", new.trim())),
            None => left.push(rest.to_owned()),
        }
    }
    Some(left.join("\n"))
}

/// What follows the sign of a step in the previews of Terraform, `OpenTofu` and `DNSControl`.
const STEPS: &[&str] = &["resource \"", "CREATE ", "DELETE ", "MODIFY "];
/// Attributes of a record in such previews.
const ATTRIBUTES: &[&str] = &["name ", "content ", "value ", "rrdatas ", "records "];
