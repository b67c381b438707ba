//! The answer: everything a run has to say, as one value, and the functions that write it. Pure.

pub mod assemble;
mod csv;
pub mod doctor;
pub mod explain;
mod html;
mod json;
mod letter;
mod markdown;
pub(crate) mod objects;
mod openmetrics;
mod schema;
pub mod terminal;
mod understood;
mod verdict;
mod view;
mod words;

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::model::apply::{Applied, Outcome};
use crate::model::baseline::News;
use crate::model::catalog::Provider;
use crate::model::confirm::{Confirmation, Verdict};
use crate::model::diagnosis::{Diagnosis, Finding, MailRecord};
use crate::model::dns::DomainName;
use crate::model::expectation::document::Understood;
use crate::model::failure::{Exit, Failure};
use crate::model::ignore::Ignored;
use crate::model::interrupted::ReadZone;
use crate::model::inventory::{Zone, ZoneStatus};
use crate::model::plain;
use crate::model::plan::{Change, Plan};
use crate::model::sending::Said;
use crate::model::zone_run::{Made, ProviderWord};

use schema::CountsV1;

pub use csv::csv;
pub use html::html;
pub use json::{json, json_line, json_lines, last_json_line};
pub use letter::{Language, message};
pub use markdown::markdown;
pub use openmetrics::openmetrics;
pub use schema::ReportV1;
pub use understood::understood;
pub use verdict::exit_of_zone;

crate::model::words::words! {
    /// Which command is reporting.
    #[derive(Default)]
    pub enum Command {
        /// Looked, changed nothing.
        #[default]
        Audit = "audit",
        /// Looked, changed, confirmed.
        Fix = "fix",
        /// Asked public DNS.
        Confirm = "confirm",
        /// Remembered what is healthy.
        Snapshot = "snapshot",
        /// Put a run back.
        Undo = "undo",
    }
}

crate::model::words::words! {
    /// What an audit ends with 1 for.
    #[derive(Default)]
    pub enum FailOn {
        /// Whatever somebody has to look at.
        #[default]
        Warning = "warning",
        /// What is broken.
        Error = "error",
        /// What was not open before.
        New = "new",
    }
}

/// Everything a run has to say.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// When it was put together.
    pub at: Timestamp,
    /// Which command.
    pub command: Command,
    /// Whether changes were only shown.
    pub is_dry_run: bool,
    /// The run; names its journal.
    pub run: String,
    /// How it ended early: interrupted, or without anybody to ask.
    pub ended_by: Option<Exit>,
    /// Whether a person was asked and did not say yes.
    pub was_declined: bool,
    /// What an audit ends with 1 for.
    pub fail_on: FailOn,
    /// When the zones were looked at before, where that is compared: RFC 3339, UTC.
    pub last: Option<String>,
    /// Zones that an earlier run had read when it was cut off, and that this one left alone.
    pub earlier: Vec<EarlierZone>,
    /// What files and pastes were understood to say.
    pub understood: Vec<Understood>,
    /// The zones, by name.
    pub zones: Vec<ZoneReport>,
    /// Options that any next command needs as well, to get to the same place: ` --profile work`.
    pub again: String,
    /// How a next command names these zones.
    pub same_zones: SameZones,
    /// Requests sent to the API.
    pub api_calls: usize,
}

/// Options of a command on the same zones, each with a space before it.
#[derive(Debug, Clone, Default)]
pub struct SameZones {
    /// Those that choose all of them, such as ` --all-zones`, or none where the settings do; `None` if they were named.
    pub all: Option<String>,
    /// Those that say what is wanted of them: ` --record NAME`.
    pub options: String,
}

/// A zone that an earlier run had read.
#[derive(Debug, Clone)]
pub struct EarlierZone {
    /// What was read.
    pub zone: ReadZone,
    /// What is new in it and what is no longer found, where that is compared.
    pub news: Option<News>,
}

