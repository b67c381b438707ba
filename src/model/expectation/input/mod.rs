//! Which records a text from outside asks for: a manifest, JSON, a table, a zone file or a pasted page. Pure.
//!
//! ```text
//!  bytes ─► markup, encoding ─► the format, told from the content ─► candidates ─► gather ─► Reading
//! ```
//!
//! Each format only finds candidates. One place, `gather`, decides what a candidate is worth, so that
//! a name means the same in every format. Nothing is guessed silently: what looks like a record and
//! could not be read stands in [`Reading::unread`], and what nothing shows to be for mail in
//! [`Reading::unrecognised`]. Lines are counted from 1.

mod bad;
mod coverage;
mod encoding;
mod gather;
mod json;
mod listing;
mod manifest;
mod markup;
mod names;
mod page;
mod rows;
mod sense;
mod token;
mod words;
mod zone_file;

pub use bad::BadInput;
pub use manifest::{to_json, to_manifest};

use crate::model::catalog::Catalog;
use crate::model::dns::{DomainName, Ttl};

use gather::Gatherer;

/// The longest input in bytes. Who reads a file or a pipe need not read more than one byte further.
pub const LONGEST_INPUT: usize = 4 * 1024 * 1024;

/// What is known before the input is read.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The zones that are worked on; may be empty.
    pub zones: &'a [DomainName],
    /// What relative names belong below, where that is not the zones: a name inside of one.
    pub bases: &'a [DomainName],
    /// The known providers: tells a target from a name.
    pub catalog: &'a Catalog,
}

crate::model::words::words! {
    /// The format an input was recognised as.
    pub enum Format {
        /// Of this program.
        Manifest = "a manifest",
        /// A manifest, or whatever an API returned.
        Json = "JSON",
        /// With commas, semicolons or tabs.
        Table = "a table",
        /// Such as BIND reads and Cloudflare exports.
        ZoneFile = "a zone file",
        /// What another program prints or keeps.
        Listing = "the output of a program",
        /// Copied from a page, or its source.
        Paste = "pasted text",
        /// The text of a mail.
        Mail = "a saved mail (lines are counted in its text)",
    }
}

/// One CNAME record that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub name: DomainName,
    pub target: DomainName,
    /// How long answers may be kept, where the input says so.
    pub ttl: Option<Ttl>,
    /// Who wants the record, as a label for people.
    pub provider: Option<String>,
    pub line: Option<usize>,
    /// How it was read, where that is not plain.
    pub note: Option<String>,
}

/// A DMARC policy that is asked for, as a TXT record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The full name; its first label is `_dmarc`.
    pub name: DomainName,
    /// The logical text, without quotes.
    pub text: String,
    pub line: Option<usize>,
}

/// Something in the input that became no record.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Remark {
    pub line: Option<usize>,
    /// What stands there, harmless for a terminal.
    pub text: String,
    pub why: String,
}

/// All that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// What the input was recognised as.
    pub format: Format,
    /// A manifest, in whatever form: its author is believed.
    pub is_manifest: bool,
    /// The records for mail, each once, in the order of the input.
    pub entries: Vec<Entry>,
    /// Records of which nothing shows that they are for mail: they change nothing that is there.
    pub unrecognised: Vec<Entry>,
    /// The DMARC policies, each once, in the order of the input.
    pub policies: Vec<Policy>,
    /// Understood, but no business of this program: MX, SPF, addresses and so on.
    pub aside: Vec<Remark>,
    /// Not understood, or not without guessing.
    pub unread: Vec<Remark>,
}

pub(super) use names::is_relative;

/// Reads an input of any known format; the content tells which.
pub fn read(bytes: &[u8], context: &Context<'_>) -> Result<Reading, BadInput> {
    if bytes.len() > LONGEST_INPUT {
        return Err(BadInput::TooLarge);
    }
    let mail = markup::mail(bytes);
    let text = encoding::decode(mail.as_ref().map_or(bytes, |mail| mail.text.as_bytes()))?;
    listing::refuse(&text)?;
    let mut gatherer = Gatherer::new(context);
    for name in mail.iter().flat_map(|mail| &mail.attachments) {
        gatherer.unread(None, name, "an attachment of the mail is not read: save it and give it by itself");
    }
    let format = classify(&text, &mut gatherer)?;
    gatherer.finish(if mail.is_some() { Format::Mail } else { format })
}

/// From the strictest format to the one that takes anything.
fn classify(text: &str, gatherer: &mut Gatherer<'_>) -> Result<Format, BadInput> {
    if manifest::is_manifest(text) {
        manifest::read_toml(text, gatherer)?;
        return Ok(Format::Manifest);
    }
    if json::read(text, gatherer)? {
        return Ok(Format::Json);
    }
    if listing::read(text, gatherer) {
        return Ok(Format::Listing);
    }
    gatherer.expect_signs(text);
    let text = &*encoding::plain(text);
    if let Some(page) = markup::html(text) {
        for (line, text) in &page.struck {
            gatherer.aside(Some(*line), text, "struck out or hidden on the page");
        }
        page::read(rows::of(page.lines.iter().map(|(line, text)| (*line, text.as_str()))), gatherer);
        return Ok(Format::Paste);
    }
    if zone_file::is_zone_file(text) {
        zone_file::read(text, gatherer);
        return Ok(Format::ZoneFile);
    }
    let lines = || rows::of(numbered(text));
    let table = rows::of_table(text);
    let format = if table.is_some() { Format::Table } else { Format::Paste };
    page::read(table.unwrap_or_else(lines), gatherer);
    Ok(format)
}

/// The lines of a text with their numbers.
fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.split('\n'))
}

#[cfg(test)]
mod tests;
