//! The command line: clap types and nothing else. Pure.

#![expect(clippy::doc_markdown, reason = "these comments are read as help on a terminal")]

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::report::Language;

/// Finds, repairs and confirms the mail authentication CNAME records of a domain at Cloudflare.
#[derive(Debug, Parser)]
#[command(name = "cf-domauth", version, max_term_width = 100, propagate_version = true)]
#[command(after_help = "Exit status: 0 done, 1 findings, 2 usage, 3 refused, 4 unreachable, 5 unconfirmed, \
    6 partial, 70 bug, \
    129 hung up, 130 interrupted, 143 terminated.\nThe token is read from CLOUDFLARE_API_TOKEN, CF_API_TOKEN or --token-file; \
    no option takes it, because options show in process lists.")]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Look, and change nothing
    Audit(Audit),
    /// Look, show a plan, ask, change, confirm in public DNS
    Fix(Fix),
    /// Remember the healthy mail records of a zone, so that audit and fix can tell what is lost
    Snapshot(Snapshot),
    /// Put back what a run changed
    Undo(Undo),
    /// Read expected records from a file or a paste, and write them as a manifest to keep
    Expect(Expect),
    /// Ask public DNS whether names are right, and who still holds an old answer; needs no token
    #[command(visible_alias = "verify")]
    Confirm(Confirm),
    /// What a finding means, how it is known, and how to mend it; without a code all are listed
    Explain(Explain),
    /// What is known about the sending providers: list them, show one, or tell what a record would be taken for
    Providers(Providers),
    /// Is everything there that a run needs: token, permissions, API, resolvers, state folder; changes nothing
    Doctor(Doctor),
    /// Serve a local Cloudflare simulator and its DNS on loopback
    #[cfg(feature = "sandbox")]
    Sandbox(SandboxServe),
}

/// Options of every command.
#[derive(Debug, Args)]
pub struct Global {
    /// How to write the report
    #[arg(long, global = true, value_enum, default_value_t = Format::Human, help_heading = "Output")]
    pub format: Format,
    /// Write the report to a file instead of standard output
    #[arg(long, global = true, value_name = "PATH", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// When to use colour; NO_COLOR is honoured
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, help_heading = "Output")]
    pub color: Color,
    /// Say nothing but the report
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Output")]
    pub quiet: bool,
    /// Say more; repeat for a log of requests
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Output")]
    pub verbose: u8,
    /// Public resolvers to ask.
    #[arg(
        long,
        global = true,
        value_name = "SPEC",
        help_heading = "Connections",
        help = "A public resolver to ask: 1.1.1.1, udp://9.9.9.9:53, tcp://9.9.9.9, tls://1.1.1.1#cloudflare-dns.com, \
            https://dns.google/dns-query, or system for those of this machine [default: 1.1.1.1, 8.8.8.8, 9.9.9.9, \
            208.67.222.222, over HTTPS if port 53 is blocked; env CF_DOMAUTH_RESOLVERS]"
    )]
    pub resolver: Vec<String>,
    /// An authoritative server to ask instead of the zone's own [env: CF_DOMAUTH_AUTHORITATIVE]
    #[arg(long, global = true, value_name = "ADDR", help_heading = "Connections")]
    pub authoritative: Vec<String>,
    /// Where the API is, with /client/v4 [env: CLOUDFLARE_BASE_URL]
    #[arg(long, global = true, value_name = "URL", help_heading = "Connections")]
    pub api_url: Option<String>,
    /// A file with certificates to trust besides the usual ones, in PEM: for a proxy or a resolver of one's own
    /// [env: SSL_CERT_FILE]
    #[arg(long, global = true, value_name = "PATH", help_heading = "Connections")]
    pub ca_file: Option<PathBuf>,
    /// A file that holds the API token
    #[arg(long, global = true, value_name = "PATH", help_heading = "Connections")]
    pub token_file: Option<PathBuf>,
    /// A provider file, or a folder of them, that extends or replaces what is known; repeatable [also read:
    /// ~/.config/cf-domauth/catalog]
    #[arg(long, global = true, value_name = "PATH", help_heading = "Connections")]
    pub catalog: Vec<PathBuf>,
    /// Where journals are kept [env: CF_DOMAUTH_STATE_DIR]
    #[arg(long, global = true, value_name = "PATH", help_heading = "Connections")]
    pub state_dir: Option<PathBuf>,
}

/// How to write the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a person at a terminal
    Human,
    /// One JSON object, schema 1
    Json,
    /// For tickets and wikis
    Markdown,
    /// A page that stands alone
    Html,
    /// For spreadsheets
    Csv,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Which zones, and what is expected in them.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").args(["zone", "zone_id", "all_zones"]).required(true).multiple(true))]
