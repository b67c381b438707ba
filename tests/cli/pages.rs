//! The README and the pages of `docs`: every command in them is run, what they show is what is printed, and the pages of
//! findings and providers are written from the program.
//!
//! A page is one sandbox and one folder, and its blocks are run in their order. A comment before a block tells more:
//! `sandbox: SCENARIO [TOKEN | none | real-ttl]` begins anew with that scenario, `file: NAME` writes the block to a file,
//! `terminal: ANSWER` gives the commands a terminal on which that is typed, `needs: TOOLS` leaves it out where they are not
//! here, `not run: REASON` and `test: NAME` (a check in `.ci`) everywhere.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cf_domauth::sandbox::Options;
use serde_json::Value;

use crate::scene::Scene;

/// Why blocks are not run, and how many there are of each kind.
const NOT_RUN: [(&str, usize); 1] = [("builds the program", 3)];

#[cfg(target_os = "linux")]
#[test]
fn every_command_in_the_pages_is_run_and_what_they_show_is_printed() {
    if !are_here("script timeout") {
        return println!("the pages are not run: script and timeout are not here");
    }
    let (mut run, mut not_run) = (0, BTreeMap::<String, usize>::new());
    for path in pages() {
        let text = std::fs::read_to_string(&path).unwrap();
        let page = Page::read(&path, &text);
        published(&path, &page.text);
        run += page.run;
        page.not_run.into_iter().for_each(|reason| *not_run.entry(reason).or_default() += 1);
    }
    assert!(run > 40, "only {run} blocks were run");
    let not_run: Vec<(&str, usize)> =
        not_run.iter().map(|(reason, count)| (reason.as_str(), *count)).collect();
    assert_eq!(not_run, NOT_RUN, "the blocks that are not run, by reason");
}

fn pages() -> Vec<PathBuf> {
    // What is hidden, CONTRIBUTING among it, is not in the packed crate.
    let entries = std::fs::read_dir("docs").unwrap().map(|entry| entry.unwrap().path());
    let pages = entries.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    let mut all: Vec<PathBuf> = pages.chain([PathBuf::from("README.md")]).collect();
    all.sort();
    all
}

struct Page<'a> {
    path: &'a Path,
    scene: Option<Scene>,
    folder: tempfile::TempDir,
    /// The page as it ought to be.
    text: String,
    /// How many blocks were run, and why the others were not.
    run: usize,
    not_run: Vec<String>,
}

impl<'a> Page<'a> {
    fn read(path: &'a Path, text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut page = Self { path, scene: None, folder, text: String::new(), run: 0, not_run: Vec::new() };
        page.blocks(text);
        page
    }

