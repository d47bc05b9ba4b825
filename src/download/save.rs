//! A download into a file that gets its name only when it is complete.
//! Where the bytes come from, and how long that may take, is the download's matter.

use std::fs::File;
use std::io::{self, IoSlice, Write};
use std::path::Path;

use bytes::Bytes;
use tempfile::TempPath;
use tokio::task::{spawn_blocking, JoinHandle};

use super::Download;
use crate::error::{Error, ErrorKind, Result};

/// How much is collected before it is written, in bytes: enough that handing it to another thread costs
/// little. With more of it the time gets longer again, for want of buffers that can be used a second time.
const BLOCK: usize = 128 * 1024;

/// How many pieces are collected at most, so that a drizzle of tiny ones does not pile up.
const PIECES: usize = 1024;

pub(super) async fn save(download: &mut Download, path: &Path) -> Result<u64> {
    let failed = |error| Error::io(format!("can't write the file `{}`", path.display()), error);
    // Held to its place from here on, should the working folder change under way.
    let target = std::path::absolute(path).map_err(failed)?;
    let name = target.clone();
    // Whoever drops this future drops `temporary` with it, and so removes the file at once, also while a
    // block is being written: that is why the open file is kept apart from its path.
    let (file, temporary) = blocking(move || Ok(create(&name))).await.map_err(failed)??;
    let mut writer = Writer::Idle(file);
    let mut block = Vec::new();
    let mut collected = 0;
    let mut written = 0;
    while let Some(chunk) = download.chunk().await? {
        collected += chunk.len();
        written += chunk.len() as u64;
        block.push(chunk);
        if collected >= BLOCK || block.len() >= PIECES {
            writer = writer.write(std::mem::take(&mut block)).await.map_err(failed)?;
            collected = 0;
        }
    }
    let file = writer.write(block).await.map_err(failed)?.finish().await.map_err(failed)?;
    blocking(move || persist(file, temporary, &target)).await.map_err(failed)?;
    Ok(written)
}

/// The open file: at hand, or away while a block is written to it. One block is written while the next one
/// arrives; there are never more than these two.
enum Writer {
    Idle(File),
    Busy(JoinHandle<io::Result<File>>),
}

impl Writer {
    async fn write(self, block: Vec<Bytes>) -> io::Result<Self> {
        let mut file = self.finish().await?;
        Ok(Self::Busy(spawn_blocking(move || {
            write_all(&mut file, &block)?;
            Ok(file)
        })))
    }

    async fn finish(self) -> io::Result<File> {
        match self {
            Self::Idle(file) => Ok(file),
            Self::Busy(task) => task.await?,
        }
    }
}

fn write_all(file: &mut File, block: &[Bytes]) -> io::Result<()> {
    let mut slices: Vec<_> = block.iter().map(|chunk| IoSlice::new(chunk)).collect();
    let mut rest = slices.as_mut_slice();
    while !rest.is_empty() {
        match file.write_vectored(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => IoSlice::advance_slices(&mut rest, count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// An empty file beside the one that is to be.
fn create(target: &Path) -> Result<(File, TempPath)> {
    let refused =
        |why| Error::new(ErrorKind::Io, format!("can't write the file `{}`: {why}", target.display()));
    // Renaming over a device or a folder would either fail after all the bytes came, or replace it.
    match std::fs::metadata(target) {
        Ok(found) if found.is_dir() => return Err(refused("it is a directory")),
        Ok(found) if !found.is_file() => return Err(refused("it is not a regular file")),
        _ => {}
    }
    let (Some(folder), Some(_)) = (target.parent(), target.file_name()) else {
        return Err(refused("it has no file name"));
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".weixin-").suffix(".part");
    // Without this the file would stay readable by its owner only. The process's umask still applies.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    match builder.tempfile_in(folder) {
        Ok(file) => Ok(file.into_parts()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(refused("there is no such folder").with_source(error))
        }
        Err(error) => Err(refused("its folder takes no new file").with_source(error)),
    }
}

fn persist(file: File, temporary: TempPath, target: &Path) -> io::Result<()> {
    drop(file);
    temporary.persist(target).map_err(|error| error.error)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    spawn_blocking(work).await?
}