pub struct Zones {
    /// A zone, or any name in it; repeatable
    #[arg(long, value_name = "NAME")]
    pub zone: Vec<String>,
    /// A zone by its identifier; repeatable
    #[arg(long, value_name = "ID")]
    pub zone_id: Vec<String>,
    /// Every zone that the token can see
    #[arg(long, conflicts_with_all = ["zone", "zone_id"])]
    pub all_zones: bool,
    /// Only zones of this account
    #[arg(long, value_name = "ID")]
    pub account: Option<String>,
    /// A record that ought to be there, DNS only; repeatable
    #[arg(long, value_name = "NAME=TARGET")]
    pub expect: Vec<String>,
    /// Records that ought to be there: a manifest, JSON, CSV, TSV, a zone file, or text pasted from the
    /// provider's page; - reads standard input; repeatable
    #[arg(long, value_name = "PATH|-")]
    pub expect_file: Vec<PathBuf>,
    /// Ask the sending provider which records it expects [possible values: sendgrid, sendgrid-eu, postmark]
    #[arg(long, value_name = "PROVIDER")]
    pub expect_from: Option<String>,
    /// Look at this name only, whatever it is; repeatable
    #[arg(long, value_name = "NAME")]
    pub record: Vec<String>,
    /// Run against a sandbox in this process: no token, no network; FILE is the export of a zone or a scenario.toml
    #[cfg(feature = "sandbox")]
    #[arg(long, value_name = "SCENARIO|FILE", num_args = 0..=1, default_missing_value = "default")]
    pub sandbox: Option<String>,
}

impl Zones {
    /// The sandbox that was asked for.
    pub fn sandbox(&self) -> Option<&str> {
        #[cfg(feature = "sandbox")]
        return self.sandbox.as_deref();
        #[cfg(not(feature = "sandbox"))]
        None
    }
}

/// Options of `audit`.
#[derive(Debug, Args)]
pub struct Audit {
    /// Which zones.
    #[command(flatten)]
    pub zones: Zones,
    /// Read both of Cloudflare's audit logs to their end for mail records that were deleted; without this only the
    /// older one is read where it tells enough
    #[arg(long)]
    pub deleted: bool,
}

/// Options of `snapshot`.
#[derive(Debug, Args)]
pub struct Snapshot {
    /// Which zones.
    #[command(flatten)]
    pub zones: Zones,
    /// Forget this name, because its record is gone for good; repeatable
    #[arg(long, value_name = "NAME")]
    pub forget: Vec<String>,
}

/// Options of `undo`.
#[derive(Debug, Args)]
pub struct Undo {
    /// The run to put back [default: the last run of this state folder]
    #[arg(value_name = "RUN")]
    pub run: Option<String>,
    /// Show the runs of this state folder and change nothing
    #[arg(long, conflicts_with_all = ["run", "yes", "dry_run"])]
    pub list: bool,
    /// Show the plan and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long, conflicts_with = "dry_run")]
    pub yes: bool,
    /// How long to wait for public DNS: 90s, 5m; 0 looks once
    #[arg(long, value_name = "DURATION", default_value = "5m")]
    pub wait: String,
}

/// Options of `expect`.
#[derive(Debug, Args)]
pub struct Expect {
    /// What to read: a manifest, JSON, CSV, TSV, a zone file, or pasted text; - is standard input
    #[arg(long, value_name = "PATH|-", default_value = "-")]
    pub from: PathBuf,
    /// The zone that relative names are in; repeatable
    #[arg(long, value_name = "NAME")]
    pub zone: Vec<String>,
    /// What to write
    #[arg(long, value_enum, default_value_t = ManifestFormat::Toml)]
    pub to: ManifestFormat,
}

/// How to write a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ManifestFormat {
    /// For people
    Toml,
    /// For programs
    Json,
}

/// Options of `fix`.
#[derive(Debug, Args)]
pub struct Fix {
    /// Which zones.
    #[command(flatten)]
    pub zones: Zones,
    /// Show the plan and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long, conflicts_with = "dry_run")]
    pub yes: bool,
    /// Also create again what nobody named, but a snapshot, the audit log or the rest of a set proves; with
    /// this, --yes covers those as well
    #[arg(long)]
    pub restore: bool,
    /// Delete the records of other types at this name, to make room for an expected CNAME; repeatable
    #[arg(long, value_name = "NAME")]
    pub replace: Vec<String>,
    /// Write the plan to a file, to be reviewed, and change nothing
    #[arg(long, value_name = "PATH", conflicts_with_all = ["yes", "plan"])]
    pub save_plan: Option<PathBuf>,
    /// Carry out a plan that was saved: exactly that, or nothing if a record concerned has changed since
    #[arg(long, value_name = "PATH", group = "which", conflicts_with_all = [
        "zone", "zone_id", "all_zones", "account", "expect", "expect_file", "expect_from", "record", "replace", "restore",
    ])]
    pub plan: Option<PathBuf>,
    /// How long to wait for public DNS: 90s, 5m; 0 looks once
    #[arg(long, value_name = "DURATION", default_value = "5m")]
    pub wait: String,
}

