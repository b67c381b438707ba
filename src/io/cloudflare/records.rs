//! Wire shapes of a batch. Pure.

use serde::{Deserialize, Serialize};

use crate::model::members::RecordFields;

/// Several changes in one transaction: all or none. Deletes are carried out first, then patches, then
/// posts.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Batch {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deletes: Vec<RecordRef>,
    /// Members to change; `id` tells whose.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub patches: Vec<RecordFields>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub posts: Vec<RecordFields>,
}

/// A record that is deleted, named by its handle alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordRef {
    pub id: String,
}

/// What a batch came to, each list in the order that was asked. Deleted records come back whole, the others
/// as they are afterwards.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct BatchReply {
    pub deletes: Option<Vec<RecordFields>>,
    pub patches: Option<Vec<RecordFields>>,
    pub posts: Option<Vec<RecordFields>>,
}
