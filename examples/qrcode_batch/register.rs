//! The list of the codes that exist: `codes.csv`, one row a scene.
//! What the rows are for is none of its business.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Result;

const COLUMNS: [&str; 5] = ["scene", "ticket", "url", "file", "account"];

/// A code of the platform. The fields are the columns.
#[derive(Serialize, Deserialize)]
pub struct Row {
    pub scene: u32,
    pub ticket: String,
    pub url: String,
    /// Where its picture goes, relative to the list.
    pub file: String,
    /// AppID of the account that the code belongs to.
    pub account: String,
}

pub struct Register {
    path: PathBuf,
    /// Where a new list is written before it takes the place of the old one.
    draft: PathBuf,
    file: File,
    /// The file may end in half a row.
    torn: bool,
    rows: BTreeMap<u32, Row>,
}

impl Register {
    /// Reads the list and puts it in order. Fails if it is somebody else's.
    pub fn open(path: &Path, unfinished: &Path, account: &str) -> Result<Self> {
        let text = match fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            read => read.map_err(|error| format!("can't read `{}`: {error}", path.display()))?,
        };
        // A row whose line break is missing is one whose writing was cut short.
        let complete = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1);
        let mut rows = BTreeMap::new();
        if complete > 0 {
            let mut lines = csv::Reader::from_reader(text.get(..complete).unwrap_or_default());
            if lines.headers()? != COLUMNS[..] {
                return Err(format!("`{}` was not written by this program", path.display()).into());
            }
            for row in lines.deserialize() {
                let row: Row = row.map_err(|error| format!("`{}`: {error}", path.display()))?;
                if row.account != account {
                    let (path, other) = (path.display(), row.account);
                    return Err(format!("`{path}` lists codes of {other}, not of {account}").into());
                }
                // Of two rows the later one is right: it was written because the earlier ticket was refused.
                rows.insert(row.scene, row);
            }
        }
        let draft = unfinished.join("codes.csv");
        replace(path, &draft, &rows).map_err(|error| cannot_write(path, error))?;
        let file = File::options().append(true).open(path).map_err(|error| cannot_write(path, error))?;
        Ok(Self { path: path.to_owned(), draft, file, torn: false, rows })
    }

    pub fn get(&self, scene: u32) -> Option<&Row> {
        self.rows.get(&scene)
    }

    /// Adds a row, in one write. Once that has failed, nothing is added behind the half row that may be there.
    pub fn add(&mut self, row: Row) -> Result<()> {
        if self.torn {
            return Err(format!("`{}` could not be written before", self.path.display()).into());
        }
        let line = lines(false, [&row])?;
        self.torn = true;
        self.file.write_all(&line).map_err(|error| cannot_write(&self.path, error))?;
        self.torn = false;
        self.rows.insert(row.scene, row);
        Ok(())
    }

    /// Puts the rows in the order of their scenes and drops those that were replaced.
    pub fn tidy(&self) -> Result<()> {
        replace(&self.path, &self.draft, &self.rows).map_err(|error| cannot_write(&self.path, error))
    }
}

fn replace(path: &Path, draft: &Path, rows: &BTreeMap<u32, Row>) -> io::Result<()> {
    fs::write(draft, lines(true, rows.values())?)?;
    fs::rename(draft, path)
}

fn lines<'r>(header: bool, rows: impl IntoIterator<Item = &'r Row>) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    if header {
        writer.write_record(COLUMNS)?;
    }
    for row in rows {
        writer.serialize(row)?;
    }
    writer.into_inner().map_err(|error| error.into_error())
}

fn cannot_write(path: &Path, error: io::Error) -> Box<dyn std::error::Error + Send + Sync> {
    format!("can't write `{}`: {error}", path.display()).into()
}
