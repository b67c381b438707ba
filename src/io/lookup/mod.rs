//! Asking public DNS. Effects: network.

pub mod ask;
mod message;
mod transport;
