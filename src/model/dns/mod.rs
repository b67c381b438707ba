//! The vocabulary of DNS that the rest of the program speaks. Pure.

mod name;
mod record;

pub use name::{BadName, DomainName, is_misspelt};
pub use record::{RecordType, Ttl};
