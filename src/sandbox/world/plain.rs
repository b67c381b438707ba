//! Records as name servers hold them. Pure.

use serde::Deserialize;

/// A record outside Cloudflare's reach, or an answer in the making.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plain {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) content: String,
    #[serde(default)]
    pub(crate) priority: u16,
    #[serde(default = "hour")]
    pub(crate) ttl: u32,
}

fn hour() -> u32 {
    3_600
}

impl Plain {
    pub(crate) fn new(name: &str, kind: &str, content: impl Into<String>, ttl: u32) -> Self {
        Self { name: name.to_owned(), kind: kind.to_owned(), content: content.into(), priority: 0, ttl }
    }
}
