//! A download into a file that gets its name only when it is complete.
//! Where the bytes come from, and how long that may take, is the download's matter.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use tempfile::TempPath;
use tokio::task::{spawn_blocking, JoinHandle};

use super::Download;
use crate::error::{Error, ErrorKind, Result};

/// How much is collected before it is written, in bytes: enough that handing it to another thread costs
/// little.
const BLOCK: usize = 256 * 1024;

pub(super) async fn save(download: &mut Download, path: &Path) -> Result<u64> {
    let failed = |error| Error::io(format!("can't write the file `{}`", path.display()), error);
    // Held to its place from here on, should the working folder change under way.
    let target = std::path::absolute(path).map_err(failed)?;
    let name = target.clone();
    // Whoever drops this future drops `temporary` with it, and so removes the file at once, also while a
    // block is being written: that is why the open file is kept apart from its path.
    let (file, temporary) = blocking(move || Ok(create(&name))).await.map_err(failed)??;
    let mut writer = Writer::Idle(file, Vec::new());
    // Copied, not collected as it comes: a buffer of the connection that is held here can't be filled again,
    // and a new one for every piece costs more than the copy.
    let mut block = Vec::with_capacity(BLOCK);
    let mut written = 0;
    while let Some(chunk) = download.chunk().await? {
        written += chunk.len() as u64;
        let mut rest = &*chunk;
        while !rest.is_empty() {
            let (fits, more) = rest.split_at(rest.len().min(BLOCK - block.len()));
            block.extend_from_slice(fits);
            rest = more;
            if block.len() == BLOCK {
                (writer, block) = writer.write(block).await.map_err(failed)?;
            }
        }
    }
    let (writer, _) = writer.write(block).await.map_err(failed)?;
    let (file, _) = writer.finish().await.map_err(failed)?;
    blocking(move || persist(file, temporary, &target)).await.map_err(failed)?;
    Ok(written)
}

/// The open file and an empty block: at hand, or away while the block, then full, is written. The next one is
/// filled meanwhile, and there are never more than these two.
enum Writer {
    Idle(File, Vec<u8>),
    Busy(JoinHandle<io::Result<(File, Vec<u8>)>>),
}

impl Writer {
    /// Waits for the block before, begins to write this one, and gives an empty one to fill.
    async fn write(self, mut block: Vec<u8>) -> io::Result<(Self, Vec<u8>)> {
        let (mut file, empty) = self.finish().await?;
        let task = spawn_blocking(move || {
            file.write_all(&block)?;
            block.clear();
            Ok((file, block))
        });
        Ok((Self::Busy(task), empty))
    }

    async fn finish(self) -> io::Result<(File, Vec<u8>)> {
        match self {
            Self::Idle(file, block) => Ok((file, block)),
            Self::Busy(task) => task.await?,
        }
    }
}

/// An empty file beside the one that is to be, which only those can read who can read the one that it replaces.
fn create(target: &Path) -> Result<(File, TempPath)> {
    let refused =
        |why| Error::new(ErrorKind::Io, format!("can't write the file `{}`: {why}", target.display()));
    // Renaming over a device or a folder would either fail after all the bytes came, or replace it.
    let found = std::fs::metadata(target);
    match &found {
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
    builder.permissions(match &found {
        Ok(found) => found.permissions(),
        Err(_) => std::os::unix::fs::PermissionsExt::from_mode(0o666),
    });
    match builder.tempfile_in(folder) {
        Ok(file) => Ok(file.into_parts()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(refused("there is no such folder").with_source(error))
        }
        Err(error) => Err(refused("its folder takes no new file").with_source(error)),
    }
}

/// Gives the file its name, and the permissions of the file that had the name before.
fn persist(file: File, temporary: TempPath, target: &Path) -> io::Result<()> {
    // Elsewhere the only permission is to be written, which a file that can be replaced has.
    #[cfg(unix)]
    if let Ok(found) = std::fs::metadata(target) {
        file.set_permissions(found.permissions())?;
    }
    drop(file);
    temporary.persist(target).map_err(|error| error.error)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    spawn_blocking(work).await?
}
