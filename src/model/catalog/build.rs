//! Lists the provider files, the pages of `explain` and the simulator's scenarios, so that a new one has to be named
//! nowhere.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Result;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<()> {
    list("/src/model/catalog/providers/", ".toml", "providers.rs")?;
    list("/src/report/explain/pages/", ".md", "pages.rs")?;
    list("/fixtures/scenarios/", ".toml", "scenarios.rs")
}

/// Writes the names and texts of the files of a folder, below that of the crate, as a Rust expression.
fn list(folder: &str, ending: &str, to: &str) -> Result<()> {
    println!("cargo::rerun-if-changed=.{folder}");
    let files = fs::read_dir(format!(".{folder}"))?;
    let names = files.map(|file| Ok(file?.file_name().to_string_lossy().into_owned()));
    let names: Vec<String> = names.collect::<Result<_>>()?;
    let ids: BTreeSet<&str> = names.iter().filter_map(|name| name.strip_suffix(ending)).collect();
    let mut list = String::new();
    for id in ids {
        let text = format!("include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"{folder}{id}{ending}\"))");
        writeln!(list, "({id:?}, {text}),").ok();
    }
    #[expect(clippy::disallowed_methods, reason = "cargo says in the environment where to write")]
    let out = env::var_os("OUT_DIR").unwrap_or_default();
    fs::write(Path::new(&out).join(to), format!("&[\n{list}]"))
}
