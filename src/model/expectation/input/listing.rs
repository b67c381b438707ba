//! What other programs print and keep: refused by name, but for Microsoft's list of selectors. Pure.

use super::gather::{Candidate, Gatherer};
use super::{BadInput, numbered};
use crate::model::dns::DomainName;

const LOOKUP: &str = "it shows what DNS answers now, not what your platform asks for: copy the records from the \
    platform's page, or look at the domain with `cf-domauth confirm`";
const CHANGE: &str = "it shows what changes, not what is wanted: give the file as it is after the change";
const KEPT: &str = "write name and target of each record on one line, or in a manifest";
const SES: &str = "tokens are no records: copy the CNAME records that the console of Amazon SES shows for the identity, \
    or its CSV file";
const QUOTED: &str = "a name is broken over two lines: save the mail itself, and give that file";

/// Lines that only one program writes begin so: the program, and what to do instead.
const BEGINNINGS: &[(&str, &str, &str)] = &[
    ("Non-authoritative answer", "nslookup", LOOKUP),
    ("; <<>> DiG", "dig", LOOKUP),
    (";; Got answer:", "dig", LOOKUP),
    (";; ANSWER SECTION", "dig", LOOKUP),
    ("state: absent", "an Ansible task that removes records", "keep only the records that are to be there"),
    ("kind: DNSEndpoint", "external-dns", KEPT),
    ("D('", "DNSControl", KEPT),
    ("D(\"", "DNSControl", KEPT),
    ("D_EXTEND(", "DNSControl", KEPT),
    ("@@ ", "diff", CHANGE),
    ("diff ", "diff", CHANGE),
    ("+++ ", "diff", CHANGE),
];

/// Refuses what says nothing about the records that are wanted, or says it in a form that is not read.
pub(super) fn refuse(text: &str) -> Result<(), BadInput> {
    let mut lines = text.lines().map(str::trim).peekable();
    // How lines of a diff open: with a sign and a word, which is no number of a telephone; and they hold a name, which a
    // list with a button for one more does not.
    let mut signs = [('-', false), ('+', false), ('<', false), ('>', false)];
    let whole = ["CNAME", "Section", "\"Tokens\"", "\n---"].map(|words| text.contains(words));
    while let Some(line) = lines.next() {
        for (sign, is_there) in &mut signs {
            let rest = line.strip_prefix(*sign).map(str::trim_start);
            let is_word = |rest: &str| rest.starts_with(|c: char| c.is_alphabetic() || c == '_');
            *is_there |= rest.is_some_and(|rest| is_word(rest) && rest.trim_end_matches('.').contains('.'));
        }
        let found = program(line, lines.peek().copied().unwrap_or_default(), whole);
        let is_diff = matches!(signs, [(_, true), (_, true), ..])
            || matches!(signs, [.., (_, true), (_, true)]) && whole.ends_with(&[true]);
        if let Some((format, instead)) = found.or_else(|| is_diff.then_some(("diff", CHANGE))) {
            return Err(BadInput::Foreign { format, instead });
        }
    }
    Ok(())
}

/// The program that wrote a line, and what to do instead.
fn program(
    line: &str,
    next: &str,
    [has_alias, has_section, has_tokens, _]: [bool; 4],
) -> Option<(&'static str, &'static str)> {
    let begins = |(start, ..): &&(&str, &str, &str)| line.starts_with(start);
    if let Some((_, format, instead)) = BEGINNINGS.iter().find(begins) {
        return Some((format, instead));
    }
    // The server that was asked stands above its address.
    let is_asked = line.starts_with("Server:") && (next.starts_with("Address:") || !has_alias);
    let is_error = line.starts_with("**") && line.contains(" can't find ");
    if is_asked || is_error || line.contains("canonical name = ") {
        return Some(("nslookup", LOOKUP));
    }
    if line.contains("NameHost") && has_section {
        return Some(("Resolve-DnsName", LOOKUP));
    }
    if line.contains("\"DkimTokens\"") || line.contains("\"DkimAttributes\"") && has_tokens {
        return Some(("Amazon SES (tokens)", SES));
    }
    let step = line.strip_prefix(['+', '~', '-', '±']).map(str::trim_start).unwrap_or_default();
    let is_step =
        ["resource \"", "CREATE ", "DELETE ", "MODIFY "].iter().any(|start| step.starts_with(start));
    if is_step || !line.starts_with('-') && step.contains(" = ") {
        return Some(("a plan of changes", CHANGE));
    }
    let word = line.strip_suffix('=').and_then(|rest| rest.rsplit(char::is_whitespace).next());
    let is_broken = word.is_some_and(|word| word.contains('.') && !word.contains('='));
    is_broken.then_some(("a mail program (quoted-printable)", QUOTED))
}

/// Reads `Get-DkimSigningConfig | Format-List`: the selector's number stands in the key, the domain in `Identity`.
/// `false` where the text is none.
///
/// Source: `learn.microsoft.com/powershell/module/exchange/get-dkimsigningconfig`; from general knowledge.
pub(super) fn read(text: &str, gatherer: &mut Gatherer<'_>) -> bool {
    if !text.lines().any(|line| line.trim_start().starts_with("Selector1CNAME")) {
        return false;
    }
    let mut domain: Option<DomainName> = None;
    for (at, text) in numbered(text) {
        gatherer.expect_of(at, text);
        let Some((key, value)) = text.split_once(':').map(|(key, value)| (key.trim(), value.trim())) else {
            continue;
        };
        let number = key.strip_prefix("Selector").and_then(|rest| rest.strip_suffix("CNAME"));
        match (number.filter(|_| !value.is_empty()), &domain) {
            (None, _) if matches!(key, "Identity" | "Domain" | "Name") => {
                domain = DomainName::parse(value).ok();
            }
            (None, _) => {}
            // The tenant's own domain has its records at Microsoft.
            (Some(_), Some(domain)) if domain.as_str().ends_with(".onmicrosoft.com") => {
                gatherer.aside(Some(at), value, "Microsoft keeps the records of its own domains");
            }
            (Some(number), Some(domain)) => {
                let name = &format!("selector{number}._domainkey.{domain}.");
                gatherer.offer(Candidate::of(Some("CNAME"), name, value, Some(at)));
            }
            (Some(_), None) => gatherer.unread(Some(at), value, "no line above says which domain it is for"),
        }
    }
    true
}
