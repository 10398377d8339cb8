//! Zips: what stands in them, read once from the first to the last.

use std::{fs, io, path::Path};

use flate2::read::DeflateDecoder;
use rawzip::{CompressionMethod, MAX_CENTRAL_DIRECTORY_RECORD_SIZE, ZipArchive};

use super::{
    UnpackError, Unpacker,
    place::{Name, Root},
};

/// What kind of thing a mode is of.
const KIND: u32 = 0o170_000;
const FILE: u32 = 0o100_000;
const FOLDER: u32 = 0o040_000;
const LINK: u32 = 0o120_000;

/// Where a link may lead, at most; as Linux has it.
const MAX_TARGET: u64 = 4_096;

pub(super) fn unpack(zip: &Path, root: &Root<'_>, unpacker: &mut Unpacker) -> Result<(), UnpackError> {
    let damaged = |entry: Option<&str>, source: io::Error| UnpackError::Damaged {
        zip: zip.to_owned(),
        entry: entry.map(str::to_owned),
        source,
    };
    let file =
        fs::File::open(zip).map_err(|source| UnpackError::Unreadable { path: zip.to_owned(), source })?;
    let mut buffer = vec![0; MAX_CENTRAL_DIRECTORY_RECORD_SIZE];
    let archive = ZipArchive::from_file(file, &mut buffer).map_err(|error| damaged(None, invalid(error)))?;
    let mut entries = archive.entries(&mut buffer);
    let mut seen = 0;
    while let Some(entry) = entries.next_entry().map_err(|error| damaged(None, invalid(error)))? {
        seen += 1;
        let path = entry.file_path();
        let name = String::from_utf8_lossy(path.as_bytes()).into_owned();
        let unsupported = |what| UnpackError::Unsupported { zip: zip.to_owned(), entry: name.clone(), what };
        let outside = || UnpackError::Outside { zip: zip.to_owned(), entry: name.clone() };
        let place = Name::new(&name).ok_or_else(outside)?;
        if name.as_bytes() != path.as_bytes() {
            return Err(unsupported("named in another encoding than UTF-8"));
        }
        let kind = entry.mode().value() & KIND;
        if entry.is_dir() || kind == FOLDER {
            root.folder(&place)?;
            continue;
        }
        if place.is_root() {
            return Err(outside());
        }
        if entry.flags().is_encrypted() {
            return Err(unsupported("encrypted"));
        }
        let stored =
            archive.get_entry(entry.wayfinder()).map_err(|error| damaged(Some(&name), invalid(error)))?;
        let content: Box<dyn io::Read> = match entry.compression_method() {
            CompressionMethod::STORE => Box::new(stored.verifying_reader(stored.reader())),
            CompressionMethod::DEFLATE => {
                Box::new(stored.verifying_reader(DeflateDecoder::new(stored.reader())))
            }
            _ => return Err(unsupported("compressed in another way than Lambda reads")),
        };
        let unreadable = |source| damaged(Some(&name), source);
        match kind {
            FILE => unpacker.write(root, &place, entry.mode().permissions(), content, unreadable)?,
            LINK => {
                let mut target = String::new();
                // One byte more shows that there is more.
                let read =
                    io::Read::read_to_string(&mut io::Read::take(content, MAX_TARGET + 1), &mut target);
                read.map_err(unreadable)?;
                if target.len() as u64 > MAX_TARGET || !place.may_link_to(Path::new(&target)) {
                    let (from, link) = (zip.to_owned(), name);
                    let target = target.chars().take(100).collect();
                    return Err(UnpackError::LinkOutside { from, link, target });
                }
                root.link(&place, Path::new(&target))?;
            }
            _ => return Err(unsupported("neither a file nor a folder nor a link")),
        }
    }
    if seen == archive.entries_hint() {
        Ok(())
    } else {
        let found = format!("{seen} entries where {} should be", archive.entries_hint());
        Err(damaged(None, io::Error::new(io::ErrorKind::InvalidData, found)))
    }
}

fn invalid(error: rawzip::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
