//! Records as name servers hold them. Pure.

/// A record outside Cloudflare's reach, or an answer in the making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox) struct Plain {
    pub(in crate::sandbox) name: String,
    pub(in crate::sandbox) kind: String,
    pub(in crate::sandbox) content: String,
    pub(in crate::sandbox) priority: u16,
    pub(in crate::sandbox) ttl: u32,
}
