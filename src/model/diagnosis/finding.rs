//! What a finding is: a problem with its facts, how it is known, and what would fix it. Pure.
//!
//! No sentence stands here: `wording` composes them. Code and severity follow from the problem.

use std::sync::Arc;

use super::{
    Code, DmarcProblem, Grounds, MailRecord, Masking, Owner, Remedy, Severity, TargetProblem, Tool, Trace,
    recognise,
};
use crate::model::catalogue::{Catalogue, Provider, Role, Treatment};
use crate::model::dns::{DomainName, RecordType};
use crate::model::expectation::{Expectation, Source};
use crate::model::inventory::{HeldRecord, Inventory, ProxyStatus, Zone};
use crate::model::lookup::{Observation, Server};
use crate::model::mailauth::BadKey;
use crate::model::members::Members;

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
#[expect(missing_docs, reason = "the fields are what the variant says")]
pub enum Problem {
    /// Public DNS does not ask this zone.
    ZoneNotServing { zone: Box<Zone>, delegated_to: Vec<DomainName> },
    /// The DS record at the registrar is for keys that the zone is not signed with.
    DnssecBroken { stale: Vec<u16>, signing: Option<u16> },
    /// An NS record hands the name on; `heard` if only public DNS shows it.
    DelegatedAway { cut: DomainName, heard: Option<Observation> },
    /// A product of Cloudflare's owns the record.
    ReadOnly,
    /// A tool keeps the record as it is.
    KeptByTool(Tool, Trace),
    /// The provider asks for records of other types where the CNAME is.
    CnameInsteadOfMx { target: DomainName, instead: Box<str> },
    /// The zone stands twice in the name.
    DoubledName { meant: DomainName, is_taken: bool },
    /// The zone was appended to the target.
    ZoneInTarget { target: DomainName, meant: DomainName },
    /// The record stands at a name whose `_domainkey` or `_dmarc` is misspelt.
    MisspeltLabel { found: DomainName, target: DomainName },
    /// The target is filed as text.
    TxtInsteadOfCname { zone: DomainName, target: DomainName },
    /// Nothing is filed at a name that is expected.
    NotFiled,
    /// No CNAME is filed at a name given with `--record`.
    NamedAndNotFiled,
    /// Records of these types hold the name.
    InTheWay(Vec<RecordType>),
    /// The record points elsewhere than it is expected to.
    WrongTarget { held: DomainName, expected: DomainName },
    /// Somebody else's record holds the name.
    Taken { held: DomainName, owner: Owner },
    /// Those who may decide want different targets.
    Disputed,
    /// The record is gone, as `source` tells.
    Lost { zone: DomainName, source: Source, is_occupied: bool },
    /// The record points elsewhere than when it was healthy.
    TargetChanged { held: DomainName, before: DomainName, is_in_snapshot: bool },
    /// The record does not go with another of its set, `of`.
    NotInSet { held: DomainName, expected: DomainName, of: DomainName, is_misspelt: bool },
    /// The same, where only public DNS can be seen.
    PublishedNotInSet { held: DomainName, expected: DomainName, of: DomainName },
    /// A set lacks the record that points there, and nothing tells its name.
    SetLacks { target: DomainName },
    /// The same, where only public DNS can be seen; it belongs beside `of`.
    NotChecked { target: DomainName, of: DomainName },
    /// A list asks for a record, and nothing shows that it is for mail.
    NotRecognised { target: DomainName, is_free: bool },
    /// A mail record is proxied; `hidden_by` if that does not show today.
    Proxied { hidden_by: Option<Masking> },
    /// A record is proxied, and that may be on purpose.
    PerhapsProxiedOnPurpose(Grounds),
    /// A tracking record is proxied.
    TrackingProxied(Treatment),
    /// The record is flattened.
    Flattened,
    /// All aliases of the zone are flattened, so many mail records among them.
    ZoneFlattened(usize),
    /// The target lies in the same zone.
    SameZoneTarget,
    /// The zone's own name server answers otherwise than the API shows.
    AnswersDiffer,
    /// What public resolvers say about the target is not usable.
    Target { target: DomainName, heard: Observation, problem: TargetProblem },
    /// Receivers do not act on a DMARC policy; `published` if only public DNS can be seen.
    Dmarc { problem: DmarcProblem, published: Option<Observation> },
    /// A policy at `at` names a host of a provider that has no DKIM record here.
    DkimMissing { at: DomainName, host: DomainName },
    /// The audit log could not be read, and why.
    AuditLogUnread(String),
    /// None of so many usual names is there.
    NoUsualNames(usize),
    /// Of the usual names so many were not answered, and some are others' to answer: zone cuts and their servers.
    UsualNamesNotAsked { silent: usize, delegated: Vec<(DomainName, Vec<DomainName>)> },
    /// No server gave a usable answer about one name.
    NotAsked { name: DomainName, heard: Observation },
    /// The provider does not see a record that public DNS shows.
    NotSeenByProvider { service: &'static str, what: String, reason: Option<String> },
    /// Public DNS does not show what is wanted.
    NotConfirmed(Published),
    /// A record that is to be put back was changed since, from these members.
    EditedSince { edit: Edit, before: Option<Members> },
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
    /// It is as the run asked, and was changed at another time.
    AnotherTime,
    /// Its place is taken: the name and the type of what is there.
    Occupied(DomainName, RecordType),
    /// The journal's record cannot be read.
    NotUnderstood,
}

/// How the tool knows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are what the variant says")]
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
    pub fn new(problem: Problem, name: &DomainName) -> Self {
        let (provider, role, evidence, remedy, blocker) = (None, None, Vec::new(), None, None);
        Self { problem, name: name.clone(), provider, role, evidence, remedy, blocker }
    }