    fn blocks(&mut self, text: &str) {
        let mut comment = "";
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            self.shows(line);
            if let Some(inside) = line.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->")) {
                comment = inside;
                let begins = inside.strip_prefix("sandbox: ").map(scene);
                self.scene = begins.or_else(|| self.scene.take());
            } else if let Some(language) = line.strip_prefix("```") {
                let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
                let reason = comment.strip_prefix("not run: ");
                self.not_run.extend(reason.map(str::to_owned));
                self.block(language, comment, &block);
                self.shows("```");
                comment = "";
            } else {
                comment = "";
            }
        }
    }

    fn shows(&mut self, line: &str) {
        writeln!(self.text, "{line}").unwrap();
    }

    fn block(&mut self, language: &str, comment: &str, block: &[&str]) {
        let is_left_out = comment.strip_prefix("needs: ").is_some_and(|tools| !are_here(tools))
            || ["not run: ", "test: ", "the first command", "the test command"]
                .iter()
                .any(|marker| comment.starts_with(marker));
        if language == "console" && !is_left_out {
            self.run += 1;
            return self.session(block);
        }
        for line in block {
            self.shows(line);
        }
        if let Some(name) = comment.strip_prefix("file: ") {
            std::fs::write(self.folder.path().join(name), block.join("\n") + "\n").unwrap();
        } else if language == "sh" && !is_left_out {
            self.run += 1;
            self.script(block, comment.strip_prefix("terminal: "));
        }
    }

    fn scene(&mut self) -> &Scene {
        self.scene.get_or_insert_with(|| Scene::from("default"))
    }

    /// A shell in the folder of the page, with the program in its path and the sandbox in its variables.
    fn shell(&mut self) -> Command {
        let program = self.scene().command(&[]);
        let mut shell = Command::new("timeout");
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        let place = Path::new(program.get_program()).canonicalize().unwrap();
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", place.parent().unwrap().display());
        shell
            .env("PATH", path)
            .env("COLUMNS", "100")
            .env("TZ", "UTC")
            .current_dir(&self.folder)
            .stdin(Stdio::null());
        shell.args(["60", "sh", "-c"]);
        shell
    }

    /// Commands of which none may be refused: what they print is not shown.
    fn script(&mut self, block: &[&str], answer: Option<&str>) {
        let mut script = String::new();
        for line in block {
            let ends = !line.ends_with('\\') && !line.is_empty();
            let check = if ends { "\ncase $? in 0|1|5|6) ;; *) exit 99 ;; esac" } else { "" };
            writeln!(script, "{line}{check}").unwrap();
        }
        let mut shell = self.shell();
        if let Some(answer) = answer {
            std::fs::write(self.folder.path().join("script"), script).unwrap();
            let token = self.scene().sandbox().token("full");
            // A token is read without an echo, and what was typed before is thrown away: it comes over a pipe.
            script = match answer {
                "TOKEN" => format!("echo {token} | sh script"),
                answer => format!("echo {answer} | script -qec 'sh script' /dev/null"),
            };
        }
        let output = shell.arg(script).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {block:?}: {}\n{said}", self.path.display(), output.status);
    }

    /// Commands behind `$ ` and what each prints: on standard output, or on standard error where that is empty.
    fn session(&mut self, block: &[&str]) {
        let mut rest = block.iter().copied().peekable();
        while let Some(line) = rest.next() {
            let command = line.strip_prefix("$ ").unwrap();
            let mut shown = Vec::new();
            while let Some(line) = rest.next_if(|line| !line.starts_with("$ ")) {
                shown.push(line);
            }
            let output = self.shell().arg(command).output().unwrap();
            let printed = if output.stdout.is_empty() { output.stderr } else { output.stdout };
            let printed = String::from_utf8(printed).unwrap();
            let printed: Vec<&str> = printed.trim_end().lines().map(str::trim_end).collect();
            let printed = proposed_once(&printed);
            let lines = if fits(&shown, &printed) { shown } else { printed };
            self.shows(line);
            for line in lines {
                self.shows(line);
            }
        }
    }
}

/// Whether programs can be started.
fn are_here(tools: &str) -> bool {
    tools.split(' ').all(|tool| Command::new(tool).arg("--version").output().is_ok())
}

/// The sandbox that a page names: a scenario, and then one of its tokens (`none` for no token) or `real-ttl`.
fn scene(words: &str) -> Scene {
    let mut words = words.split(' ');
    let scenario = words.next().unwrap();
    words.fold(Scene::from(scenario), |scene, word| match word {
        "none" => scene.set("CLOUDFLARE_API_TOKEN", ""),
        "real-ttl" => Scene::with(scenario, Options { real_ttl: true, ..Options::default() }),
        token => scene.token(token),
    })
}

/// Whether lines are what a page shows: `...` stands for any lines, and where a moment or an address stands digits may
/// differ.
fn fits(shown: &[&str], printed: &[&str]) -> bool {
    match (shown, printed) {
        (["...", rest @ ..], _) => (0..=printed.len()).any(|from| fits(rest, &printed[from..])),
        ([one, shown @ ..], [other, printed @ ..]) => {
            (one == other || settled(one) == settled(other)) && fits(shown, printed)
        }
        _ => shown.is_empty() && printed.is_empty(),
    }
}

/// What is printed, with one of several sources that differ by seconds: a minute may have begun between them.
fn proposed_once<'p>(printed: &[&'p str]) -> Vec<&'p str> {
    let mut once: Vec<&str> = Vec::new();
    let mut rest = printed;
    while let [line, after @ ..] = rest {
        let entry = if after.first().is_some_and(|next| next.starts_with("    ")) { 2 } else { 1 };
        let (entry, after) = rest.split_at(if line.starts_with("  proposed by ") { entry } else { 1 });
        let settled = |lines: &[&str]| lines.iter().map(|line| settled(line)).collect::<Vec<_>>();
        let before = once.len().saturating_sub(entry.len());
        if !line.starts_with("  proposed by ") || settled(&once[before..]) != settled(entry) {
            once.extend(entry);
        }
        rest = after;
    }
    once
}