/// What a run has to say about one zone.
#[derive(Debug, Clone, Default)]
pub struct ZoneReport {
    /// The apex, or what the user typed where no zone was found.
    pub label: String,
    /// Whose credential was used, where several profiles were.
    pub profile: Option<String>,
    /// The zone, if it was found.
    pub zone: Option<Zone>,
    /// Why it could not be worked on.
    pub error: Option<Failure>,
    /// Whether its records were looked through; an undo and a saved plan look at theirs only.
    pub is_examined: bool,
    /// What is wrong.
    pub diagnosis: Diagnosis,
    /// What is new and what is no longer found, where that is compared.
    pub news: Option<News>,
    /// What is counted and no longer listed.
    pub unlisted: Unlisted,
    /// What is wrong and was decided to live with.
    pub ignored: Vec<Ignored>,
    /// What would be or was changed.
    pub plan: Option<Plan>,
    /// Its outcomes.
    pub applied: Option<Applied>,
    /// What public DNS shows.
    pub confirmations: Vec<Confirmation>,
    /// Names about which no name server said anything definite, and no finding tells why.
    pub unheard: Vec<DomainName>,
    /// Whether records may have been deleted without the audit log telling: then nothing is an all-clear.
    pub has_unknown_past: bool,
    /// Targets of proxied aliases of nobody known that were too many to look at.
    pub not_looked_at: usize,
    /// Changes that nobody has decided, and that were therefore left out.
    pub left_out: usize,
    /// What the sending provider says about its records.
    pub said: Vec<ProviderWord>,
    /// What is worth saying besides.
    pub notes: Vec<String>,
}

/// What reports of many zones count and do not list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unlisted {
    /// Records without a finding.
    pub records: usize,
    /// Findings that are worth knowing and no more.
    pub infos: usize,
}

impl ProviderWord {
    /// As one line.
    fn words(&self) -> String {
        let Self { provider, said: Said { what, is_valid, reason } } = self;
        let says = if *is_valid { "valid" } else { "not valid" };
        let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        format!("{provider} says of {what}: {says}{reason}")
    }
}

impl ZoneReport {
    /// What stands above it: its label, and how people read it where that differs. Cleaned.
    pub fn heading(&self) -> String {
        let name = DomainName::parse(&self.label);
        let name = name.map_or_else(|_| plain::sanitize_line(&self.label), |name| name.both_ways());
        // What a credential could not read is not told apart by its name.
        match self.profile.as_deref().filter(|_| self.error.is_some()) {
            Some(profile) => format!("{name} (profile {})", plain::sanitize_line(profile)),
            None => name,
        }
    }

    /// A name as it stands in the dashboard: relative to the zone, which itself is `@`.
    pub fn relative(&self, name: &DomainName) -> String {
        let within = name.as_str().strip_suffix(self.label.as_str());
        match within {
            Some("") => "@".to_owned(),
            Some(labels) if labels.ends_with('.') => labels.trim_end_matches('.').to_owned(),
            _ => name.both_ways(),
        }
    }

    /// A zone that could not be worked on.
    pub fn failed(label: String, zone: Option<Zone>, error: Failure) -> Self {
        Self { error: Some(error), ..Self::new(label, zone) }
    }

    /// What is left for a person: letting each provider look again whose records were changed and now show.
    pub fn next_steps(&self) -> Vec<String> {
        self.steps_once(|verdict| verdict == Verdict::Confirmed)
    }

    /// The same for records of which public DNS says this.
    fn steps_once(&self, is_shown: impl Fn(Verdict) -> bool) -> Vec<String> {
        let outcomes = self.applied.iter().flat_map(|applied| &applied.outcomes);
        let made = self.changes().iter().zip(outcomes).filter(|(_, outcome)| **outcome == Outcome::Applied);
        let shown = |name: &DomainName| self.seen(name).is_some_and(|one| is_shown(one.verdict));
        // What was renamed is known by its old name, and shows under its new one.
        let names = |change: &'_ Change| Some((change.name.clone(), change.after.as_ref()?.name.clone()));
        let made = made.filter_map(|(change, _)| names(change)).filter(|(_, new)| shown(new));
        let made: BTreeSet<DomainName> = made.flat_map(<[DomainName; 2]>::from).collect();
        let step = |provider: &Provider| match provider.verify.as_deref() {
            Some(place) => format!("now, in {}: {place}", provider.name),
            None => format!("now let {} check the domain again", provider.name),
        };
        let providers = self.providers_of(|name| made.contains(name));
        providers.into_iter().map(step).collect()
    }

