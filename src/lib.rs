//! Finds, repairs and confirms the mail authentication CNAME records of a domain at Cloudflare.

pub mod apply;
pub mod catalogue;
pub mod cloudflare;
pub mod confirm;
pub mod diagnosis;
pub mod dns;
pub mod expectation;
pub mod failure;
pub mod ids;
pub mod interrupt;
pub mod inventory;
pub mod journal;
pub mod lookup;
pub mod mailauth;
pub mod plain;
pub mod plan;
pub mod progress;
pub mod report;
#[cfg(feature = "sandbox")]
pub mod sandbox;

#[cfg(test)]
mod testing;
