//! `explain`: the page of one finding, or the list of all. Effects: terminal.

use std::fmt::Write as _;

use anstyle::Style;

use super::{Stopped, usage};
use crate::cli::arguments::{Explain, Format};
use crate::cli::ui::Terminal;
use crate::model::diagnosis::Code;
use crate::model::failure::Exit;
use crate::model::{plain, suggest};
use crate::report::{explain, objects};

const HEADING: Style = Style::new().bold();

pub(super) fn run(terminal: &Terminal, arguments: &Explain) -> Result<Exit, Stopped> {
    let text = match &arguments.code {
        None => list(terminal.format())?,
        Some(word) => {
            let word = word.trim().to_ascii_lowercase();
            let code = Code::from_word(&word).ok_or_else(|| unknown(&plain::sanitize_line(&word)))?;
            page(code, terminal.format())?
        }
    };
    terminal.open()?;
    terminal.answer(&text)?;
    Ok(Exit::Done)
}

fn unknown(word: &str) -> Stopped {
    let meant = suggest::did_you_mean(word, Code::ALL.into_iter().map(Code::word));
    let hints = meant.into_iter().chain(["`cf-domauth explain` lists them".to_owned()]);
    usage(format!("there is no finding `{word}`"), hints)
}

fn unformatted() -> Stopped {
    usage(
        "a page is written for people, as Markdown or as JSON only",
        ["leave out --format, or write --format markdown or --format json"],
    )
}

fn list(format: Format) -> Result<String, Stopped> {
    let mut text = String::new();
    match format {
        Format::Human => {
            let width = Code::ALL.iter().map(|code| code.word().len()).max().unwrap_or_default();
            for code in Code::ALL {
                writeln!(text, "{:width$}  {}", code.word(), explain::title(code)).ok();
            }
            text.push_str("\n`cf-domauth explain CODE` tells what it means and what to do\n");
        }
        Format::Markdown => {
            for code in Code::ALL {
                writeln!(text, "- `{}`: {}", code.word(), explain::title(code)).ok();
            }
        }
        Format::Json | Format::Jsonl => text = objects::codes(),
        Format::Html | Format::Csv | Format::Openmetrics => return Err(unformatted()),
    }
    Ok(text)
}

fn page(code: Code, format: Format) -> Result<String, Stopped> {
    let page = explain::page(code);
    match format {
        Format::Human => Ok(for_people(page)),
        Format::Markdown => Ok(page.to_owned()),
        Format::Json | Format::Jsonl => Ok(objects::page(code)),
        Format::Html | Format::Csv | Format::Openmetrics => Err(unformatted()),
    }
}

/// The headings in bold instead of with hashes.
fn for_people(page: &str) -> String {
    let line = |line: &str| match line.trim_start_matches('#') {
        rest if rest.len() < line.len() => format!("{HEADING}{}{HEADING:#}\n", rest.trim()),
        rest => format!("{rest}\n"),
    };
    page.lines().map(line).collect()
}
