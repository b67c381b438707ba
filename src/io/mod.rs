//! The world outside: the HTTP shell, Cloudflare, the providers' APIs, public DNS, files, signals.

pub mod cloudflare;
pub mod files;
pub mod http;
pub mod interrupt;
pub mod keyring;
pub mod lookup;
pub mod provider;
pub mod secret;
pub mod store;
pub mod tls;
