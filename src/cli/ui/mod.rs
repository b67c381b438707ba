//! The terminal: streams, colour, whether somebody is there to be asked. Effects: terminal, files.

mod ascii;
mod progress;
mod prompt;

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub use prompt::Answer;

use ascii::Ascii;

use anstream::{AutoStream, ColorChoice};

use crate::cli::arguments::{Color, Format, Global};
use crate::model::expectation::document::Understood;
use crate::model::progress::{Progress, Quiet};
use crate::model::scrub::Scrubbed;
use crate::report::terminal::{self, Layout};
use crate::report::{self, Report, ZoneReport};

/// What the program writes to and how.
#[derive(Debug)]
pub struct Terminal {
    global: Global,
    choice: ColorChoice,
    /// Files that get the report as well.
    reports: Vec<PathBuf>,
    layout: Layout,
    has_answered: AtomicBool,
    /// Whether zones were written as they ended.
    has_streamed: AtomicBool,
}

impl Terminal {
    /// Settles once what colour, width and which streams to use. Without `columns` the terminal is asked.
    pub fn new(global: Global, columns: Option<usize>, reports: Vec<PathBuf>) -> Self {
        Self {
            choice: match global.color {
                Color::Auto => ColorChoice::Auto,
                Color::Always => ColorChoice::Always,
                Color::Never => ColorChoice::Never,
            },
            reports,
            layout: Layout {
                width: global.output.is_none().then(|| columns.or_else(width)).flatten(),
                is_verbose: global.verbose > 0,
            },
            global,
            has_answered: AtomicBool::new(false),
            has_streamed: AtomicBool::new(false),
        }
    }

    /// Where the report goes, where that is a file.
    pub fn output(&self) -> Option<&Path> {
        self.global.output.as_deref()
    }

    /// Whether a person can be asked.
    pub fn is_interactive(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// What hears a run: a drawing on a terminal, plain lines elsewhere, nothing if quiet.
    pub fn progress(&self) -> Arc<dyn Progress> {
        if self.global.quiet {
            Arc::new(Quiet)
        } else if io::stderr().is_terminal() && !self.global.ascii {
            Arc::new(progress::Drawn::new())
        } else {
            Arc::new(progress::Lines::new(self.layout.is_verbose))
        }
    }

    /// Asks a question until it is answered, with yes or no, or with all answers. The answer is waited for on a thread
    /// of its own, so that Ctrl-C can end the wait.
    pub async fn ask(&self, question: &str, all: bool) -> Answer {
        loop {
            if prompt::put(question, all, &mut self.errors()).is_err() {
                return Answer::No;
            }
            match tokio::task::spawn_blocking(move || prompt::answer(all)).await {
                Ok(None) => {}
                Ok(Some(answer)) => return answer,
                Err(_) => return Answer::No,
            }
        }
    }

    /// Shows every change with old and new values and the request.
    pub fn details(&self, report: &Report) {
        // Nothing can be done about a standard error that is closed.
        terminal::details(report, &self.layout, &mut self.errors()).ok();
    }

    /// Standard error, with or without colour, line by line.
    pub fn errors(&self) -> impl Write + use<> {
        Scrubbed::new(Ascii { inner: AutoStream::new(io::stderr(), self.choice), is_on: self.global.ascii })
    }

    /// Says on standard error what is no error, unless quiet.
    pub fn warn(&self, text: &str) {
        self.note(&format!("warning: {text}"));
    }

    /// Makes sure that the report can be written, before anything is done: a change whose report is lost
    /// is worse than none. A file that is there is emptied.
    pub fn open(&self) -> io::Result<()> {
        for path in &self.reports {
            form(path)?;
        }
        self.global.output.iter().chain(&self.reports).try_for_each(|path| File::create(path).map(drop))
    }

    /// Writes what is known before anything is changed: in the human format only, or on standard
    /// error if a person is about to be asked.
    pub fn before(&self, report: &Report, will_ask: bool) -> io::Result<()> {
        let is_human = self.global.format == Format::Human;
        if is_human {
            self.write(|out| terminal::before(report, &self.layout, out))?;
        }
        if will_ask && (!is_human || self.global.output.is_some()) {
            terminal::before(report, &self.layout, &mut self.errors())?;
        }
        Ok(())
    }

    /// Writes one of several zones as it ends, if the form is one for that. `report` is the run without its zones.
    pub fn zone(&self, report: &Report, zone: &ZoneReport) -> io::Result<()> {
        if self.global.format != Format::Jsonl {
            return Ok(());
        }
        self.has_streamed.store(true, Ordering::Relaxed);
        self.write(|out| report::json_line(report, zone, out))
    }

    /// Whether the end of a run of many zones shows their healthy records.
    pub fn lists_records(&self) -> bool {
        let is_short = matches!(self.global.format, Format::Human | Format::Jsonl | Format::Openmetrics);
        !is_short || self.layout.is_verbose || !self.reports.is_empty()
    }

    /// Writes what files and pastes were understood to say: for a person only, and `aside` where the answer is a text to
    /// be sent on.
    pub fn understood(&self, all: &[Understood], aside: bool) -> io::Result<()> {
        let write = |out: &mut dyn Write| all.iter().try_for_each(|one| report::understood(one, out));
        match self.global.format {
            Format::Human if !aside => self.write(write),
            Format::Human if !self.global.quiet => write(&mut self.errors()),
            _ => Ok(()),
        }
    }

    /// Writes a text that is the whole answer of a command.
    pub fn answer(&self, text: &str) -> io::Result<()> {
        self.write(|out| out.write_all(text.as_bytes()))
    }

    /// Writes one of many answers, at once. `false` if nobody reads any more.
    pub fn stream(&self, line: &str) -> io::Result<bool> {
        match flushed(io::stdout().lock(), |out| out.write_all(line.as_bytes())) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
            written => written.map(|()| true),
        }
    }

