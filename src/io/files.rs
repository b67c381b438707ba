//! Files that are private to the user and whole or not there. Effects: files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

#[cfg(unix)]
use rustix::fs::OFlags;

use crate::model::scrub::scrub;

/// Makes a folder, and those above it, that only the user can look into.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// Makes sure that files can be made in a folder: makes the folder if it is not there, and a file that goes at once.
pub fn try_folder(folder: &Path) -> io::Result<()> {
    private_folder(folder)?;
    let path = folder.join(format!(".try-{:08x}", fastrand::u32(..)));
    drop(private_file(&path)?);
    fs::remove_file(path)
}

/// How a file is made, if it is not there, that only the user can read.
fn private() -> OpenOptions {
    let mut options = File::options();
    options.create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a file for writing that only the user can read; one that is there already is an error.
pub fn private_file(path: &Path) -> io::Result<File> {
    private().append(true).create_new(true).open(path)
}

/// Opens a file for a lock, which is kept for ever and shared by all runs: it is made if it is not there, no link is
/// followed to it, and it has to be the user's own, in one place only, or it is [`io::ErrorKind::PermissionDenied`].
/// Somebody else may be able to put things into the folder, and what is locked is emptied.
pub fn own_file(path: &Path) -> io::Result<File> {
    let mut options = private();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or_default(),
    );
    let file = options.read(true).write(true).truncate(false).open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let held = file.metadata()?;
        let is_own = held.uid() == rustix::process::geteuid().as_raw();
        if !(held.is_file() && is_own && held.nlink() == 1) {
            let why = "it is not a plain file of this user's own";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
        }
    }
    Ok(file)
}

/// Whether others than the user may read a file, or write to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    Read,
    /// Change it, or what is in it.
    Write,
}

/// Whether others than its owner may do that with a file or a folder. What is not there is nobody's, and a pipe is
/// not looked at.
pub fn is_open_to(path: &Path, others: Others) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let bits = match others {
            Others::Read => 0o044,
            Others::Write => 0o022,
        };
        let held = fs::metadata(path).ok().filter(|held| held.is_file() || held.is_dir());
        held.is_some_and(|held| held.permissions().mode() & bits != 0)
    }
    #[cfg(not(unix))]
    {
        let _: (&Path, Others) = (path, others);
        false
    }
}

/// Makes the entries of a folder survive a power failure; elsewhere a folder cannot be opened.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _: &Path = folder;
    Ok(())
}

/// Puts `text` in the place of a file, so that a reader sees the old text or the new one and nothing between. After an
/// error the old file is untouched.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    private_folder(path.parent().unwrap_or_else(|| Path::new(".")))?;
    replace_beside(path, text)
}

/// The same in a folder that has to be there.
pub fn replace_beside(path: &Path, text: &str) -> io::Result<()> {
    replace_as_is(path, &scrub(text))
}

/// The same in a folder that has to be there, and with the secrets that stand in it: for what the user keeps.
pub fn replace_as_is(path: &Path, text: &str) -> io::Result<()> {
    let path = &replaceable(path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    let beside = path.with_extension(format!("{:08x}.new", fastrand::u32(..)));
    let written = private_file(&beside).and_then(|mut file| {
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

/// The regular file that may be replaced, or made: what a link leads to.
fn replaceable(path: &Path) -> io::Result<PathBuf> {
    match fs::metadata(path) {
        Ok(held) if held.is_file() => fs::canonicalize(path),
        Ok(_) => Err(io::Error::other("what stands there is no regular file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() => Ok(path.to_owned()),
        Err(error) => Err(error),
    }
}

/// Reads a text file of at most `longest` bytes; `None` when there is none. A longer one is
/// [`io::ErrorKind::FileTooLarge`], one that is not UTF-8 [`io::ErrorKind::InvalidData`].
pub fn read(path: &Path, longest: u64) -> io::Result<Option<String>> {
    octets(path, longest)?.map(text).transpose()
}

/// The same of a file that was cut off: what follows its last line may end in the middle of a character.
pub fn read_torn(path: &Path, longest: u64) -> io::Result<Option<String>> {
    let Some(mut octets) = octets(path, longest)? else { return Ok(None) };
    let torn = octets.split_off(octets.iter().rposition(|octet| *octet == b'\n').map_or(0, |end| end + 1));
    Ok(Some(text(octets)? + &String::from_utf8_lossy(&torn)))
}

/// The same without looking whether it is text.
pub fn octets(path: &Path, longest: u64) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let mut octets = Vec::new();
    file.take(longest + 1).read_to_end(&mut octets)?;
    if octets.len() as u64 > longest {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(Some(octets))
}

fn text(octets: Vec<u8>) -> io::Result<String> {
    String::from_utf8(octets).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_lock_file_is_ones_own_and_no_link() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let (lock, other) = (folder.path().join("a.lock"), folder.path().join("other"));
        assert!(own_file(&lock).is_ok() && own_file(&lock).is_ok());
        fs::write(&other, "kept").unwrap();
        symlink(&other, folder.path().join("soft.lock")).unwrap();
        fs::hard_link(&other, folder.path().join("hard.lock")).unwrap();
        for link in ["soft.lock", "hard.lock"] {
            assert!(own_file(&folder.path().join(link)).is_err(), "{link}");
        }
        assert_eq!(fs::read_to_string(other).unwrap(), "kept");
    }

    #[cfg(unix)]
    #[test]
    fn what_others_may_read_or_write_is_known() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, "t").unwrap();
        let with = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        with(0o644);
        assert!(is_open_to(&path, Others::Read) && !is_open_to(&path, Others::Write));
        with(0o600);
        assert!(!is_open_to(&path, Others::Read));
        assert!(!is_open_to(&folder.path().join("none"), Others::Write));
    }

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
