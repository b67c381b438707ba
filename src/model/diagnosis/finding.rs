//! What a finding is: a problem with its facts, how it is known, and what would fix it. Pure.
//!
//! No sentence stands here: `wording` composes them. Code and severity follow from the problem.

use std::sync::Arc;

use super::{
    Code, Discovery, DmarcProblem, Grounds, Hidden, MailRecord, Malformed, Presence, Proposed, Remedy,
    Severity, TargetProblem, ZoneProblem,
};
use crate::model::catalog::{Provider, Role};
use crate::model::dns::{DomainName, RecordType};
use crate::model::expectation::{Expectation, Source};
use crate::model::inventory::{HeldRecord, Inventory, ProxyStatus};
use crate::model::lookup::{Observation, Server};
use crate::model::members::RecordFields;

/// One thing the diagnosis has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub problem: Problem,
    /// The name it is about; the apex for what concerns the zone.
    pub name: DomainName,
    /// Whose record it is.
    pub provider: Option<Arc<Provider>>,
    /// What the record is for.
    pub role: Option<Role>,
    /// How the tool knows, beside what the problem tells itself.
    pub(super) evidence: Vec<Evidence>,
    /// What would fix it and may be done by the tool.
    pub remedy: Option<Remedy>,
    /// Why the tool may not fix it, although it knows how.
    pub(super) blocker: Option<Blocker>,
}

/// What is wrong, or worth knowing, with the facts that it takes to say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The zone, or who keeps its records.
    Zone(ZoneProblem),
    /// A record is filed with a typical mistake.
    Malformed(Malformed),
    /// What is asked for is not there.
    Presence(Presence),
    /// What a snapshot, the audit log or a set suggest is not there.
    Proposed(Proposed),
    /// A record is right, and does not show.
    Hidden(Hidden),
    /// What public resolvers say about the target is not usable.
    Target { target: DomainName, heard: Observation, problem: TargetProblem },
    /// Receivers do not act on a DMARC policy; `published` if only public DNS can be seen.
    Dmarc { problem: DmarcProblem, published: Option<Observation> },
    /// What public DNS and the providers tell.
    Discovery(Discovery),
    /// Public DNS does not show what is wanted.
    NotConfirmed(Published),
    /// A record that is to be put back was changed since, from these members.
    EditedSince { edit: Edit, before: Option<RecordFields> },
}

/// A group of problems is a problem.
macro_rules! groups {
    ($($group:ident: $type:ty,)+) => {
        $(impl From<$type> for Problem {
            fn from(one: $type) -> Self {
                Self::$group(one)
            }
        })+
    };
}

groups! {
    Zone: ZoneProblem,
    Malformed: Malformed,
    Presence: Presence,
    Proposed: Proposed,
    Hidden: Hidden,
    Discovery: Discovery,
    NotConfirmed: Published,
}

/// What public DNS shows where something else is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    /// The name belongs to other servers from here on.
    Delegated(DomainName),
    /// A resolver holds an old answer, for so many seconds.
    Stale(Option<u64>),
    /// Another target, or nothing usable behind it.
    Wrong,
    /// No CNAME.
    Absent,
    /// Resolvers refuse the signatures.
    NotValidated,
    /// All servers of one kind are silent.
    Silent,
    /// No usable answer.
    Unknown,
}

/// What happened to a record since a run changed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// It was deleted.
    Deleted,
    /// These members were changed.
    Changed(Vec<&'static str>),
    /// The same, of a record that the run created.
    CreatedAndChanged(Vec<&'static str>),
    /// A later run changed it.
    LaterRun(String),
    /// This run put it back, and somebody made the change again.
    PutBackBy(String),
    /// It is as the run asked, and was changed at another time.
    AnotherTime,
    /// Its place is taken: the name and the type of what is there.
    Occupied(DomainName, RecordType),
    /// The journal's record cannot be read.
    NotUnderstood,
}

/// How the tool knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// Cloudflare's API shows a CNAME, and whether it is proxied where that matters.
    Cname(DomainName, Option<ProxyStatus>),
    /// Cloudflare's API shows another record.
    Record(RecordType, String),
    /// Cloudflare's API shows nothing at the name.
    NoRecord,
    /// The comment at the record.
    Comment(String),
    /// Somebody asks for a record.
    Asked(Source, RecordType, String),
    /// Somebody asks for another target than was decided.
    Dissent(Source, DomainName),
    /// The target stands at another name as well.
    SameTargetAt(DomainName),
    /// How the record was recognised.
    Recognised(Grounds),
    /// An authoritative server says.
    Heard(Observation),
    /// Whether the zone flattens all aliases is not known.
    FlatteningUnread,
    /// What one server says, and how long it may.
    Server { server: Server, heard: Option<Observation>, until: Option<String> },
    /// What else is known, in the words of its source.
    Note(String),
}

