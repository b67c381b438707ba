//! The world outside: the HTTP shell, Cloudflare, the providers' APIs, public DNS, files, signals.

pub mod cloudflare;
pub mod files;
pub mod http;
pub mod interrupt;
pub mod keyring;
pub mod lookup;
pub mod secret;
pub mod sender;
pub mod store;
pub mod tls;
