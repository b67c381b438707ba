//! Asking public DNS. Effects: network.

pub mod ask;
mod kept_sockets;
mod message;
mod transport;
