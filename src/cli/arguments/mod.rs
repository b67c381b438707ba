//! The command line: clap types and nothing else. Pure.

#![expect(clippy::doc_markdown, reason = "these comments are read as help on a terminal")]

mod help;
mod init;
mod zones;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use help::{command, page};
pub use init::{Init, Store};
pub use zones::{Audit, Confirm, Fix, Shared, Snapshot, Undo, Zones};

/// Finds, repairs and confirms mail authentication CNAME records at Cloudflare
#[derive(Debug, Parser)]
#[command(name = "cf-domauth", version, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Report broken mail records; change nothing
    Audit(Audit),
    /// Repair them: plan, ask, change, confirm
    Fix(Fix),
    /// Check names in public DNS; needs no token
    #[command(visible_alias = "verify")]
    Confirm(Confirm),
    /// Put back what a run changed
    Undo(Undo),
    /// Save the healthy mail records of a zone
    Snapshot(Snapshot),
    /// Turn a provider's page, a table or a zone file into a manifest
    Expect(Expect),
    /// Show what a finding means and how to repair it
    Explain(Explain),
    /// List the sending providers; match a record against them
    Providers(Providers),
    /// Check token, permissions, API, resolvers and state folder
    Doctor(Doctor),
    /// Make a token, keep it, write the settings file, audit
    Init(Init),
    /// Show each setting and where it came from
    Settings(SettingsArguments),
    /// Print a completion script for a shell
    Completions(Completions),
    /// Print the manual page
    Man(Man),
    /// Serve a local Cloudflare simulator and its DNS
    #[cfg(feature = "sandbox")]
    Sandbox(SandboxServe),
}

impl Command {
    /// The files that get the report as well.
    pub fn reports(&self) -> Vec<PathBuf> {
        match self {
            Self::Audit(Audit { zones, .. })
            | Self::Fix(Fix { zones, .. })
            | Self::Snapshot(Snapshot { zones, .. }) => zones.shared.report.clone(),
            Self::Undo(undo) => undo.shared.report.clone(),
            Self::Confirm(confirm) => confirm.shared.report.clone(),
            _ => Vec::new(),
        }
    }
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// human (default), json, jsonl, markdown, html, csv or openmetrics
    #[arg(
        long,
        global = true,
        default_value = "human",
        hide_default_value = true,
        hide_possible_values = true,
        value_name = "FORMAT"
    )]
    pub format: Format,
    /// Write the report to a file [default: stdout]
    #[arg(long, global = true, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// auto, always or never; NO_COLOR is honored [default: auto]
    #[arg(
        long,
        global = true,
        default_value = "auto",
        hide_default_value = true,
        hide_possible_values = true,
        hide_short_help = true,
        value_name = "WHEN"
    )]
    pub color: Color,
    /// Write nothing but ASCII, and draw no progress; so with TERM=dumb
    #[arg(long, global = true, hide_short_help = true)]
    pub ascii: bool,
    /// Say nothing but the report
    #[arg(short, long, global = true, conflicts_with = "verbose", hide_short_help = true)]
    pub quiet: bool,
    /// Say more; -vv logs requests
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    #[arg(
        long,
        global = true,
        value_name = "SPEC",
        help_heading = "Connections",
        hide_short_help = true,
        help = "A public resolver to ask; repeatable",
        long_help = "A public resolver to ask; repeatable\n\n1.1.1.1, udp://9.9.9.9:53, tcp://9.9.9.9, \
            tls://1.1.1.1#cloudflare-dns.com, https://dns.google/dns-query, or system for those of this machine \
            [default: 1.1.1.1, 8.8.8.8, 9.9.9.9, 208.67.222.222, over HTTPS if port 53 is blocked; env: \
            CF_DOMAUTH_RESOLVERS]"
    )]
    pub resolver: Vec<String>,
    /// An authoritative server to ask [default: the zone's own; env: CF_DOMAUTH_AUTHORITATIVE]
    #[arg(long, global = true, value_name = "ADDR", help_heading = "Connections", hide_short_help = true)]
    pub authoritative: Vec<String>,
    #[arg(
        long,
        global = true,
        value_name = "URL",
        help_heading = "Connections",
        hide_short_help = true,
        help = "Where the API is [default: https://api.cloudflare.com/client/v4; env: CLOUDFLARE_BASE_URL, \
            CLOUDFLARE_API_BASE_URL]"
    )]
    pub api_url: Option<String>,
    /// Certificates to trust besides the usual ones, in PEM [default: none; env: SSL_CERT_FILE]
    ///
    /// For a proxy or a resolver of one's own.
    #[arg(long, global = true, value_name = "PATH", help_heading = "Connections", hide_short_help = true)]
    pub ca_file: Option<PathBuf>,
    /// A file that holds the API token [default: none; env: CLOUDFLARE_API_TOKEN holds the token itself]
    #[arg(long, global = true, value_name = "PATH", help_heading = "Connections", hide_short_help = true)]
    pub token_file: Option<PathBuf>,
    /// A provider file, or a folder of them; repeatable [default: ~/.config/cf-domauth/catalog]
    ///
    /// It extends or replaces what is known.
    #[arg(long, global = true, value_name = "PATH", help_heading = "Connections", hide_short_help = true)]
    pub catalog: Vec<PathBuf>,
    /// The settings file [default: ~/.config/cf-domauth/settings.toml; env: CF_DOMAUTH_SETTINGS]
    #[arg(long, global = true, value_name = "PATH", help_heading = "Connections", hide_short_help = true)]
    pub settings: Option<PathBuf>,
    /// The profile of the settings file to use [default: its default_profile; env: CF_DOMAUTH_PROFILE]
    ///
    /// audit takes several.
    #[arg(long, global = true, value_name = "NAME", help_heading = "Connections", hide_short_help = true)]
    pub profile: Vec<String>,
    /// Where journals are kept [default: ~/.local/state/cf-domauth; env: CF_DOMAUTH_STATE_DIR]
    #[arg(long, global = true, value_name = "PATH", help_heading = "Connections", hide_short_help = true)]
    pub state_dir: Option<PathBuf>,
}