    /// Whose the records and findings at such names are, each once.
    fn providers_of(&self, is_meant: impl Fn(&DomainName) -> bool) -> Vec<&Provider> {
        let records = self.diagnosis.records.iter().map(|one| (&one.name, &one.classification.provider));
        let findings = self.diagnosis.findings.iter().map(|one| (&one.name, &one.provider));
        let meant = records.chain(findings).filter(|(name, _)| is_meant(name));
        let mut known = BTreeSet::new();
        let providers = meant.filter_map(|(_, provider)| provider.as_deref());
        providers.filter(|one| known.insert((&one.name, &one.verify))).collect()
    }

    /// A zone about which nothing is known yet.
    pub fn new(label: String, zone: Option<Zone>) -> Self {
        Self { label, zone, is_examined: true, ..Self::default() }
    }

    /// Whether a finding was not open before; where nothing is compared, everything is.
    pub fn is_new(&self, finding: &Finding) -> bool {
        self.news.as_ref().is_none_or(|news| news.is_new(finding))
    }

    /// Since when a finding has been open, where that is compared and it was open before: RFC 3339, UTC.
    pub fn since(&self, finding: &Finding) -> Option<&str> {
        self.news.as_ref()?.since(finding)
    }

    /// Whether something in the zone is new, or since which day it is open; `None` where nothing is compared.
    fn age(&self) -> Option<String> {
        self.news.as_ref()?;
        if self.concerns().any(|finding| self.is_new(finding)) {
            return Some("new".to_owned());
        }
        let first = self.concerns().filter_map(|finding| self.since(finding)).min()?;
        Some(format!("open since {}", day(first)))
    }

    /// What somebody has to do something about.
    pub fn concerns(&self) -> impl Iterator<Item = &Finding> {
        self.diagnosis.concerns()
    }

    /// Keeps no more than what reports of many zones show: records without a finding are counted only.
    pub fn shorten(&mut self) {
        self.unlisted.records += self.diagnosis.records.len();
        self.unlisted.infos += self.diagnosis.findings.len() - self.concerns().count();
        self.diagnosis.records = Vec::new();
        self.diagnosis.findings.retain(Finding::is_concern);
        self.diagnosis.findings.shrink_to_fit();
        (self.plan, self.notes, self.zone) = (None, Vec::new(), None);
    }

    /// The changes of the plan, if there is one.
    pub fn changes(&self) -> &[Change] {
        self.plan.as_ref().map(|plan| plan.changes.as_slice()).unwrap_or_default()
    }

    /// The outcome of the change at `place`; `None` when it was only planned.
    pub fn outcome(&self, place: usize) -> Option<&Outcome> {
        self.applied.as_ref()?.outcomes.get(place)
    }

    /// The names of which a change is certainly made.
    pub fn made(&self) -> Made<'_> {
        Made::of(self.changes(), self.applied.as_ref())
    }

    /// How many changes are certainly made.
    fn made_count(&self) -> usize {
        self.applied.as_ref().map_or(0, Applied::count)
    }

    /// Whether something could not be found out: then nothing is an all-clear.
    fn is_incomplete(&self) -> bool {
        !self.unheard.is_empty() || self.has_unknown_past
    }

    /// Whether somebody has to look: at a finding, or at what could not be found out.
    fn needs_attention(&self) -> bool {
        self.error.is_none() && (self.concerns().next().is_some() || self.is_incomplete())
    }

    /// What public DNS shows at a name.
    fn seen(&self, name: &DomainName) -> Option<&Confirmation> {
        self.confirmations.iter().find(|one| one.name == *name)
    }

    /// The mail record at a name.
    fn record(&self, name: &DomainName) -> Option<&MailRecord> {
        let records = &self.diagnosis.records;
        records.binary_search_by(|record| record.name.cmp(name)).ok().and_then(|place| records.get(place))
    }

    /// The status as Cloudflare words it.
    pub fn status(&self) -> Option<String> {
        let zone = self.zone.as_ref()?;
        Some(match &zone.status {
            ZoneStatus::Active => "active".to_owned(),
            ZoneStatus::Pending => "pending".to_owned(),
            ZoneStatus::Initializing => "initializing".to_owned(),
            ZoneStatus::Moved => "moved".to_owned(),
            ZoneStatus::Other(word) => word.clone(),
        })
    }
}

