//! The arguments of the commands that work on zones, and of `confirm`: clap types and nothing else. Pure.

#![expect(clippy::doc_markdown, reason = "these comments are read as help on a terminal")]

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::model::target::Shard;
use crate::report::{FailOn, Language};

/// What the commands that work on names have in common.
#[derive(Debug, Default, Args)]
pub struct Shared {
    /// Rehearse in a local simulator; needs no token
    ///
    /// No network either. SCENARIO is the name of a scenario, a scenario.toml, or the export of a zone [default when
    /// no value is given: default]. Without ZONE all zones of the simulator are taken.
    #[cfg(feature = "sandbox")]
    #[arg(long, value_name = "SCENARIO", num_args = 0..=1, default_missing_value = "default")]
    pub sandbox: Option<String>,
    /// Write the report to a file as well; repeatable
    ///
    /// The ending of its name tells the form: .html, .json, .jsonl, .md, .csv, .prom or .txt.
    #[arg(long, value_name = "PATH", hide_short_help = true)]
    pub report: Vec<PathBuf>,
}

impl Shared {
    /// The sandbox that was asked for.
    pub fn sandbox(&self) -> Option<&str> {
        #[cfg(feature = "sandbox")]
        return self.sandbox.as_deref();
        #[cfg(not(feature = "sandbox"))]
        None
    }
}

/// Which zones, and what is expected in them.
#[derive(Debug, Default, Args)]
pub struct Zones {
    /// A zone, or any name in it [default: zones of the settings]
    #[arg(value_name = "ZONE")]
    pub names: Vec<String>,
    /// A zone, as without the flag; repeatable
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pub zone: Vec<String>,
    /// A zone by its identifier; repeatable
    ///
    /// For a token without Zone > Zone > Read.
    #[arg(long, value_name = "ID", hide_short_help = true)]
    pub zone_id: Vec<String>,
    /// Every zone that the token can see
    #[arg(long, conflicts_with_all = ["names", "zone", "zone_id"])]
    pub all_zones: bool,
    /// Of all zones the Kth of N parts, so that several machines share them
    ///
    /// A zone is always in the same part.
    #[arg(
        long,
        value_name = "K/N",
        requires = "all_zones",
        conflicts_with_all = ["names", "zone", "zone_id"],
        hide_short_help = true,
        value_parser = shard
    )]
    pub shard: Option<Shard>,
    /// Only zones of this account [default: all; env: CLOUDFLARE_ACCOUNT_ID]
    #[arg(long, value_name = "ID", hide_short_help = true)]
    pub account: Option<String>,
    /// A record that ought to be there, DNS only
    ///
    /// Repeatable.
    #[arg(long, value_name = "NAME=TARGET")]
    pub expect: Vec<String>,
    /// Records that ought to be there; - is stdin
    ///
    /// A manifest, JSON, CSV, TSV, a zone file, or text pasted from the provider's page. Repeatable.
    #[arg(long, value_name = "PATH|-")]
    pub expect_file: Vec<PathBuf>,
    /// Ask the provider's API for the records: sendgrid, sendgrid-eu or postmark
    #[arg(long, value_name = "PROVIDER", hide_short_help = true)]
    pub expect_from: Option<String>,
    /// This name only, whatever its record is for; repeatable
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pub record: Vec<String>,
    #[command(flatten)]
    pub shared: Shared,
}

#[expect(clippy::struct_excessive_bools, reason = "independent flags, each with its name")]
#[derive(Debug, Default, Args)]
pub struct Audit {
    #[command(flatten)]
    pub zones: Zones,
    /// Read both audit logs to their end
    ///
    /// For mail records that were deleted. Without this only the older log is read where it tells enough.
    #[arg(long)]
    pub deleted: bool,
    /// Look at the zones of every profile of the settings
    ///
    /// A zone that several can see is looked at once, by one that may edit it. --profile several times names some.
    #[arg(long, conflicts_with = "profile", hide_short_help = true)]
    pub all_profiles: bool,
    /// Go on where a run over all zones was cut off
    ///
    /// What it had read is not read again, and told with its age.
    #[arg(long, requires = "all_zones", conflicts_with_all = ["names", "zone", "zone_id"], hide_short_help = true)]
    pub resume: bool,
    /// Tell what is new since the last time, what is open since when, and what is no longer found
    ///
    /// For a job: the exit status is 1 for something new only. What is open is kept in the state folder, for each
    /// profile.
    #[arg(long, required_if_eq("fail_on", "new"))]
    pub since_last: bool,
    /// The same, and accept what is there now: nothing is new
    #[arg(long, hide_short_help = true)]
    pub baseline: bool,
    /// End with 1 for: warning, error or new [default: warning; with --since-last: new]
    ///
    /// new needs --since-last.
    #[arg(long, value_name = "WHAT", hide_short_help = true, value_parser = fail_on())]
    pub fail_on: Option<FailOn>,
}

#[derive(Debug, Args)]
pub struct Snapshot {
    #[command(flatten)]
    pub zones: Zones,
    /// Forget this name: its record is gone for good
    ///
    /// Repeatable.
    #[arg(long, value_name = "NAME")]
    pub forget: Vec<String>,
}