/// Why the tool may not fix what it could.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blocker {
    /// Another finding about the name or the zone.
    Finding(Code),
    /// A CNAME does not belong at the apex.
    Apex,
    /// Another target is wanted at this name.
    OtherTarget(DomainName),
    /// What is known disagrees.
    SourcesDisagree,
    /// The provider asks for other records than a CNAME.
    CnameInsteadOfMx(Arc<Provider>, Box<str>),
}

impl Evidence {
    /// An expectation, as evidence.
    pub(super) fn asked(one: &Expectation) -> Self {
        Self::Asked(one.source.clone(), RecordType::Cname, one.target.to_string())
    }

    /// What Cloudflare's API shows at a name: a few records, shortened.
    pub(super) fn records(held: &Inventory, name: &DomainName) -> impl Iterator<Item = Self> {
        let short = |record: &HeldRecord| record.content.chars().take(80).collect();
        held.at(name).take(5).map(move |record| Self::Record(record.kind.clone(), short(record)))
    }
}

impl Finding {
    /// A finding about a name.
    pub fn new(problem: impl Into<Problem>, name: &DomainName) -> Self {
        let (provider, role, evidence, remedy, blocker) = (None, None, Vec::new(), None, None);
        let problem = problem.into();
        Self { problem, name: name.clone(), provider, role, evidence, remedy, blocker }
    }

    /// A finding about a mail record.
    pub(super) fn about(record: &MailRecord, problem: impl Into<Problem>) -> Self {
        let known = &record.classification;
        Self::new(problem, &record.name).provider(known.provider.clone()).role(known.role)
    }

    /// Whose record it is.
    #[must_use]
    pub fn provider(self, provider: impl Into<Option<Arc<Provider>>>) -> Self {
        Self { provider: provider.into(), ..self }
    }

    /// What the record is for.
    #[must_use]
    pub fn role(self, role: impl Into<Option<Role>>) -> Self {
        Self { role: role.into(), ..self }
    }

    /// How the tool knows, further.
    #[must_use]
    pub fn evidence(mut self, more: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(more);
        self
    }

    /// What would fix it, unless something blocks that.
    #[must_use]
    pub(super) fn remedy(mut self, remedy: Option<Remedy>, blocker: Option<Blocker>) -> Self {
        self.remedy = remedy.filter(|_| blocker.is_none());
        self.blocker = blocker;
        self
    }

    /// Takes the remedy away.
    pub(super) fn block(&mut self, blocker: Blocker) {
        (self.remedy, self.blocker) = (None, Some(blocker));
    }

    /// The stable word for this kind of finding.
    pub fn code(&self) -> Code {
        self.class().0
    }

    /// How much it matters.
    pub fn severity(&self) -> Severity {
        self.class().1
    }

    /// Whether somebody has to do something about it.
    pub fn is_concern(&self) -> bool {
        self.severity() != Severity::Info
    }

    fn class(&self) -> (Code, Severity) {
        match &self.problem {
            Problem::Zone(one) => one.class(),
            Problem::Malformed(one) => one.class(),
            Problem::Presence(one) => one.class(),
            Problem::Proposed(one) => one.class(),
            Problem::Hidden(one) => one.class(self.role),
            Problem::Target { problem, .. } => problem.class(),
            Problem::Dmarc { problem, .. } => problem.class(),
            Problem::Discovery(one) => one.class(),
            Problem::NotConfirmed(_) => (Code::Unconfirmed, Severity::Error),
            Problem::EditedSince { .. } => (Code::EditedSince, Severity::Warning),
        }
    }
}
