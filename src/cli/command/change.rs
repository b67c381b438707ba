//! Shows a plan, asks, carries it out, confirms: the same for a new plan, a saved one and an undo. Effects:
//! network, files, terminal.

use std::collections::BTreeSet;
use std::time::Duration;

use super::context::Context;
use super::{Stopped, unwritten, usage};
use crate::cli::ui::Answer;
use crate::io::store::journal_writer::Journal;
use crate::model::dns::DomainName;
use crate::model::failure::{Exit, Failure};
use crate::model::journal::Line;
use crate::model::plain;
use crate::model::plan::{Change, Consent};
use crate::model::survey::{Survey, UnreadZone};
use crate::model::target::Expectations;
use crate::model::verification;
use crate::model::zone_run::ZoneRun;
use crate::report::{Command, Report, SameZones, assemble, exit_of_zone};
use crate::run::bug;
use crate::run::session::Session;

/// How the changes are to be made.
#[derive(Debug, Clone)]
pub(super) struct ApplyOptions {
    pub(super) command: Command,
    pub(super) is_dry_run: bool,
    /// Whether nobody has to be asked.
    pub(super) yes: bool,
    /// Whether that covers what nobody has decided.
    pub(super) restore: bool,
    pub(super) wait: Duration,
    /// How much one run may change. Where more than one zone is concerned there is a limit even if none was chosen.
    pub(super) max_changes: Option<usize>,
    pub(super) max_zones: Option<usize>,
    pub(super) same_zones: SameZones,
}

/// Most changes of a run over several zones unless another number is chosen.
const MOST_CHANGES: usize = 200;

impl ApplyOptions {
    /// Why so many are refused.
    fn refused(&self, &Count { all, zones, .. }: &Count) -> Option<Stopped> {
        let usual = if zones > 1 { MOST_CHANGES } else { usize::MAX };
        let changes = self.max_changes.unwrap_or(usual);
        let (what, most, option) = if all > changes {
            (plain::count(all, "change"), changes, format!("--max-changes {all}"))
        } else {
            let most = self.max_zones.filter(|most| zones > *most)?;
            let what = format!("changes in {}", plain::count(zones, "zone"));
            (what, most, format!("--max-zones {zones}"))
        };
        let hints = [
            "nothing was changed; read the plan first, all of it: -v --dry-run",
            &format!("if it is what you want: {option}"),
        ];
        Some(usage(format!("{what} in one run: more than {most}"), hints))
    }

    /// The consent that a yes in advance gives.
    pub(super) fn given(&self) -> Consent {
        if self.restore { Consent::Together } else { Consent::Plan }
    }
}

/// Shows what was found and planned, asks, carries it out, confirms, and writes the report.
pub(super) async fn carry_out(
    context: &Context<'_>,
    session: &Session,
    survey: Survey,
    options: ApplyOptions,
    journal: Journal,
) -> Result<Exit, Stopped> {
    let terminal = context.terminal;
    let Survey { zones, unread, expectations } = survey;
    let all = Run { context, session, options, unread, expectations };
    let options = &all.options;
    let given = if options.yes { options.given() } else { Consent::Each };
    let zones = session.plan(zones, given);
    let will_ask = count(&zones).all > 0 && !options.yes && !options.is_dry_run;
    terminal.before(&all.report(&zones, None), will_ask && terminal.is_interactive())?;
    if options.is_dry_run {
        let report = all.report(&zones, None);
        terminal.after(&report)?;
        return Ok(report.exit());
    }
    let refused = options.refused(&count(&zones));
    let cannot_ask = || (will_ask && !terminal.is_interactive()).then(|| cannot_ask(&count(&zones)));
    if let Some(refused) = refused.or_else(cannot_ask) {
        terminal.after(&all.report(&zones, Some(Exit::Usage)))?;
        return Err(refused);
    }
    let zones = if will_ask { all.asked_about_each(zones).await } else { zones };
    let is_open = will_ask && count(&zones).all > 0;
    let (zones, is_declined) = if is_open { all.agreed(zones).await } else { (zones, false) };
    if is_declined {
        let ended_by = context.stop.requested_exit();
        let report = Report { was_declined: true, ..all.report(&zones, ended_by) };
        terminal.after(&report)?;
        return Ok(report.exit());
    }
    let applied = session.apply(&zones, &journal).await;
    let applied = applied.into_iter().zip(zones);
    let zones: Vec<ZoneRun> = applied.map(|(applied, zone)| ZoneRun { applied, ..zone }).collect();
    // Whatever comes to nothing from here on, what was changed is reported.
    let zones = bug::caught(all.confirmed(&zones)).await.unwrap_or(zones);
    all.closed(&zones, &journal)
}

