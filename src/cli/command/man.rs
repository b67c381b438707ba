//! `man`: the manual pages, from the command line itself. Effects: files, terminal.

use std::io::{self, Write as _};

use clap_mangen::Man;

use super::{Stopped, unwritable};
use crate::cli::arguments::{self, page};
use crate::cli::ui::Terminal;
use crate::model::failure::Exit;

pub(super) fn run(terminal: &Terminal, arguments: &arguments::Man) -> Result<Exit, Stopped> {
    let mut program = arguments::command().disable_help_subcommand(true);
    program.build();
    let program = in_full(program);
    let Some(folder) = &arguments.dir else {
        terminal.open()?;
        terminal.answer(&written(&program)?)?;
        return Ok(Exit::Done);
    };
    let failed = |error| unwritable(&format!("--dir {}", folder.display()), &error);
    std::fs::create_dir_all(folder).map_err(failed)?;
    let mut all = vec![&program];
    while let Some(command) = all.pop() {
        let name = command.get_display_name().unwrap_or_else(|| command.get_name());
        // For everybody: no secret stands in them.
        std::fs::write(folder.join(format!("{name}.1")), written(command)?).map_err(failed)?;
        all.extend(command.get_subcommands().filter(|command| !command.is_hide_set()));
    }
    Ok(Exit::Done)
}

/// A page has room for what a screen has not.
fn in_full(command: clap::Command) -> clap::Command {
    let all: Vec<String> = command.get_subcommands().map(|one| one.get_name().to_owned()).collect();
    let command = command.mut_args(|argument| argument.hide_short_help(false));
    all.into_iter().fold(command, |command, name| command.mut_subcommand(name, in_full))
}

fn written(command: &clap::Command) -> io::Result<String> {
    let (examples, exits) = page(command.get_name());
    let has_options = command.get_arguments().any(|argument| !argument.is_hide_set());
    let man = Man::new(command.clone());
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    if has_options {
        man.render_options_section(&mut page)?;
    }
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    writeln!(page, ".SH EXAMPLES\n.nf\n{}\n.fi", as_it_stands(examples))?;
    writeln!(page, ".SH \"EXIT STATUS\"\n{}", as_it_stands(exits))?;
    String::from_utf8(page).map_err(io::Error::other)
}

/// Lines that mean what they say to roff, without their indentation.
fn as_it_stands(text: &str) -> String {
    let line = |line: &str| format!("\\&{}", line.trim().replace('\\', "\\e").replace('-', "\\-"));
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_examples_and_exit_statuses() {
        let mut program = arguments::command();
        program.build();
        let page = written(program.find_subcommand("fix").unwrap()).unwrap();
        assert!(
            page.contains(".SH EXAMPLES\n.nf\n\\&cf\\-domauth fix example.com \\-\\-dry\\-run\n"),
            "{page}"
        );
        assert!(page.contains(".SH \"EXIT STATUS\"\n\\&0 repaired"), "{page}");
        assert!(!page.contains("Examples:"), "{page}");
    }
}
