//! Lists the provider files, so that a new one has to be named nowhere.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Result;
use std::path::Path;
use std::{env, fs};

/// Below the folder of the crate.
const FOLDER: &str = "/src/model/catalog/providers/";

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed=.{FOLDER}");
    let files = fs::read_dir(format!(".{FOLDER}"))?;
    let names = files.map(|file| Ok(file?.file_name().to_string_lossy().into_owned()));
    let mut list = String::new();
    for name in names.collect::<Result<BTreeSet<_>>>()? {
        let Some(id) = name.strip_suffix(".toml") else { continue };
        let text = format!("include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"{FOLDER}{name}\"))");
        writeln!(list, "({id:?}, {text}),").ok();
    }
    #[expect(clippy::disallowed_methods, reason = "cargo says in the environment where to write")]
    let out = env::var_os("OUT_DIR").unwrap_or_default();
    fs::write(Path::new(&out).join("providers.rs"), format!("&[\n{list}]"))
}
