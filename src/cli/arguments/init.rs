//! The arguments of `init`: clap types and nothing else. Pure.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::model::token_form::Purpose;

#[derive(Debug, Args)]
pub struct Init {
    /// A zone to keep in the settings [default: none]
    ///
    /// Commands that name no zone work on those.
    #[arg(value_name = "ZONE")]
    pub zones: Vec<String>,
    /// What for: look, repair or log [default: repair]
    ///
    /// look reports what is broken, repair changes it as well, log also reads the audit log for records that were
    /// deleted.
    #[arg(
        long = "for",
        value_enum,
        value_name = "PURPOSE",
        default_value = "repair",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub purpose: Purpose,
    /// none (default), file, keyring or command
    ///
    /// Where the token is kept: none keeps it nowhere, file writes it to a file that nobody else can read, keyring to the keyring of
    /// the operating system, command keeps the command that prints it.
    #[arg(
        long,
        value_name = "WHERE",
        default_value = "none",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub store: Store,
    /// For --store file [default: beside the settings]
    #[arg(long, value_name = "PATH")]
    pub file: Option<PathBuf>,
    /// The command for --store command, at the end
    ///
    /// Such as: --command pass show cloudflare
    #[arg(long, value_name = "WORD", num_args = 1.., allow_hyphen_values = true)]
    pub command: Vec<String>,
    /// Print the link to Cloudflare's token form and end
    #[arg(long)]
    pub link: bool,
}

/// Where a token is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Store {
    /// Nowhere
    None,
    /// In a file that nobody else can read
    File,
    /// In the keyring of the operating system
    Keyring,
    /// Where a command gets it from
    Command,
}
