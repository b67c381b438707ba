//! What has been done to records, by whom and when: both audit logs are written from it. Pure.

use jiff::Timestamp;
use serde::Deserialize;

use super::{Record, World};

/// The user to whom all belongs: who set everything up in the dashboard, and whose the tokens are.
pub(crate) const OWNER: &str = "owner@example.com";

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Hand {
    /// A program, with a token of the user at this address.
    Token { id: String, name: String, email: String },
    /// A program, with the user's global key.
    Key { email: String },
    /// A person, in the dashboard.
    Person { email: String },
}

impl Hand {
    pub(crate) fn person(email: &str) -> Self {
        Self::Person { email: email.to_owned() }
    }

    pub(crate) fn is_person(&self) -> bool {
        matches!(self, Self::Person { .. })
    }

    pub(crate) fn email(&self) -> &str {
        match self {
            Self::Token { email, .. } | Self::Key { email } | Self::Person { email } => email,
        }
    }
}

/// The later state of one record.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) old: Option<Record>,
    pub(crate) new: Option<Record>,
}

impl Change {
    /// The record as it is now, or was last.
    pub(crate) fn record(&self) -> Option<&Record> {
        self.new.as_ref().or(self.old.as_ref())
    }

    /// The record's handle, which outlives every change but its deletion.
    pub(crate) fn id(&self) -> &str {
        self.record().map(|record| record.id.as_str()).unwrap_or_default()
    }
}

/// One request that was to change something. Bodies are kept as text: there can be many.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: String,
    /// With `/client/v4`.
    pub(crate) uri: String,
    pub(crate) status: u16,
    /// JSON, or empty.
    pub(crate) request: String,
    pub(crate) response: String,
}

impl Call {
    /// One that concerned the records of a zone and was done: `below` is what follows `dns_records`.
    pub(crate) fn on_records(method: &str, zone: &str, below: &str, request: &str, response: String) -> Self {
        let uri = format!("/client/v4/zones/{zone}/dns_records{below}");
        Self { method: method.to_owned(), uri, status: 200, request: request.to_owned(), response }
    }
}

/// A request with everything that it did.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    /// The entry of the second log has this number; those of the first log have the ones that follow.
    pub(crate) number: u64,
    pub(crate) at: Timestamp,
    pub(crate) account: String,
    /// Handle and name.
    pub(crate) zone: (String, String),
    pub(crate) hand: Hand,
    pub(crate) call: Call,
    pub(crate) changes: Vec<Change>,
}

/// What the first log tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AuditLog {
    #[default]
    Full,
    /// Deletions do not tell what was deleted.
    WithoutOldValues,
    /// Entries in the form of 2024.
    NewerForm,
    /// Neither log tells what happened before the scenario begins.
    Silent,
}

/// Everything that has been done, by time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log {
    pub(crate) events: Vec<Event>,
    /// The second log begins here.
    pub(crate) second_since: Timestamp,
    pub(crate) form: AuditLog,
    next: u64,
}

impl World {
    /// Enters into the log what has been done since the last entry. Returns the number of the entry.
    pub(crate) fn enter(&mut self, at: Timestamp, zone: &str, hand: Hand, call: Call) -> u64 {
        let changes = std::mem::take(&mut self.changes);
        let held = self.zone(zone);
        let account = held.map(|zone| zone.account.clone()).unwrap_or_default();
        let zone = (zone.to_owned(), held.map(|zone| zone.name.clone()).unwrap_or_default());
        let number = self.log.next;
        self.log.next += 1 + u64::try_from(changes.len()).unwrap_or_default();
        self.log.events.push(Event { number, at, account, zone, hand, call, changes });
        number
    }

    /// Puts the log in order after history has been entered.
    pub(crate) fn sort_log(&mut self) {
        self.log.events.sort_by_key(|event| event.at);
    }
}