    /// Says something on standard error, unless quiet.
    pub fn note(&self, text: &str) {
        if !self.global.quiet {
            // Nothing can be done about a standard error that is closed.
            writeln!(self.errors(), "{text}").ok();
        }
    }

    /// The format of the answer.
    pub fn format(&self) -> Format {
        self.global.format
    }

    /// Writes the end of a run: the whole report, or for a person what was not said yet.
    pub fn after(&self, report: &Report) -> io::Result<()> {
        self.write(|out| match self.global.format {
            Format::Human => terminal::after(report, &self.layout, out),
            Format::Jsonl if self.has_streamed.load(Ordering::Relaxed) => report::last_json_line(report, out),
            form => whole(form, report, out),
        })?;
        for path in &self.reports {
            let form = form(path)?;
            let file = AutoStream::new(File::create(path)?, ColorChoice::Never);
            flushed(BufWriter::new(file), |out| whole(form, report, out))?;
        }
        if let Some(path) = self.global.output.as_ref().filter(|_| !self.global.quiet) {
            let closing = terminal::closing(report).join(" ");
            writeln!(self.errors(), "{closing} The report is in {}.", path.display()).ok();
        }
        Ok(())
    }

    /// Whether an answer was written already.
    pub fn has_answered(&self) -> bool {
        self.has_answered.load(Ordering::Relaxed)
    }

    fn write(&self, render: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        self.has_answered.store(true, Ordering::Relaxed);
        let is_on = self.global.ascii && self.global.format == Format::Human;
        let result = if let Some(path) = &self.global.output {
            let file = File::options().create(true).append(true).open(path)?;
            // A file is no terminal, but who asks for colour gets it.
            let is_colored = self.choice == ColorChoice::Always;
            let choice = if is_colored { ColorChoice::Always } else { ColorChoice::Never };
            let file = AutoStream::new(file, choice);
            flushed(Ascii { inner: BufWriter::new(file), is_on }, render)
        } else {
            let stream = BufWriter::new(AutoStream::new(io::stdout().lock(), self.choice));
            flushed(Ascii { inner: stream, is_on }, render)
        };
        match result {
            // Somebody who reads no further has seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            settled => settled,
        }
    }
}

/// The width of the terminal that the answer is written to.
fn width() -> Option<usize> {
    const USUAL: usize = 80;
    let columns = terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0));
    columns.or(io::stdout().is_terminal().then_some(USUAL))
}

/// The form of a report by the ending of its file.
fn form(path: &Path) -> io::Result<Format> {
    match path.extension().and_then(std::ffi::OsStr::to_str) {
        Some("html") => Ok(Format::Html),
        Some("json") => Ok(Format::Json),
        Some("jsonl") => Ok(Format::Jsonl),
        Some("md") => Ok(Format::Markdown),
        Some("csv") => Ok(Format::Csv),
        Some("prom") => Ok(Format::Openmetrics),
        Some("txt") => Ok(Format::Human),
        _ => {
            let shown = path.display();
            Err(io::Error::other(format!(
                "--report {shown}: end its name in .html, .json, .jsonl, .md, .csv, .prom or .txt"
            )))
        }
    }
}

/// A whole report in one form.
fn whole(form: Format, report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let layout = Layout::default();
    match form {
        Format::Human => {
            terminal::before(report, &layout, out).and_then(|()| terminal::after(report, &layout, out))
        }
        Format::Json => report::json(report, out),
        Format::Jsonl => report::json_lines(report, out),
        Format::Markdown => report::markdown(report, out),
        Format::Html => report::html(report, out),
        Format::Csv => report::csv(report, out),
        Format::Openmetrics => report::openmetrics(report, out),
    }
}

fn flushed(out: impl Write, render: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = Scrubbed::new(out);
    render(&mut out)?;
    out.flush()
}