/// What a run has besides its zones.
struct Run<'s> {
    context: &'s Context<'s>,
    session: &'s Session,
    options: ApplyOptions,
    unread: Vec<UnreadZone>,
    expectations: Expectations,
}

impl Run<'_> {
    fn report(&self, zones: &[ZoneRun], ended_by: Option<Exit>) -> Report {
        Report {
            at: jiff::Timestamp::now(),
            command: self.options.command,
            is_dry_run: self.options.is_dry_run,
            run: self.session.run().to_owned(),
            ended_by,
            understood: self.expectations.understood.clone(),
            zones: assemble::zones(&self.unread, zones, true),
            same_zones: self.options.same_zones.clone(),
            again: self.context.again.clone(),
            api_calls: self.session.api().calls(),
            ..Report::default()
        }
    }

    /// What the world shows after the changes, what the provider says of it, and what is remembered.
    async fn confirmed(&self, zones: &[ZoneRun]) -> Vec<ZoneRun> {
        let (session, sending) = (self.session, &self.expectations.sending);
        let seen = session.confirm(zones, self.options.wait).await;
        let concluded = |(zone, seen): (&ZoneRun, _)| {
            let verification = verification::concluded(zone, seen);
            ZoneRun { verification, ..zone.clone() }
        };
        let mut zones: Vec<ZoneRun> = zones.iter().zip(seen).map(concluded).collect();
        if self.options.command != Command::Fix {
            return zones;
        }
        let said = session.check_with_provider(&zones, sending).await;
        zones.iter_mut().zip(said).for_each(|(zone, provider)| zone.provider = provider);
        let reports = assemble::zones(&[], &zones, true);
        let in_order = reports.iter().map(|zone| exit_of_zone(zone) == Exit::Done);
        for (zone, is_in_order) in zones.iter_mut().zip(in_order) {
            // A snapshot that cannot be written is a note: what was changed is changed.
            if is_in_order && let Err(failure) = session.keep_snapshot(zone, &[]).await {
                zone.notes.push(failure.in_one_line());
            }
        }
        zones
    }

    /// Writes the report, and the end of the journal.
    fn closed(&self, zones: &[ZoneRun], journal: &Journal) -> Result<Exit, Stopped> {
        let Context { terminal, stop, .. } = self.context;
        let report = self.report(zones, bug::seen().map(|failure| failure.exit).or(stop.requested_exit()));
        // The report first: it must not be lost because the last line of the journal cannot be written.
        let written = terminal.after(&report);
        if !journal.is_begun() {
            written?;
            return Ok(report.exit());
        }
        let partial = |message| Failure { message, hints: Vec::new(), exit: Exit::Partial };
        let unwritten = written.err().map(|error| partial(unwritten(terminal, &error))).or(bug::seen());
        let exit = unwritten.as_ref().map_or(report.exit(), |failure| failure.exit);
        let ended = journal.append(&Line::End { exit: exit.code() });
        let unwritten =
            unwritten.or(ended.err().map(|error| Failure { exit: Exit::Partial, ..Failure::of(&error) }));
        let Some(mut failure) = unwritten else { return Ok(exit) };
        failure.hints.insert(0, format!("what was sent stands in the journal {}", journal.path().display()));
        Err(Stopped::Failure(failure))
    }

    /// Asks about every record of which nothing shows that it is for mail, and leaves out those that get no yes.
    async fn asked_about_each(&self, mut zones: Vec<ZoneRun>) -> Vec<ZoneRun> {
        for plan in zones.iter_mut().map(|zone| &mut zone.survey.plan) {
            for change in std::mem::take(&mut plan.changes) {
                plan.changes.extend(self.wanted(change).await);
            }
        }
        zones
    }

    async fn wanted(&self, change: Change) -> Option<Change> {
        if change.consent != Consent::Each {
            return Some(change);
        }
        // What got its yes is decided.
        let is_wanted = self.ask(&about_one(&change), false).await == Answer::Yes;
        is_wanted.then_some(Change { consent: Consent::Plan, ..change })
    }

    /// The zones with the changes that got a yes, and whether none got one.
    async fn agreed(&self, zones: Vec<ZoneRun>) -> (Vec<ZoneRun>, bool) {
        let unread: usize = self.expectations.understood.iter().map(|one| one.reading.unread.len()).sum();
        let question = question(&count(&zones), unread);
        loop {
            match self.ask(&question, true).await {
                Answer::Yes => return (zones, false),
                Answer::No => return (zones, true),
                Answer::Details => self.context.terminal.details(&self.report(&zones, None)),
                Answer::Each => break,
            }
        }
        let mut agreed = zones.clone();
        for plan in agreed.iter_mut().map(|zone| &mut zone.survey.plan) {
            plan.changes = self.agreed_by_name(std::mem::take(&mut plan.changes)).await;
        }
        match count(&agreed).all {
            0 => (zones, true),
            _ => (agreed, false),
        }
    }

    /// The changes of those names that got a yes.
    async fn agreed_by_name(&self, mut changes: Vec<Change>) -> Vec<Change> {
        let names: BTreeSet<DomainName> = changes.iter().map(|change| change.name.clone()).collect();
        for name in names {
            let of_name = changes.iter().filter(|change| change.name == name);
            if self.ask(&about_name(&name, of_name), false).await != Answer::Yes {
                changes.retain(|change| change.name != name);
            }
        }
        changes
    }

    async fn ask(&self, question: &str, all: bool) -> Answer {
        let Context { terminal, stop, .. } = self.context;
        let answer = tokio::select! {
            answer = terminal.ask(question, all) => answer,
            () = stop.requested() => Answer::No,
        };
        if stop.is_requested() { Answer::No } else { answer }
    }
}

