//! One way to send requests for every API: the edges give what to ask and read what comes back.

pub mod body;
mod error;
mod headers;
mod limit;
pub mod retry;
pub mod shell;

use reqwest::Method;

pub use limit::Quota;

pub use error::{ApiMessage, DecodeError, RequestErrorKind, number};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// GET changes nothing; all else may.
    pub method: Method,
    /// Below the base, without a slash in front.
    pub path: String,
    /// Names and values, not yet escaped.
    pub query: Vec<(&'static str, String)>,
    /// JSON, or nothing.
    pub body: Vec<u8>,
}

impl Request {
    /// A request that changes nothing.
    pub fn get(path: String, query: Vec<(&'static str, String)>) -> Self {
        Self { query, ..Self::bare(Method::GET, path) }
    }

    /// A request without a body.
    pub fn bare(method: Method, path: String) -> Self {
        Self { method, path, query: Vec::new(), body: Vec::new() }
    }
}
