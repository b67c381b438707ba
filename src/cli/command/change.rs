//! Shows a plan, asks, carries it out, confirms: the same for a new plan, a saved one and an undo. Effects:
//! network, files, terminal.

use std::time::Duration;

use futures_util::StreamExt as _;

use super::context::Context;
use super::look::{Gathered, Looked};
use super::prove::prove;
use super::remember::refresh;
use super::select::Asked;
use super::validate::validate;
use super::{Stopped, bug, unwritten};
use crate::cli::settings::SettingsError;
use crate::cli::ui::Terminal;
use crate::io::store::journal::{self, Lock, LockError};
use crate::io::store::journal_writer::Journal;
use crate::model::apply::{Applied, Outcome};
use crate::model::failure::{Exit, Failure};
use crate::model::inventory::Zone;
use crate::model::journal::Line;
use crate::model::plain;
use crate::model::plan::{Change, Consent, Plan};
use crate::model::progress::Event;
use crate::report::{Command, Report, ZoneReport};
use crate::run::apply::execute::{self, execute};

/// Zones that are changed at one time.
const ZONES_IN_FLIGHT: usize = 4;

/// How the changes are to be made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    pub(super) command: Command,
    pub(super) is_dry_run: bool,
    /// Whether nobody has to be asked.
    pub(super) yes: bool,
    /// Whether that covers what nobody has decided.
    pub(super) restore: bool,
    pub(super) wait: Duration,
}

/// Shows what was found and planned, asks, carries it out, confirms, and writes the report.
pub(super) async fn carry_out(
    terminal: &Terminal,
    context: &Context,
    gathered: Gathered,
    manner: Manner,
    journal: Journal,
) -> Result<Exit, Stopped> {
    let mut run = Run { context, gathered, manner, was_declined: false };
    if manner.yes {
        leave_out(&mut run.gathered.looked, if manner.restore { Consent::Together } else { Consent::Plan });
    }
    let changes = run.changes();
    let will_ask = changes.all > 0 && !manner.yes && !manner.is_dry_run;
    terminal.before(&run.report(None), will_ask && terminal.is_interactive())?;
    if manner.is_dry_run {
        let report = run.report(None);
        terminal.after(&report)?;
        return Ok(report.exit());
    }
    if will_ask && !terminal.is_interactive() {
        terminal.after(&run.report(Some(Exit::Usage)))?;
        let Changes { all, proposed } = changes;
        return Err(SettingsError::CannotAsk { all, proposed }.into());
    }
    if will_ask {
        ask_about_each(terminal, &mut run).await;
    }
    let changes = run.changes();
    if will_ask && changes.all > 0 && !said_yes(terminal, &run, &changes).await {
        run.was_declined = true;
        let report = run.report(run.interrupted());
        terminal.after(&report)?;
        return Ok(report.exit());
    }
    run.apply(&journal).await;
    // Whatever comes to nothing from here on, what was changed is reported.
    bug::caught(look_again(context, &mut run)).await;
    let report = run.report(bug::seen().map(|failure| failure.exit).or(run.interrupted()));
    // The report first: it must not be lost because the last line of the journal cannot be written.
    let written = terminal.after(&report);
    if !journal.is_begun() {
        written?;
        return Ok(report.exit());
    }
    let unwritten = written.err().map(|error| unwritten(terminal, &error));
    let unwritten =
        unwritten.map(|message| Failure { message, hints: Vec::new(), exit: Exit::Partial }).or(bug::seen());
    let exit = unwritten.as_ref().map_or(report.exit(), |failure| failure.exit);
    let ended = journal.append(&Line::End { exit: exit.code() });
    let unwritten =
        unwritten.or(ended.err().map(|error| Failure { exit: Exit::Partial, ..Failure::of(&error) }));
    let Some(mut failure) = unwritten else { return Ok(exit) };
    failure.hints.insert(0, format!("what was sent stands in the journal {}", journal.path().display()));
    Err(Stopped::Failure(failure))
}

/// What the world shows after the changes.
async fn look_again(context: &Context, run: &mut Run<'_>) {
    prove(context, &mut run.gathered.looked, run.manner.wait).await;
    if run.manner.command == Command::Fix {
        let Gathered { looked, asked, .. } = &mut run.gathered;
        validate(context, looked, asked).await;
        refresh(context, looked).await;
    }
}

struct Run<'a> {
    context: &'a Context,
    gathered: Gathered,
    manner: Manner,
    was_declined: bool,
}

/// How many changes are planned, and how many of them nobody has decided.
struct Changes {
    all: usize,
    proposed: usize,
}

