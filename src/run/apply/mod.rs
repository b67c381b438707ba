//! Makes a plan so. Effects in [`execute`].

mod batch;
pub mod execute;
