//! Writing beside and renaming: whoever reads the file sees the old one or the new one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::prelude::rust_2024::*;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{format, process};

/// A file that could not be written. Nothing was left behind, and an older file is untouched.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {source}; {}", .path.display(), remedy(.source))]
pub struct WriteError {
    /// The file asked for.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::NotFound => "create the folder first, or choose another",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => "choose a folder you may write to",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "free some space and run again",
        ErrorKind::IsADirectory | ErrorKind::NotADirectory | ErrorKind::InvalidInput => {
            "choose the name of a regular file"
        }
        ErrorKind::Unsupported => "build potline with `--features parquet`, or record as CSV",
        _ => "nothing was left behind; choose another place",
    }
}

/// Writes `bytes` to `path` as a whole, or not at all.
///
/// # Errors
/// [`WriteError`] naming the path and a remedy.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    write_with(path, |out| out.write_all(bytes))
}

/// Lets `fill` write to `path` piece by piece; the file appears only when all of it is on disk.
///
/// # Errors
/// [`WriteError`] naming the path and a remedy, also when `fill` itself failed.
pub fn write_with(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), WriteError> {
    let whole = |mut draft: Draft| {
        fill(&mut draft)?;
        draft.commit()
    };
    Draft::beside(path).and_then(whole).map_err(|source| WriteError { path: path.to_path_buf(), source })
}

/// A file that is filled over a long time. It has its name only after [`Draft::commit`]; dropped
/// before, nothing is left of it.
#[derive(Debug)]
pub struct Draft {
    out: BufWriter<File>,
    /// Where it is until it is whole; empty afterwards.
    beside: PathBuf,
    path: PathBuf,
}

impl Draft {
    /// A new file in the folder of `path`, so that the rename stays inside one file system.
    ///
    /// # Errors
    /// What the system says, or that `path` is no place for a file.
    pub fn beside(path: &Path) -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        // Renaming over a device or a folder would destroy it, or fail in words nobody understands.
        match fs::metadata(path) {
            Ok(meta) if meta.is_dir() => return Err(ErrorKind::IsADirectory.into()),
            Ok(meta) if !meta.is_file() => {
                return Err(io::Error::new(ErrorKind::InvalidInput, "not a regular file"));
            }
            _ => {}
        }
        let name = path.file_name().ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "no file name"))?;
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.{count}.tmp", process::id()));
        let beside = path.with_file_name(hidden);
        let file = OpenOptions::new().write(true).create_new(true).open(&beside)?;
        Ok(Self { out: BufWriter::new(file), beside, path: path.to_path_buf() })
    }

    /// Gives the file its name, once all of it is on disk.
    ///
    /// # Errors
    /// What the system says; nothing is left behind then.
    pub fn commit(mut self) -> io::Result<()> {
        self.out.flush()?;
        self.out.get_ref().sync_all()?;
        fs::rename(&self.beside, &self.path)?;
        self.beside.clear();
        Ok(())
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.beside.as_os_str().is_empty() {
            // The reason of the failure matters more than a second one here.
            let _ = fs::remove_file(&self.beside);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("potline-write-{name}-{}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let folder = folder("old");
        let path = folder.join("report.html");
        write_atomic(&path, b"old").unwrap();
        let error = write_with(&path, |out| {
            out.write_all(b"half of the n")?;
            Err(ErrorKind::StorageFull.into())
        })
        .unwrap_err()
        .to_string();
        assert!(error.contains("report.html") && error.contains("free some space"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_missing_folder_and_a_folder_are_named() {
        let folder = folder("missing");
        let error = write_atomic(&folder.join("no/such/a.csv"), b"").unwrap_err().to_string();
        assert!(error.contains("a.csv") && error.contains("create the folder"), "{error}");
        let error = write_atomic(&folder, b"").unwrap_err().to_string();
        assert!(error.contains("regular file"), "{error}");
        fs::remove_dir_all(folder).unwrap();
    }
}
