//! What a file or a paste was understood to say. Pure.

use std::io::{self, Write};

use crate::model::dns::Ttl;
use crate::model::expectation::document::Understood;
use crate::model::expectation::input::{Reading, Remark};
use crate::model::plain;

/// Writes what was understood, what is not for this tool, and what was not understood.
pub fn understood(one: &Understood, out: &mut dyn Write) -> io::Result<()> {
    let Reading { entries, unrecognised, policies, aside, unread, .. } = &one.reading;
    writeln!(out, "{}", head(one))?;
    for entry in entries {
        let ttl = match entry.ttl {
            Some(Ttl::Seconds(seconds)) => format!(", TTL {seconds} s"),
            Some(Ttl::Automatic) | None => String::new(),
        };
        writeln!(out, "  {}{}  CNAME  {}{ttl}", line(entry.line), entry.name, entry.target)?;
        if let Some(note) = &entry.note {
            writeln!(out, "      {}", plain::sanitize_line(note))?;
        }
    }
    for policy in policies {
        writeln!(out, "  {}{}  TXT  {}", line(policy.line), policy.name, plain::sanitize_line(&policy.text))?;
    }
    if !unrecognised.is_empty() {
        writeln!(
            out,
            "  not recognised as mail; if your platform asks for one, name it with --expect NAME=TARGET:"
        )?;
    }
    for entry in unrecognised {
        writeln!(out, "    {}{}  CNAME  {}", line(entry.line), entry.name, entry.target)?;
    }
    remarks("not looked after by this tool", aside, out)?;
    remarks("NOT understood", unread, out)
}

/// The same in short: how much was understood, and every line that was not.
pub(super) fn in_short(one: &Understood) -> Vec<String> {
    let Reading { unrecognised, unread, .. } = &one.reading;
    let unread = unread
        .iter()
        .map(|remark| format!("not understood: {}{} ({})", line(remark.line), remark.text, remark.why));
    let open = unrecognised.iter().map(|entry| {
        format!("not recognised as mail: {}{} CNAME {}", line(entry.line), entry.name, entry.target)
    });
    std::iter::once(head(one)).chain(open).chain(unread).collect()
}

fn head(Understood { origin, reading }: &Understood) -> String {
    let count = plain::count(reading.entries.len() + reading.policies.len(), "record");
    format!("{origin}, read as {}: {count} understood", reading.format.word())
}

fn remarks(title: &str, remarks: &[Remark], out: &mut dyn Write) -> io::Result<()> {
    const MOST: usize = 20;
    if remarks.is_empty() {
        return Ok(());
    }
    writeln!(out, "  {title}:")?;
    for remark in remarks.iter().take(MOST) {
        writeln!(
            out,
            "    {}{}  ({})",
            line(remark.line),
            plain::sanitize_line(&remark.text),
            plain::sanitize_line(&remark.why)
        )?;
    }
    match remarks.len().saturating_sub(MOST) {
        0 => Ok(()),
        more => writeln!(out, "    and {more} more"),
    }
}

fn line(number: Option<usize>) -> String {
    number.map_or(String::new(), |number| format!("line {number}: "))
}