/// A line without what differs from run to run: digits where a moment or an address stands, the date of a moment that is not
/// today, and the columns that follow from those.
fn settled(line: &str) -> String {
    let differs = [" UTC", " min", "127.0.0.1", "T0", "T1", "T2"].iter().any(|word| line.contains(word));
    let is_date = |word: &&str| differs && word.len() == 10 && word.matches('-').count() == 2;
    let blank = |letter: char| if differs && letter.is_ascii_hexdigit() { '0' } else { letter };
    let words =
        line.split_whitespace().map(|word| word.trim_start_matches('(')).filter(|word| !is_date(word));
    words.map(|word| word.chars().map(blank).collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// Holds a page equal to what the program says, or writes it anew if `RENEW_PAGES` is set.
fn published(page: impl AsRef<Path>, text: &str) {
    let page = page.as_ref();
    #[expect(clippy::disallowed_methods, reason = "only a developer sets it")]
    if std::env::var_os("RENEW_PAGES").is_some() {
        std::fs::write(page, text).unwrap();
    }
    let is_same = std::fs::read_to_string(page).is_ok_and(|published| published == text);
    let page = page.display();
    assert!(
        is_same,
        "{page} is not what the program says: RENEW_PAGES=1 cargo test --test cli pages\n{text}"
    );
}

#[test]
fn the_page_of_findings_is_what_explain_says() {
    let scene = Scene::from("default");
    let (list, _) = scene.json(&["explain"]);
    let mut text = "# Findings\n\nFor whoever reads a finding in a report: what it means, why mail suffers, how it is known, \
        and what to do. The\nprogram says the same: `cf-domauth explain CODE`. Severities stand in \
        [report.md](report.md#findings). This page is\nwritten by a test.\n"
        .to_owned();
    for finding in list["findings"].as_array().unwrap() {
        let page = scene
            .run(&["explain", finding["code"].as_str().unwrap(), "--format", "markdown"])
            .exits(0)
            .stdout;
        for line in page.trim_end().lines() {
            let deeper = if line.starts_with('#') { "#" } else { "" };
            let gap = if line.starts_with("# ") { "\n" } else { "" };
            writeln!(text, "{gap}{deeper}{line}").unwrap();
        }
    }
    published("docs/findings.md", &text);
}

#[test]
fn the_page_of_providers_is_what_the_catalog_says() {
    let (list, _) = Scene::from("default").json(&["providers", "list"]);
    let providers = list["providers"].as_array().unwrap();
    let mut text = format!(
        "# Providers\n\nFor whoever wants to know which records of a provider are recognized, from which source, and what \
         `fix` does to\nthem: {} providers. `cf-domauth providers show ID` says the same, \
         [catalog.md](catalog.md) how a provider is added.\nThis page is written by a test.\n",
        providers.len()
    );
    for provider in providers {
        let of = |member: &str| provider[member].as_str().unwrap_or_default().to_owned();
        write!(
            text,
            "\n## {}\n\n`{}`, checked {}. Source: {}.",
            of("name"),
            of("id"),
            of("checked"),
            of("source")
        )
        .unwrap();
        if provider["verify"].is_string() {
            write!(text, " To verify: {}.", of("verify")).unwrap();
        }
        text.push('\n');
        let records: Vec<String> = provider["records"].as_array().unwrap().iter().map(row).collect();
        if !records.is_empty() {
            write!(
                text,
                "\n| for | CNAME to | `fix` | evidence |\n| --- | --- | --- | --- |\n{}",
                records.concat()
            )
            .unwrap();
        }
        for record in provider["texts"].as_array().unwrap() {
            let of = |member: &str| record[member].as_str().unwrap();
            write!(text, "\nTXT at `{}` ({}): looked at, never written.\n", of("name"), of("role")).unwrap();
        }
    }
    published("docs/providers.md", &text);
}

fn row(record: &Value) -> String {
    let of = |member: &str| record[member].as_str().unwrap_or_default().replace('|', "\\|");
    let at = if record["name"].is_string() { format!(", at `{}`", of("name")) } else { String::new() };
    let done = match &*of("treatment") {
        "mend" => "makes it DNS only".to_owned(),
        "ask" => "only if named".to_owned(),
        "keep" => "leaves it alone".to_owned(),
        other => other.to_owned(),
    };
    let note = if record["note"].is_string() { format!("; {}", of("note")) } else { String::new() };
    format!("| {} | `{}`{at} | {done} | {}{note} |\n", of("role"), of("target"), of("evidence"))
}

#[test]
fn sources_that_differ_by_a_minute_are_shown_once() {
    let [at, later] =
        ["03:15", "03:16"].map(|minute| format!("  proposed by the log (2026-11-21 {minute} UTC"));
    let printed =
        ["plan", &at, "    by somebody)", &later, "    by somebody)", "  proposed by the set", "end"];
    let once = ["plan", &at, "    by somebody)", "  proposed by the set", "end"];
    assert_eq!(proposed_once(&printed), once);
}
