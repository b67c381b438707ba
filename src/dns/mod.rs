//! The vocabulary of DNS that the rest of the program speaks. Pure.

mod name;
mod record;

pub use name::{BadName, DomainName};
pub use record::{RecordType, Ttl};