#[derive(Debug, Args)]
pub struct Undo {
    /// The run to put back [default: the last one]
    #[arg(value_name = "RUN")]
    #[cfg_attr(feature = "sandbox", arg(conflicts_with = "sandbox"))]
    pub run: Option<String>,
    /// Put back only what it changed in this zone
    ///
    /// Repeatable.
    #[arg(long, value_name = "ZONE")]
    #[cfg_attr(feature = "sandbox", arg(conflicts_with = "sandbox"))]
    pub zone: Vec<String>,
    /// Show the runs of the state folder; change nothing
    #[arg(long, conflicts_with_all = ["run", "zone", "yes", "dry_run"])]
    #[cfg_attr(feature = "sandbox", arg(conflicts_with = "sandbox"))]
    pub list: bool,
    /// Show the plan; change nothing
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(short = 'y', long, conflicts_with = "dry_run")]
    pub yes: bool,
    /// How long to wait for public DNS [default: 5m]
    ///
    /// 90s, 5m, 1h; 0 looks once.
    #[arg(long, value_name = "DURATION")]
    pub wait: Option<String>,
    #[command(flatten)]
    pub shared: Shared,
}

#[derive(Debug, Args)]
pub struct Fix {
    #[command(flatten)]
    pub zones: Zones,
    /// Show the plan; change nothing
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(short = 'y', long, conflicts_with = "dry_run")]
    pub yes: bool,
    /// Re-create deleted records as well
    ///
    /// Those that nobody named, but a snapshot, the audit log or the rest of a set proves; with this, --yes covers
    /// them as well.
    #[arg(long)]
    pub restore: bool,
    /// Delete what is in the way of an expected CNAME at this name
    ///
    /// Records of other types. Repeatable.
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pub replace: Vec<String>,
    /// Refuse to make more changes than this [default: 200 where several zones are concerned]
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub max_changes: Option<usize>,
    /// Refuse to change more zones than this [default: any]
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub max_zones: Option<usize>,
    /// Write the plan to a file; change nothing
    #[arg(long, value_name = "PATH", conflicts_with_all = ["yes", "plan"])]
    pub save_plan: Option<PathBuf>,
    /// Carry out a plan that was saved
    ///
    /// Exactly that, or nothing if a record concerned has changed since.
    #[arg(long, value_name = "PATH", conflicts_with_all = [
        "names", "zone", "zone_id", "all_zones", "account", "expect", "expect_file", "expect_from", "record", "replace",
        "restore",
    ])]
    pub plan: Option<PathBuf>,
    /// How long to wait for public DNS [default: 5m]
    ///
    /// 90s, 5m, 1h; 0 looks once.
    #[arg(long, value_name = "DURATION")]
    pub wait: Option<String>,
}

#[derive(Debug, Args)]
pub struct Confirm {
    /// A name, or a domain: then its usual mail names
    #[arg(value_name = "NAME|DOMAIN")]
    pub name: Vec<String>,
    /// A record that ought to be there
    ///
    /// Repeatable.
    #[arg(long, value_name = "NAME=TARGET")]
    pub expect: Vec<String>,
    /// Records that ought to be there; - is stdin
    ///
    /// A manifest, JSON, CSV, TSV, a zone file, or text pasted from the provider's page. Repeatable.
    #[arg(long, value_name = "PATH|-")]
    pub expect_file: Vec<PathBuf>,
    /// What a run changed, by its name, or last
    ///
    /// `undo --list` shows the names.
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
    /// The zone of relative names in --expect-file
    ///
    /// Repeatable.
    #[arg(long, value_name = "NAME")]
    pub zone: Vec<String>,
    /// How long to wait for public DNS [default: 0]
    ///
    /// 90s, 5m, 1h; 0 looks once.
    #[arg(long, value_name = "DURATION")]
    pub wait: Option<String>,
    /// Write a letter to whoever has to change records
    ///
    /// A short text instead of the report.
    #[arg(long, conflicts_with = "report")]
    pub message: bool,
    /// The language of that letter
    #[arg(long, value_name = "LANGUAGE", default_value = "en", requires = "message", value_parser = language())]
    pub language: Language,
    /// Confirm what stands on standard input, a JSON object a line, and answer each with one
    ///
    /// {"id": 7, "domain": "example.com", "records": [{"name": "s1._domainkey.example.com", "target": "…"}]}. For any
    /// number of lines, in constant memory; answers come as they are known. Needs no token.
    #[arg(long, hide_short_help = true, conflicts_with_all = [
        "name", "expect", "expect_file", "run", "zone", "wait", "message", "report",
    ])]
    pub stream: bool,
    /// Lines of --stream that are worked on at one time
    #[arg(
        long,
        value_name = "N",
        default_value_t = 64,
        requires = "stream",
        conflicts_with = "name",
        hide_short_help = true,
        value_parser = clap::value_parser!(u16).range(1..)
    )]
    pub concurrency: u16,
    /// Time between two questions to one server [default: 20ms, and none on loopback]
    #[arg(long, value_name = "DURATION", hide_short_help = true, conflicts_with = "no_pace")]
    pub pace: Option<String>,
    /// Ask as fast as possible: one's own resolvers only
    ///
    /// The same as --pace 0.
    #[arg(long, hide_short_help = true)]
    pub no_pace: bool,
    #[command(flatten)]
    pub shared: Shared,
}

/// Reads a part of all zones: `2/4`.
fn shard(text: &str) -> Result<Shard, String> {
    let parts = text.split_once('/').and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
    let shard = parts.and_then(|(part, of)| Shard::new(part, of));
    shard.ok_or_else(|| "write K/N with K from 1 to N, such as 2/4".to_owned())
}

/// Reads what an audit ends with 1 for.
fn fail_on() -> impl TypedValueParser<Value = FailOn> {
    let read = |word: String| FailOn::ALL.into_iter().find(|one| one.word() == word).ok_or("no such thing");
    PossibleValuesParser::new(FailOn::ALL.map(FailOn::word)).try_map(read)
}

/// Reads the language of a letter.
fn language() -> impl TypedValueParser<Value = Language> {
    PossibleValuesParser::new(Language::ALL.map(Language::word))
        .try_map(|word| Language::from_word(&word).ok_or("no such language"))
}
