//! `explain`: the page of one finding, or the list of all. Effects: terminal.

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
    let code = arguments.code.as_deref().map(known).transpose()?;
    let text = match (terminal.format(), code) {
        (Format::Human, None) => list(),
        (Format::Human, Some(code)) => for_people(explain::page(code)),
        (Format::Markdown, None) => {
            let line = |code: Code| format!("- `{}`: {}\n", code.word(), explain::title(code));
            Code::ALL.into_iter().map(line).collect()
        }
        (Format::Markdown, Some(code)) => explain::page(code).to_owned(),
        (Format::Json | Format::Jsonl, None) => objects::codes(),
        (Format::Json | Format::Jsonl, Some(code)) => objects::page(code),
        (Format::Html | Format::Csv | Format::Openmetrics, _) => {
            return Err(usage(
                "a page is written for people, as Markdown or as JSON only",
                ["leave out --format, or write --format markdown or --format json"],
            ));
        }
    };
    terminal.open()?;
    terminal.answer(&text)?;
    Ok(Exit::Done)
}

fn known(word: &str) -> Result<Code, Stopped> {
    let word = word.trim().to_ascii_lowercase();
    Code::from_word(&word).ok_or_else(|| {
        let word = plain::sanitize_line(&word);
        let meant = suggest::did_you_mean(&word, Code::ALL.into_iter().map(Code::word));
        let hints = meant.into_iter().chain(["`cf-domauth explain` lists them".to_owned()]);
        usage(format!("there is no finding `{word}`"), hints)
    })
}

fn list() -> String {
    let width = Code::ALL.iter().map(|code| code.word().len()).max().unwrap_or_default();
    let line = |code: Code| format!("{:width$}  {}\n", code.word(), explain::title(code));
    let lines: String = Code::ALL.into_iter().map(line).collect();
    lines + "\n`cf-domauth explain CODE` tells what it means and what to do\n"
}

/// The headings in bold instead of with hashes.
fn for_people(page: &str) -> String {
    let line = |line: &str| match line.trim_start_matches('#') {
        rest if rest.len() < line.len() => format!("{HEADING}{}{HEADING:#}\n", rest.trim()),
        rest => format!("{rest}\n"),
    };
    page.lines().map(line).collect()
}