impl Run<'_> {
    fn report(&self, ended_by: Option<Exit>) -> Report {
        let Gathered { failed, looked, asked } = &self.gathered;
        let Asked { understood, .. } = asked;
        Report {
            command: self.manner.command,
            is_dry_run: self.manner.is_dry_run,
            run: self.context.run.clone(),
            ended_by,
            was_declined: self.was_declined,
            understood: understood.clone(),
            zones: failed.iter().chain(looked.iter().map(|looked| &looked.report)).cloned().collect(),
            api_calls: self.context.api.calls(),
        }
    }

    fn interrupted(&self) -> Option<Exit> {
        self.context.public.stop.requested_exit()
    }

    fn changes(&self) -> Changes {
        let changes = || self.gathered.looked.iter().flat_map(|looked| looked.report.changes());
        Changes {
            all: changes().count(),
            proposed: changes().filter(|change| change.consent != Consent::Plan).count(),
        }
    }

    async fn apply(&mut self, journal: &Journal) {
        let context = self.context;
        let concerned = self.gathered.looked.iter_mut().filter(|looked| !looked.report.changes().is_empty());
        let each = concerned.map(|looked| apply(context, journal, looked));
        futures_util::stream::iter(each).buffer_unordered(ZONES_IN_FLIGHT).collect::<Vec<()>>().await;
    }
}

/// Takes out what needs more consent than was given.
pub(super) fn leave_out(looked: &mut [Looked], given: Consent) {
    for Looked { report, .. } in looked {
        // What needs a yes of its own is in the report as not recognised, and no option makes it.
        let open = |report: &ZoneReport| {
            report.changes().iter().filter(|change| change.consent <= Consent::Together).count()
        };
        let all = open(report);
        report.plan = report.plan.take().map(|plan| plan.within(given));
        report.left_out += all - open(report);
    }
}

/// Keeps the other runs of this state folder away from a zone.
pub(super) async fn lock(context: &Context, zone: &Zone) -> Result<Lock, LockError> {
    let on_wait = |holder: &str| {
        let why = format!("{holder} is changing {}", zone.name);
        context.public.progress.on(Event::Pausing { why, delay: Duration::from_millis(100) });
    };
    journal::lock(&context.state_dir, &zone.id, &context.run, &context.public.stop, on_wait).await
}

/// Changes one zone, alone among the runs of this state folder.
async fn apply(context: &Context, journal: &Journal, looked: &mut Looked) {
    let Some(plan) = &looked.report.plan else { return };
    let applied = match lock(context, &plan.zone).await {
        Ok(_lock) => {
            let (stop, progress) = (&context.public.stop, &*context.public.progress);
            let work = execute(execute::Tools { api: &context.api, journal, stop, progress }, plan);
            bug::caught(work).await.unwrap_or_else(|| failed(plan))
        }
        Err(error) => Applied {
            outcomes: vec![Outcome::NotAttempted(error.to_string()); plan.changes.len()],
            failure: Some(Failure::of(&error)),
            notes: Vec::new(),
        },
    };
    looked.report.applied = Some(applied);
}

/// What is known of changes whose making panicked.
fn failed(plan: &Plan) -> Applied {
    let unknown = Outcome::Unknown("the program failed while it made the changes".to_owned());
    let outcomes = vec![unknown; plan.changes.len()];
    Applied { outcomes, failure: Some(bug::of_work()), notes: Vec::new() }
}

/// Asks about every record of which nothing shows that it is for mail, and leaves out those that get no yes.
async fn ask_about_each(terminal: &Terminal, run: &mut Run<'_>) {
    let stop = &run.context.public.stop;
    for looked in &mut run.gathered.looked {
        let Some(plan) = &mut looked.report.plan else { continue };
        let mut kept = Vec::new();
        for change in std::mem::take(&mut plan.changes) {
            let target = change.after.as_ref().map(|after| plain::line(&after.content)).unwrap_or_default();
            let question = format!(
                "Nothing shows that {} is for mail. Create it as a CNAME to {target}, as {} says?",
                change.name, change.source
            );
            let is_wanted = change.consent != Consent::Each
                || tokio::select! {
                    answer = terminal.ask(&question) => answer && !stop.is_requested(),
                    () = stop.requested() => false,
                };
            // What got its yes is decided.
            let consent = if change.consent == Consent::Each { Consent::Plan } else { change.consent };
            kept.extend(is_wanted.then_some(Change { consent, ..change }));
        }
        plan.changes = kept;
    }
}

async fn said_yes(terminal: &Terminal, run: &Run<'_>, changes: &Changes) -> bool {
    let question = match changes.proposed {
        0 => format!("Make {}?", plain::count(changes.all, "change")),
        some if some == changes.all => {
            let records = plain::count(some, "deleted record");
            if some == 1 {
                "Re-create this deleted record?".to_owned()
            } else {
                format!("Re-create these {records}?")
            }
        }
        some => format!(
            "Make {}, {} among them that nobody confirmed?",
            plain::count(changes.all, "change"),
            plain::count(some, "re-created record")
        ),
    };
    let unread: usize = run.gathered.asked.understood.iter().map(|one| one.reading.unread.len()).sum();
    let unread = match unread {
        0 => String::new(),
        some => format!(" ({} of the input was not understood)", plain::count(some, "line")),
    };
    let question = format!("{question}{unread}");
    let stop = &run.context.public.stop;
    tokio::select! {
        answer = terminal.ask(&question) => answer && !stop.is_requested(),
        () = stop.requested() => false,
    }
}
