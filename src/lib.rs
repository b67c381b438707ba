//! Finds, repairs and confirms the mail authentication CNAME records of a domain at Cloudflare.

pub mod catalogue;
pub mod cloudflare;
pub mod diagnosis;
pub mod dns;
pub mod expectation;
pub mod failure;
pub mod ids;
pub mod interrupt;
pub mod inventory;
pub mod lookup;
pub mod mailauth;
pub mod plain;
pub mod progress;

#[cfg(test)]
mod testing;
