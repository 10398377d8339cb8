//! Writes the zip, and its hash as Lambda tells it.

use std::io::{self, Write};

use base64::{Engine, prelude::BASE64_STANDARD};
use flate2::{Compression, write::DeflateEncoder};
use rawzip::{CompressionMethod, ZipArchiveWriter, path::EntryPath, time::UtcDateTime};
use sha2::{Digest, Sha256};

use super::stage::{Files, Kind, Stage};

/// Kinds and permissions as Unix has them.
const PROGRAM: u32 = 0o100_755;
const FILE: u32 = 0o100_644;
const LINK: u32 = 0o120_777;

/// The first moment that a zip can tell: 1 January 1980.
const TIME: i64 = 315_532_800;

/// A zip that is there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) bytes: u64,
    /// The SHA-256 in base64, which is
    /// [`CodeSha256`](https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html).
    pub(super) code_sha256: String,
}

/// Writes everything in the order of the names.
pub(super) fn write(out: impl Write, stage: &Stage, files: &Files) -> io::Result<Written> {
    let mut archive = ZipArchiveWriter::new(Hashed { out, hash: Sha256::new(), bytes: 0 });
    for (name, kind) in files.iter() {
        // Names that are no ASCII are marked as UTF-8 only if they are no bytes.
        let path =
            if name.is_ascii() { EntryPath::verbatim(name.as_bytes()) } else { EntryPath::conformant(name) };
        let (method, mode) = match kind {
            Kind::File { is_program: true, .. } => (CompressionMethod::DEFLATE, PROGRAM),
            Kind::File { is_program: false, .. } => (CompressionMethod::DEFLATE, FILE),
            Kind::Link(_) => (CompressionMethod::STORE, LINK),
        };
        let file = archive.new_file(path).compression_method(method).unix_permissions(mode);
        let (mut entry, config) = file.last_modified(UtcDateTime::from_unix(TIME)).start().map_err(other)?;
        let descriptor = match kind {
            Kind::File { .. } => {
                let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::best()));
                io::copy(&mut stage.open(name)?, &mut writer)?;
                let (encoder, descriptor) = writer.finish().map_err(other)?;
                encoder.finish()?;
                descriptor
            }
            Kind::Link(target) => {
                let mut writer = config.wrap(&mut entry);
                writer.write_all(target.as_bytes())?;
                writer.finish().map_err(other)?.1
            }
        };
        entry.finish(descriptor).map_err(other)?;
    }
    let mut written = archive.finish().map_err(other)?;
    written.flush()?;
    Ok(Written { bytes: written.bytes, code_sha256: BASE64_STANDARD.encode(written.hash.finalize()) })
}

fn other(error: rawzip::Error) -> io::Error {
    io::Error::other(error)
}

/// Counts and hashes what goes through it.
struct Hashed<W> {
    out: W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
