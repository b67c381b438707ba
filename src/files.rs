//! Files that are private to the user and whole or not there. Effects: files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

/// Makes a folder, and those above it, that only the user can look into.
///
/// # Errors
///
/// Whatever the system returns.
#[cfg(unix)]
pub fn private_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Makes a folder, and those above it.
///
/// # Errors
///
/// Whatever the system returns.
#[cfg(not(unix))]
pub fn private_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

/// Makes sure that files can be made in a folder: makes the folder if it is not there, and a file that goes at once.
///
/// # Errors
///
/// Whatever the system returns.
pub fn try_folder(folder: &Path) -> io::Result<()> {
    private_folder(folder)?;
    let path = folder.join(format!(".try-{:08x}", fastrand::u32(..)));
    drop(private_file(&path, IfThere::Refuse)?);
    fs::remove_file(path)
}

/// What to do about a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfThere {
    /// Fail.
    Refuse,
    /// Keep its content.
    Keep,
}

/// Opens a file for writing that only the user can read.
///
/// # Errors
///
/// Whatever the system returns.
pub fn private_file(path: &Path, if_there: IfThere) -> io::Result<File> {
    let mut options = OpenOptions::new();
    match if_there {
        IfThere::Refuse => options.append(true).create_new(true),
        IfThere::Keep => options.read(true).write(true).create(true).truncate(false),
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

/// Makes the entries of a folder survive a power failure; elsewhere a folder cannot be opened.
///
/// # Errors
///
/// Whatever the system returns.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _: &Path = folder;
    Ok(())
}

/// Puts `text` in the place of a file, so that a reader sees the old text or the new one and nothing between.
///
/// # Errors
///
/// Whatever the system returns; the old file is then untouched.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    private_folder(path.parent().unwrap_or_else(|| Path::new(".")))?;
    replace_beside(path, text)
}

/// The same in a folder that has to be there.
///
/// # Errors
///
/// Whatever the system returns; the old file is then untouched.
pub fn replace_beside(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    let beside = path.with_extension(format!("{:08x}.new", fastrand::u32(..)));
    let written = private_file(&beside, IfThere::Refuse).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    });
    if written.is_err() {
        // Nothing can be done about a leftover that cannot be removed.
        fs::remove_file(&beside).ok();
    }
    written.and_then(|()| sync_folder(folder))
}

/// Reads a text file of at most `longest` bytes; `None` when there is none.
///
/// # Errors
///
/// Whatever the system returns; [`io::ErrorKind::FileTooLarge`] when it is longer, and
/// [`io::ErrorKind::InvalidData`] when it is not UTF-8.
pub fn read(path: &Path, longest: u64) -> io::Result<Option<String>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let mut text = String::new();
    file.take(longest + 1).read_to_string(&mut text)?;
    if text.len() as u64 > longest {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep").join("a.json");
        assert_eq!(read(&path, 10).unwrap(), None);
        replace(&path, "one").unwrap();
        replace(&path, "two").unwrap();
        assert_eq!(read(&path, 10).unwrap().as_deref(), Some("two"));
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        assert_eq!(read(&path, 2).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }
}
