//! Wire shapes of a batch. Pure.

use serde::{Deserialize, Serialize};

use crate::model::members::RecordFields;

/// Several changes in one transaction: all or none. Deletes are carried out first, then patches, then
/// posts.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Batch {
    /// Records to delete.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deletes: Vec<RecordRef>,
    /// Members to change; `id` tells whose.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub patches: Vec<RecordFields>,
    /// Records to create.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub posts: Vec<RecordFields>,
}

/// A record that is deleted, named by its handle alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordRef {
    /// Which record.
    pub id: String,
}

/// What a batch came to, each list in the order that was asked. Deleted records come back whole, the others
/// as they are afterwards.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct BatchReply {
    /// Records that were deleted.
    pub deletes: Option<Vec<RecordFields>>,
    /// Records that were changed.
    pub patches: Option<Vec<RecordFields>>,
    /// Records that were created.
    pub posts: Option<Vec<RecordFields>>,
}