/// How many changes are planned, how many of them nobody has decided, and in how many zones.
struct Count {
    all: usize,
    proposed: usize,
    zones: usize,
}

fn count(zones: &[ZoneRun]) -> Count {
    let changes = || zones.iter().flat_map(ZoneRun::changes);
    let proposed = changes().filter(|change| change.consent != Consent::Plan).count();
    let concerned = zones.iter().filter(|zone| !zone.changes().is_empty()).count();
    Count { all: changes().count(), proposed, zones: concerned }
}

/// A change needs a yes, and nobody can be asked.
fn cannot_ask(&Count { all, proposed, .. }: &Count) -> Stopped {
    let hints = match proposed {
        0 => vec!["nothing was changed; add --yes to make the changes without being asked".to_owned()],
        _ => vec![
            format!("nothing was changed; --yes makes {} without being asked", all - proposed),
            format!("with --restore it makes the {proposed} as well that are only proposed"),
        ],
    };
    let changes = plain::count(all, "change");
    usage(format!("{changes} to make, and nobody to ask: this is not a terminal"), hints)
}

fn about_one(change: &Change) -> String {
    let target = change.after.as_ref().map(|after| plain::sanitize_line(&after.content)).unwrap_or_default();
    format!(
        "Nothing shows that {} is for mail. Create it as a CNAME to {target}, as {} says?",
        change.name, change.source
    )
}

/// What is to be done at one name.
fn about_name<'c>(name: &DomainName, changes: impl Iterator<Item = &'c Change>) -> String {
    let all: Vec<String> = changes
        .map(|change| {
            let new = change.differences().into_iter().map(|(_, new)| plain::sanitize_line(&new));
            new.collect::<Vec<_>>().join(", ")
        })
        .collect();
    format!("{name}: {}?", all.join("; then "))
}

fn question(&Count { all, proposed, .. }: &Count, unread: usize) -> String {
    let question = match proposed {
        0 if all == 1 => "Make this change?".to_owned(),
        0 => format!("Make these {}?", plain::count(all, "change")),
        1 if all == 1 => "Re-create this deleted record?".to_owned(),
        some if some == all => format!("Re-create these {}?", plain::count(some, "deleted record")),
        some => format!(
            "Make {}, {} among them that nobody confirmed?",
            plain::count(all, "change"),
            plain::count(some, "re-created record")
        ),
    };
    match unread {
        0 => question,
        some => format!("{question} ({} of the input was not understood)", plain::count(some, "line")),
    }
}
