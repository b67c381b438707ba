//! Finds and reads the provider files of the user's. Effects: files.

use std::io;
use std::path::{Path, PathBuf};

use super::{Settings, SettingsError, shown};
use crate::io::files;
use crate::model::catalog::Catalog;

/// No provider file is longer.
const LONGEST_FILE: u64 = 1 << 20;
/// As many files as a folder may hold.
const MOST_FILES: usize = 1000;

/// The catalog that comes with the program, and what the user adds to it.
pub fn catalog(settings: &Settings) -> Result<Catalog, SettingsError> {
    let mut paths = Vec::new();
    // Here files are looked for without being named.
    let usual = settings.environment.own_folder("XDG_CONFIG_HOME", Path::new(".config"), "APPDATA");
    let usual = usual.map(|folder| folder.join("catalog"));
    if let Some(folder) = usual.filter(|folder| folder.is_dir()) {
        paths.extend(files_in(&folder).map_err(failed(&folder))?);
    }
    for path in settings.catalog().map(|chosen| chosen.value).unwrap_or_default() {
        if path.is_dir() {
            paths.extend(files_in(&path).map_err(failed(&path))?);
        } else {
            paths.push(path);
        }
    }
    let none = || io::Error::other("there is no such file");
    let read = |path: &PathBuf| {
        let text = files::read(path, LONGEST_FILE).and_then(|text| text.ok_or_else(none));
        Ok((shown(path), text.map_err(failed(path))?))
    };
    let files = paths.iter().map(read).collect::<Result<Vec<_>, SettingsError>>()?;
    Catalog::with(&files).map_err(SettingsError::Catalog)
}

fn failed(path: &Path) -> impl Fn(io::Error) -> SettingsError {
    move |source| SettingsError::CatalogFile { path: shown(path), source }
}

/// The `.toml` files of a folder, by name.
fn files_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            found.push(path);
        }
        if found.len() > MOST_FILES {
            return Err(io::Error::other("the folder holds too many files"));
        }
    }
    found.sort();
    Ok(found)
}
