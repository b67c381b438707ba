//! Keeps what was open when zones were looked at last: one file per API, profile and part. Effects: files.

use std::path::{Path, PathBuf};

use super::state_file::{Kind, StateFileError};
use crate::model::baseline::{self, Baseline};

const KIND: Kind =
    Kind { what: "baseline", instead: "move {path} away and run with --baseline to begin a new one" };

/// Where something of a profile is kept, or of a part of its zones, for the API at `api`: below `folder`, with this
/// ending. What is no small letter, digit, dot or hyphen is spelt.
pub fn path(
    (state_dir, folder, ending): (&Path, &str, &str),
    api: &str,
    (profile, shard): (Option<&str>, Option<&str>),
) -> PathBuf {
    let part = shard.map(|shard| format!("+{}", spelt(shard))).unwrap_or_default();
    let name = format!("{}{part}.{ending}", spelt(profile.unwrap_or("-")));
    let host = api.split_once("://").map_or(api, |(_, rest)| rest);
    state_dir.join(folder).join(spelt(host)).join(name)
}

/// A text as one part of a path. Two texts never get one name.
fn spelt(text: &str) -> String {
    let one = |octet: u8| match octet {
        b'.' | b'-' | b'0'..=b'9' | b'a'..=b'z' => char::from(octet).to_string(),
        other => format!("_{other:02x}"),
    };
    // A name of dots would lead elsewhere; with an ending and within 255 octets it is one.
    text.bytes().take(80).map(one).collect()
}

/// The baseline in a file; `None` when there is none.
pub fn load(path: &Path) -> Result<Option<Baseline>, StateFileError> {
    KIND.load(path, baseline::read)
}

/// Puts a baseline in the place of the old one, whole or not at all.
pub fn keep(path: &Path, baseline: &Baseline) -> Result<(), StateFileError> {
    KIND.keep(path, baseline)
}
