//! An API client that knows nothing of this program.
//!
//! Covers zones, DNS records (list, one, create, patch, batch) and the DNS settings of zones and
//! accounts of Cloudflare's API v4. Nothing is generated; what is optional in practice is optional
//! here, unknown members are accepted, and record types that nobody here knows are kept.
//!
//! Source: Cloudflare's `OpenAPI` description at `developers.cloudflare.com`, and real answers of August 2025
//! recorded by the tests of `dns-lexicon`; checked 2026-08-22.

pub mod client;
mod connection;
mod credential;
mod envelope;
mod error;
mod records;
mod translate;
mod zones;

pub use connection::{Connection, ConnectionError};
pub use credential::Credential;
pub use envelope::Page;
pub use error::{Operation, RequestError};
pub use records::{Batch, BatchReply, RecordRef};
pub use translate::BadZone;
pub use zones::{
    WireAccount, WireAccountSettings, WireDnssec, WirePlan, WireToken, WireZone, WireZoneMeta,
    WireZoneSettings,
};