/// Options of `confirm`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").args(["name", "expect", "expect_file", "run"]).required(true).multiple(true))]
pub struct Confirm {
    /// A name to ask for, or a domain: then the names that mail records usually have are asked for
    #[arg(value_name = "NAME|DOMAIN")]
    pub name: Vec<String>,
    /// A record that ought to be there; repeatable
    #[arg(long, value_name = "NAME=TARGET")]
    pub expect: Vec<String>,
    /// Records that ought to be there: a manifest, JSON, CSV, TSV, a zone file, or pasted text; - reads standard
    /// input; repeatable
    #[arg(long, value_name = "PATH|-")]
    pub expect_file: Vec<PathBuf>,
    /// What a run changed: its name as `undo --list` shows it, or last
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
    /// The zone that relative names of --expect-file are in; repeatable
    #[arg(long, value_name = "NAME")]
    pub zone: Vec<String>,
    /// How long to wait for public DNS: 90s, 5m; 0 looks once
    #[arg(long, value_name = "DURATION", default_value = "0")]
    pub wait: String,
    /// Ask the DNS of a sandbox in this process: no network
    #[cfg(feature = "sandbox")]
    #[arg(long, value_name = "SCENARIO", num_args = 0..=1, default_missing_value = "default")]
    pub sandbox: Option<String>,
    /// Write a short text instead of the report, to be sent to the person who has to change the records
    #[arg(long)]
    pub message: bool,
    /// The language of that text
    #[arg(long, value_name = "LANGUAGE", default_value = "en", requires = "message", value_parser = language())]
    pub language: Language,
    /// Ask as fast as possible; only for resolvers of one's own. The default is one question to each
    /// server every 20 ms, and no pace on loopback
    #[arg(long)]
    pub no_pace: bool,
}

/// Reads the language of a letter.
fn language() -> impl TypedValueParser<Value = Language> {
    PossibleValuesParser::new(Language::ALL.map(Language::word))
        .try_map(|word| Language::from_word(&word).ok_or("no such language"))
}

impl Confirm {
    /// The sandbox that was asked for.
    pub fn sandbox(&self) -> Option<&str> {
        #[cfg(feature = "sandbox")]
        return self.sandbox.as_deref();
        #[cfg(not(feature = "sandbox"))]
        None
    }
}

/// Options of `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// The code of a finding, such as proxied
    pub code: Option<String>,
}

/// Options of `providers`.
#[derive(Debug, Args)]
pub struct Providers {
    /// What to tell; without it all are listed.
    #[command(subcommand)]
    pub command: Option<ProvidersCommand>,
}

/// What to tell about the providers.
#[derive(Debug, Subcommand)]
pub enum ProvidersCommand {
    /// List all
    List,
    /// Show what is known about one
    Show {
        /// Its short name, as listed
        id: String,
    },
    /// Tell what a record would be taken for, what would be done to it, and why
    Match {
        /// The record's name
        name: String,
        /// Where it points
        target: String,
    },
}

/// Options of `doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// The zone to try the permissions on [default: the first that the token can see]
    #[arg(long, value_name = "NAME")]
    pub zone: Option<String>,
}

/// Options of `sandbox`.
#[cfg(feature = "sandbox")]
#[derive(Debug, Args)]
pub struct SandboxServe {
    /// A scenario by name, or a file
    #[arg(long, value_name = "NAME|PATH", default_value = "default")]
    pub scenario: String,
    /// Serve one zone from a BIND file or a Cloudflare export
    #[arg(long, value_name = "PATH", conflicts_with = "scenario")]
    pub zone_file: Option<PathBuf>,
    /// Serve so many generated zones
    #[arg(long, value_name = "N", conflicts_with_all = ["scenario", "zone_file"])]
    pub zones: Option<usize>,
    /// Records in each generated zone
    #[arg(long, value_name = "M", requires = "zones", default_value_t = 20)]
    pub records: usize,
    /// Where the API listens; loopback only
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub listen: String,
    /// How long every request takes, for example 50ms
    #[arg(long, value_name = "DURATION", default_value = "0s")]
    pub latency: String,
    /// Requests allowed in a time, for example 1200/300s
    #[arg(long, value_name = "COUNT/DURATION")]
    pub rate_limit: Option<String>,
    /// An injected fault: 5xx:SHARE, html, 429:COUNT, lost-reply:COUNT, noop-patch, lag:DURATION, slow:DURATION, indented, truncated,
    /// short-list, long-list, ignore-page:SIZE, empty-page, silent-resolver:N, lying-resolver:N, silent-dns, hold-before:N,
    /// hold-after:N, no-old-values, on-writes:SPEC (5xx, html, 429, truncated, slow); repeatable
    #[arg(long, value_name = "SPEC")]
    pub fault: Vec<String>,
    /// Let answers live as long as in the real world; without it the resolvers forget after a quarter of a second
    #[arg(long)]
    pub real_ttl: bool,
    /// Decides everything that looks random
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Write the variables that point a program here to a file, in shell syntax
    #[arg(long, value_name = "PATH")]
    pub env_file: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