    /// A finding about the record that would stand at `name` if it led to `target`.
    pub(super) fn of(
        problem: Problem,
        name: &DomainName,
        target: &DomainName,
        catalogue: &Catalogue,
    ) -> Self {
        let known = recognise(name, target, false, catalogue);
        let (role, provider) = known.map(|known| (known.role, known.provider)).unzip();
        Self::new(problem, name).role(role).provider(provider.flatten())
    }

    /// A finding about a mail record.
    pub(super) fn about(record: &MailRecord, problem: Problem) -> Self {
        let known = &record.recognition;
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

    fn class(&self) -> (Code, Severity) {
        use Severity::{Error, Info, Warning};
        let unless = |is_mild: bool| if is_mild { Warning } else { Error };
        match &self.problem {
            Problem::ZoneNotServing { .. } => (Code::ZoneNotServing, Error),
            Problem::DnssecBroken { .. } => (Code::DnssecBroken, Error),
            Problem::DelegatedAway { .. } => (Code::DelegatedAway, Error),
            Problem::ReadOnly | Problem::KeptByTool(..) => (Code::ManagedElsewhere, Warning),
            Problem::CnameInsteadOfMx { .. } => (Code::CnameInsteadOfMx, Error),
            Problem::DoubledName { is_taken, .. } => (Code::DoubledName, unless(*is_taken)),
            Problem::ZoneInTarget { .. } => (Code::ZoneInTarget, Error),
            Problem::MisspeltLabel { .. } | Problem::NoUsualNames(_) => (Code::Missing, Warning),
            Problem::TxtInsteadOfCname { .. } => (Code::TxtInsteadOfCname, Error),
            Problem::NotFiled | Problem::NamedAndNotFiled => (Code::Missing, Error),
            Problem::InTheWay(_) => (Code::InTheWay, Error),
            Problem::WrongTarget { .. } => (Code::WrongTarget, Error),
            Problem::Taken { .. } => (Code::Taken, Error),
            Problem::Disputed | Problem::TargetChanged { .. } => (Code::WrongTarget, Warning),
            Problem::Lost { source, is_occupied, .. } => lost(source, *is_occupied),
            Problem::NotInSet { is_misspelt, .. } => (Code::IncompleteSet, unless(!is_misspelt)),
            Problem::PublishedNotInSet { .. } | Problem::SetLacks { .. } | Problem::NotChecked { .. } => {
                (Code::IncompleteSet, Warning)
            }
            Problem::NotRecognised { .. } => (Code::NotRecognised, Info),
            Problem::Proxied { hidden_by: None } => (Code::Proxied, Error),
            Problem::Proxied { hidden_by: Some(_) } => (Code::HiddenProxied, Warning),
            Problem::PerhapsProxiedOnPurpose(_) => (Code::Proxied, Warning),
            Problem::TrackingProxied(_) => (Code::TrackingProxied, Info),
            Problem::Flattened => (Code::Flattened, Error),
            Problem::ZoneFlattened(_) => (Code::ZoneFlattened, Error),
            // Whether the text of a policy survives flattening is not established.
            Problem::SameZoneTarget => (Code::SameZoneTarget, unless(self.role == Some(Role::Dmarc))),
            Problem::Target { problem, .. } => target(problem),
            Problem::Dmarc { problem, .. } => match problem {
                DmarcProblem::Missing => (Code::DmarcMissing, Warning),
                DmarcProblem::Weaker { .. } => (Code::DmarcInvalid, Warning),
                DmarcProblem::Ignored(_) | DmarcProblem::NoPolicy => (Code::DmarcInvalid, Error),
                DmarcProblem::Several(_) => (Code::DmarcDuplicated, Error),
            },
            Problem::DkimMissing { .. } => (Code::DkimMissing, Warning),
            Problem::AuditLogUnread(_) => (Code::AuditLogUnread, Warning),
            Problem::UsualNamesNotAsked { .. } | Problem::NotAsked { .. } => (Code::Unconfirmed, Warning),
            Problem::AnswersDiffer | Problem::NotSeenByProvider { .. } | Problem::NotConfirmed(_) => {
                (Code::Unconfirmed, Error)
            }
            Problem::EditedSince { .. } => (Code::EditedSince, Warning),
        }
    }
}

fn lost(source: &Source, is_occupied: bool) -> (Code, Severity) {
    let (code, severity) = match source {
        Source::Sibling { is_needed: true, .. } => (Code::IncompleteSet, Severity::Error),
        Source::Sibling { .. } => (Code::IncompleteSet, Severity::Warning),
        Source::AuditLog { .. } => (Code::Missing, Severity::Warning),
        _ => (Code::Missing, Severity::Error),
    };
    (if is_occupied { Code::InTheWay } else { code }, severity)
}

fn target(problem: &TargetProblem) -> (Code, Severity) {
    let code = match problem {
        TargetProblem::Gone => Code::TargetGone,
        TargetProblem::NoKey => Code::KeyMissing,
        TargetProblem::BadKey(BadKey::Revoked) => Code::KeyRevoked,
        TargetProblem::BadKey(BadKey::TooShort(_)) => Code::KeyWeak,
        TargetProblem::SeveralKeys(_) | TargetProblem::BadKey(_) => Code::KeyInvalid,
        TargetProblem::TestingKey => return (Code::KeyWeak, Severity::Warning),
        TargetProblem::NoDmarc => Code::DmarcMissing,
        TargetProblem::SeveralDmarc(_) => Code::DmarcDuplicated,
        TargetProblem::ReturnPath { .. } => Code::ReturnPathBroken,
    };
    (code, Severity::Error)
}