/// How to write the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a person at a terminal
    Human,
    /// One JSON object, schema 1
    Json,
    /// JSON Lines: an object per zone, then one for the run
    Jsonl,
    /// For tickets and wikis
    Markdown,
    /// A page that stands alone
    Html,
    /// For spreadsheets
    Csv,
    /// For monitoring: OpenMetrics text
    Openmetrics,
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

#[derive(Debug, Args)]
pub struct Expect {
    /// What to read; - is standard input
    ///
    /// A manifest, JSON, CSV, TSV, a zone file, or pasted text.
    #[arg(long, value_name = "PATH|-", default_value = "-")]
    pub from: PathBuf,
    /// The zone that relative names are in; repeatable
    #[arg(long, value_name = "NAME")]
    pub zone: Vec<String>,
    /// toml or json
    #[arg(long, value_enum, default_value_t = ManifestFormat::Toml, hide_possible_values = true, value_name = "FORMAT")]
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

#[derive(Debug, Args)]
pub struct Explain {
    /// The code of a finding, such as proxied
    pub code: Option<String>,
}

#[derive(Debug, Args)]
pub struct Providers {
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

#[derive(Debug, Args)]
pub struct Doctor {
    /// The zone to try permissions on [default: the first seen]
    #[arg(long, value_name = "NAME")]
    pub zone: Option<String>,
    /// Write a bundle for a bug report, without names
    ///
    /// Versions, settings, checks, timings and the shapes of answers; every name, address and secret is replaced, and it
    /// is shown before it is written.
    #[arg(long, value_name = "PATH")]
    pub report: Option<PathBuf>,
    /// Write the bundle without asking
    #[arg(short = 'y', long, requires = "report")]
    pub yes: bool,
}

#[derive(Debug, Args)]
pub struct SettingsArguments {
    /// What to do [default: show]
    #[command(subcommand)]
    pub command: Option<SettingsCommand>,
}

/// What to do with the settings.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum SettingsCommand {
    /// Show each setting and where it came from; never a secret
    Show,
    /// Print where the settings file is, or is looked for
    Path,
}

#[derive(Debug, Args)]
pub struct Completions {
    /// bash, zsh, fish or powershell
    #[arg(value_enum, hide_possible_values = true)]
    pub shell: Shell,
}

/// A shell that can complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// GNU Bash
    Bash,
    /// The Z shell
    Zsh,
    /// fish
    Fish,
    /// PowerShell
    Powershell,
}

#[derive(Debug, Args)]
pub struct Man {
    /// Write one page for each command to this folder
    #[arg(long, value_name = "PATH")]
    pub dir: Option<PathBuf>,
}

#[cfg(feature = "sandbox")]
#[derive(Debug, Args)]
pub struct SandboxServe {
    /// A scenario by name, or a file
    #[arg(long, value_name = "NAME|PATH", default_value = "default")]
    pub scenario: String,
    /// Serve one zone from a BIND file or a Cloudflare export
    #[arg(long, value_name = "PATH", conflicts_with = "scenario")]
    pub zone_file: Option<PathBuf>,
    /// Serve so many zones, drawn from the seed
    ///
    /// Most are healthy, of several providers and accounts.
    #[arg(long, hide_short_help = true, value_name = "N", conflicts_with_all = ["scenario", "zone_file"])]
    pub zones: Option<usize>,
    /// Records in each generated zone
    #[arg(long, hide_short_help = true, value_name = "M", requires = "zones", default_value_t = 20)]
    pub records: usize,
    /// In how many of those zones something is broken: 5 or 2%
    #[arg(long, hide_short_help = true, value_name = "COUNT", requires = "zones", default_value = "2%")]
    pub broken: String,
    /// Where the API listens; loopback only
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub listen: String,
    /// How long every request takes: 50ms
    #[arg(long, value_name = "DURATION", default_value = "0s")]
    pub latency: String,
    /// How much longer at most, drawn for each request: 20ms
    #[arg(long, hide_short_help = true, value_name = "DURATION", default_value = "0s")]
    pub jitter: String,
    /// Requests that somebody else makes with the same token, all counted: 2/s
    #[arg(long, hide_short_help = true, value_name = "RATE", requires = "rate_limit")]
    pub shared_user: Option<String>,
    /// Requests allowed in a time: 1200/300s [default: any]
    #[arg(long, value_name = "RATE")]
    pub rate_limit: Option<String>,
    /// An injected fault; repeatable
    ///
    /// 5xx:SHARE, html, 429:COUNT, lost-reply:COUNT, noop-patch, lag:DURATION, slow:DURATION, indented, truncated,
    /// short-list, long-list, ignore-page:SIZE, empty-page, silent-resolver:N, lying-resolver:N, silent-dns, hold-before:N,
    /// hold-after:N, no-old-values, on-writes:SPEC (5xx, html, 429, truncated, slow)
    #[arg(long, value_name = "SPEC")]
    pub fault: Vec<String>,
    /// Let answers live as long as in the real world
    ///
    /// Without it the resolvers forget after a quarter of a second.
    #[arg(long)]
    pub real_ttl: bool,
    /// Decides everything that looks random
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Write the variables that point a program here
    ///
    /// To a file, in shell syntax.
    #[arg(long, value_name = "PATH")]
    pub env_file: Option<PathBuf>,
}
