//! Runs the program on a drawn zone and keeps what is needed to judge it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::process::Child;
use std::time::{Duration, Instant};

use cf_domauth::model::journal::{self, Line};
use cf_domauth::sandbox::{Fault, Options, from_zone_file};
use fastrand::Rng;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::laws::Kept;
use crate::scene::Scene;
use crate::weather::{Event, Weather};
use crate::world::{ELSEWHERE, World, ZONE};

/// All records of the zone by their handles, as the API would send them.
pub(crate) type Truth = BTreeMap<String, Value>;

/// The journal of a run: its name, and its lines or why it cannot be read.
pub(crate) type Journal = (String, Result<Vec<Line>, String>);

/// A request: method, path, body.
pub(crate) type Call = (String, String, String);

/// What a run had sent and written down at one moment.
pub(crate) struct Moment {
    pub(crate) calls: Vec<Call>,
    pub(crate) journal: Option<Journal>,
    /// What somebody else did then.
    pub(crate) edit: Option<Edit>,
}

/// One run of the program and what it came to.
pub(crate) struct Run {
    pub(crate) arguments: Vec<String>,
    pub(crate) weather: Weather,
    /// How many edits there were before it.
    pub(crate) edits: usize,
    /// What the run had sent and written down when the event came; `None` if the run was over before.
    pub(crate) moment: Option<Moment>,
    pub(crate) before: Truth,
    pub(crate) after: Truth,
    pub(crate) calls: Vec<Call>,
    pub(crate) journal: Option<Journal>,
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Whether it is a `fix`, and no `undo`.
    pub(crate) fn is_fix(&self) -> bool {
        self.arguments[0] == "fix"
    }

    /// The run as a person needs it to see what went wrong.
    pub(crate) fn words(&self) -> String {
        let Self { arguments, weather, moment, calls, journal, code, stdout, stderr, .. } = self;
        let has_come = moment.is_some();
        let call = |(method, path, body): &Call| format!("{method} {path} {body}\n");
        format!(
            "{arguments:?}\n{weather:?} (came: {has_come})\nended with {code:?}\n{}--- journal\n{journal:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}",
            calls.iter().map(call).collect::<String>()
        )
    }
}

/// What somebody else did in the dashboard.
#[derive(Debug, Clone)]
pub(crate) struct Edit {
    pub(crate) event: Event,
    pub(crate) name: String,
    /// The handles of the records at that name.
    pub(crate) ids: Vec<String>,
    /// Whether every `fix` had ended.
    pub(crate) is_late: bool,
}

/// A drawn zone with its sandbox.
pub(crate) struct Stage {
    pub(crate) scene: Scene,
    pub(crate) edits: Vec<Edit>,
    /// Whether every `fix` has ended.
    pub(crate) is_fixed: bool,
    files: tempfile::TempDir,
    rng: Rng,
}

/// Longest time for one run, on a machine that is busy.
const LONGEST: Duration = Duration::from_mins(4);