/// The day of a moment: RFC 3339.
fn day(moment: &str) -> &str {
    moment.split_once('T').map_or(moment, |(day, _)| day)
}

/// What is worth saying about a zone beside its lists: notes, and what stopped its changes.
fn remarks(zone: &ZoneReport) -> Vec<String> {
    let applied = zone.applied.as_ref();
    let notes = zone.notes.iter().chain(applied.iter().flat_map(|applied| &applied.notes));
    let failure = applied.and_then(|applied| applied.failure.as_ref()).map(|failure| &failure.message);
    let said = zone.said.iter().map(ProviderWord::words);
    notes.chain(failure).cloned().chain(said).collect()
}

/// The totals that every format shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Summary {
    /// Zones looked at.
    pub zones: usize,
    /// Records listed.
    pub records: usize,
    /// Findings, whatever their severity.
    pub findings: usize,
    /// The findings of all zones by severity.
    counts: CountsV1,
    /// Changes planned.
    pub changes: usize,
    /// Changes certainly made.
    pub applied: usize,
    /// Names confirmed.
    pub confirmed: usize,
    /// Requests sent to the API.
    pub api_calls: usize,
}

/// Zones that a command names; of more it takes all that were looked at, unless they were named.
const MOST_BY_NAME: usize = 3;

impl Report {
    /// The commands that repair zones, one for each profile: for how many zones, and the command.
    fn repairs<'z>(&self, zones: impl IntoIterator<Item = &'z ZoneReport>) -> Vec<(usize, String)> {
        let of_profile = view::grouped(zones, |zone| zone.profile.as_deref());
        let repair = |(profile, zones): (Option<&str>, Vec<&ZoneReport>)| {
            let profile = profile.map(|name| format!(" --profile {}", plain::word(name))).unwrap_or_default();
            let names: Vec<&str> = zones.iter().map(|zone| zone.label.as_str()).collect();
            let each = format!(" --zone {}", names.join(" --zone "));
            let all = self.same_zones.all.as_ref().filter(|_| zones.len() > MOST_BY_NAME);
            let (again, options) = (&self.again, &self.same_zones.options);
            (zones.len(), format!("cf-domauth fix{again}{profile}{}{options}", all.unwrap_or(&each)))
        };
        of_profile.into_iter().map(repair).collect()
    }

    /// How many lines of the input were not understood: records may stand there.
    fn unread_lines(&self) -> usize {
        self.understood.iter().map(|one| one.reading.unread.len()).sum()
    }

    /// How many zones need attention, could not be read, and are fine. What was not examined is none of them.
    fn by_need(&self) -> [usize; 3] {
        let open = self.zones.iter().filter(|zone| zone.needs_attention()).count();
        let failed = self.zones.iter().filter(|zone| zone.error.is_some()).count();
        let examined = self.zones.iter().filter(|zone| zone.is_examined || zone.error.is_some()).count();
        [open, failed, examined.saturating_sub(open + failed)]
    }

    /// The totals.
    pub fn summary(&self) -> Summary {
        let sum = |count: fn(&ZoneReport) -> usize| self.zones.iter().map(count).sum::<usize>();
        let mut counts = CountsV1::of(&self.zones.iter().flat_map(|zone| &zone.diagnosis.findings));
        counts.info += sum(|zone| zone.unlisted.infos);
        Summary {
            zones: self.zones.len(),
            records: sum(|zone| zone.diagnosis.records.len() + zone.unlisted.records),
            findings: sum(|zone| zone.diagnosis.findings.len() + zone.unlisted.infos),
            counts,
            changes: sum(|zone| zone.changes().len()),
            applied: sum(ZoneReport::made_count),
            confirmed: sum(|zone| {
                zone.confirmations.iter().filter(|one| one.verdict == Verdict::Confirmed).count()
            }),
            api_calls: self.api_calls,
        }
    }
}
