//! What a file of the state folder begins with: its format and the version of that. Pure.

use serde::de::DeserializeOwned;
use serde_json::Value;

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadStateFile {
    #[error("it has version {found}, this program knows version {known}")]
    Version { found: u64, known: u32 },
    #[error("it makes no sense")]
    Damaged(#[source] serde_json::Error),
    #[error("line {0} makes no sense")]
    Line(usize, #[source] serde_json::Error),
    /// It is about another zone or another API.
    #[error("it is about {0}")]
    Other(String),
}

/// Reads a JSON object whose `member` tells its version.
pub fn read<T: DeserializeOwned>(text: &str, member: &str, known: u32) -> Result<T, BadStateFile> {
    let value: Value = serde_json::from_str(text).map_err(BadStateFile::Damaged)?;
    match value.get(member).and_then(Value::as_u64) {
        Some(found) if found != u64::from(known) => Err(BadStateFile::Version { found, known }),
        _ => serde_json::from_value(value).map_err(BadStateFile::Damaged),
    }
}