impl Stage {
    pub(crate) fn new(world: &World, mut rng: Rng) -> Self {
        let options = Options { seed: rng.u64(..), ..Options::default() };
        let scene = Scene::of(from_zone_file(&world.file).unwrap(), options);
        for name in &world.deleted {
            assert!(scene.sandbox().delete(name), "{name}");
        }
        let stage =
            Self { scene, edits: Vec::new(), is_fixed: false, files: tempfile::tempdir().unwrap(), rng };
        // A file may say that a record is proxied which Cloudflare would not proxy.
        for record in stage.truth().values().filter(|record| record["proxiable"] == false) {
            stage.scene.sandbox().edit(record["name"].as_str().unwrap(), r#"{"proxied":false}"#);
        }
        stage
    }

    pub(crate) fn truth(&self) -> Truth {
        let records = self.scene.sandbox().zone_snapshot(ZONE);
        let record = |text: &String| {
            let record: Value = serde_json::from_str(text).unwrap();
            (record["id"].as_str().unwrap().to_owned(), record)
        };
        records.iter().map(record).collect()
    }

    /// The names of the journals, the oldest first.
    pub(crate) fn journals(&self) -> BTreeSet<String> {
        let Ok(folder) = std::fs::read_dir(self.scene.journal_dir()) else { return BTreeSet::new() };
        let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.map(|name| name.trim_end_matches(".jsonl").to_owned()).collect()
    }

    pub(crate) fn journal(&self, run: &str) -> Result<Vec<Line>, String> {
        let path = self.scene.journal_dir().join(format!("{run}.jsonl"));
        journal::read(&std::fs::read_to_string(path).unwrap()).map_err(|error| error.to_string())
    }

    /// What the state folder holds now.
    pub(crate) fn kept(&self) -> Kept {
        let of_variables = ["CLOUDFLARE_API_TOKEN", "SENDGRID_API_KEY", "POSTMARK_ACCOUNT_TOKEN"];
        let secrets = of_variables.iter().map(|name| self.scene.variable(name)).collect();
        let mut paths = vec![self.scene.state_dir().to_owned()];
        let mut files = Vec::new();
        while let Some(path) = paths.pop() {
            if path.is_dir() {
                paths.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            } else {
                files.push((path.display().to_string(), std::fs::read_to_string(path).unwrap()));
            }
        }
        Kept { files, secrets }
    }

    pub(crate) fn fix(&mut self, world: &World, weather: Weather) -> Run {
        let arguments = ["fix", "--zone", ZONE, "--yes", "--wait=0", "--format=json"].map(str::to_owned);
        self.run(arguments.into_iter().chain(world.arguments.iter().cloned()).collect(), weather)
    }

    pub(crate) fn undo(&mut self, run: &str, weather: Weather) -> Run {
        let arguments = ["undo", run, "--yes", "--wait=0", "--format=json"].map(str::to_owned);
        self.run(arguments.to_vec(), weather)
    }

    fn run(&mut self, arguments: Vec<String>, weather: Weather) -> Run {
        let (before, journals, edits) = (self.truth(), self.journals(), self.edits.len());
        let first = self.scene.sandbox().calls().len();
        for fault in &weather.faults {
            self.scene.sandbox().plan(fault.clone());
        }
        if let Some((_, request, is_before)) = weather.event {
            let hold = if is_before { Fault::HoldBefore } else { Fault::HoldAfter };
            self.scene.sandbox().plan(hold(first + request));
        }
        let [stdout, stderr] = ["stdout", "stderr"].map(|name| self.files.path().join(name));
        let mut command = self.scene.command(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        command.stdout(File::create(&stdout).unwrap()).stderr(File::create(&stderr).unwrap());
        let mut child = command.spawn().unwrap();
        let moment = self.hold(&mut child, &weather, (first, &journals));
        let code = ended(&mut child).code();
        self.scene.sandbox().heal();
        let after = self.truth();
        // The API has no way to change a record only if it is as it was read.
        if let Some(edit) = moment.as_ref().and_then(|moment| moment.edit.as_ref())
            && arguments[0] == "undo"
            && !edit.ids.iter().any(|id| after.contains_key(id))
        {
            self.edits.retain(|other| other.name != edit.name || other.event == Event::Delete);
        }
        let Moment { calls, journal, .. } = self.so_far(first, &journals);
        Run {
            arguments,
            weather,
            edits,
            moment,
            before,
            after,
            calls,
            journal,
            code,
            stdout: std::fs::read_to_string(stdout).unwrap(),
            stderr: std::fs::read_to_string(stderr).unwrap(),
        }
    }

    /// What was sent and written down since there were so many requests and these journals.
    fn so_far(&self, first: usize, journals: &BTreeSet<String>) -> Moment {
        let begun = self.journals().difference(journals).next().cloned();
        let journal = begun.map(|name| (name.clone(), self.journal(&name)));
        Moment { calls: self.scene.sandbox().calls().split_off(first), journal, edit: None }
    }

    /// Waits for the moment of the event, if there is to be one, and lets it come.
    fn hold(
        &mut self,
        child: &mut Child,
        weather: &Weather,
        (first, journals): (usize, &BTreeSet<String>),
    ) -> Option<Moment> {
        let (event, _, _) = weather.event?;
        let deadline = Instant::now() + LONGEST;
        while !self.scene.sandbox().is_holding() {
            if child.try_wait().unwrap().is_some() {
                return None;
            }
            assert!(Instant::now() < deadline, "it neither ended nor sent the request");
            std::thread::sleep(Duration::from_millis(2));
        }
        let mut moment = self.so_far(first, journals);
        match event {
            Event::Interrupt => signal(child, Signal::INT),
            Event::Terminate => signal(child, Signal::TERM),
            Event::Kill => signal(child, Signal::KILL),
            Event::Comment | Event::Retarget | Event::Delete | Event::Publish => {
                moment.edit = self.edit(event);
            }
        }
        if event == Event::Kill {
            child.wait().unwrap();
        }
        self.scene.sandbox().release();
        Some(moment)
    }

    /// Lets somebody else do something in the dashboard, to an alias drawn at random.
    pub(crate) fn edit(&mut self, event: Event) -> Option<Edit> {
        let truth = self.truth();
        let is_alias = |record: &&Value| record["type"] == "CNAME";
        let names = truth.values().filter(is_alias).map(|record| record["name"].as_str().unwrap().to_owned());
        let name = match event {
            Event::Publish => format!("new-{}.{ZONE}", self.rng.u16(..)),
            _ => self.rng.choice(names.collect::<Vec<_>>())?,
        };
        let sandbox = self.scene.sandbox();
        let is_so = |record: &Value| record["content"] == ELSEWHERE || record["comment"] == "mine now";
        if truth.values().any(|record| record["name"] == *name && is_so(record)) {
            return None;
        }
        let is_done = match event {
            Event::Publish => sandbox.publish(&name, ELSEWHERE),
            Event::Delete => sandbox.delete(&name),
            Event::Retarget => sandbox.edit(&name, &format!("{{\"content\":\"{ELSEWHERE}\"}}")),
            _ => sandbox.edit(&name, "{\"comment\":\"mine now\"}"),
        };
        let truth = if event == Event::Delete { truth } else { self.truth() };
        let is_there = |(_, record): &(&String, &Value)| record["name"] == *name;
        let ids = truth.iter().filter(is_there).map(|(id, _)| id.clone()).collect();
        let edit = Edit { event, name, ids, is_late: self.is_fixed };
        self.edits.extend(is_done.then(|| edit.clone()));
        is_done.then_some(edit)
    }
}

impl Edit {
    /// Whether it was about a record, which may have been renamed since, or about its name.
    pub(crate) fn is_of(&self, record: &Value) -> bool {
        record["name"] == *self.name || self.ids.iter().any(|id| record["id"] == **id)
    }
}

fn signal(child: &Child, signal: Signal) {
    // It may have ended in this moment.
    kill_process(Pid::from_child(child), signal).ok();
}

fn ended(child: &mut Child) -> std::process::ExitStatus {
    let deadline = Instant::now() + LONGEST;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("it did not end in {LONGEST:?}");
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}
