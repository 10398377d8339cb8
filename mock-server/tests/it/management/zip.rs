//! Zips by hand: files that are stored and not compressed.
//!
//! Source: [APPNOTE](https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT), 4.3.

/// A regular file that may be executed, and one that may not.
pub(crate) const EXECUTABLE: u32 = 0o100_755;
pub(crate) const PLAIN: u32 = 0o100_644;

/// A zip with these files: name, mode and content of each.
pub(crate) fn zip(files: &[(&str, u32, &str)]) -> Vec<u8> {
    let (mut zip, mut directory) = (Vec::new(), Vec::new());
    for &(name, mode, content) in files {
        let at = length(zip.len());
        let size = length(content.len());
        // Version 2.0, no flags, stored, 1 January 1980; checksum and sizes; the name, and nothing extra.
        let mut common = [[20, 0], [0, 0], [0, 0], [0, 0], [0x21, 0]].concat();
        common.extend([crc32fast::hash(content.as_bytes()).to_le_bytes(), size, size].concat());
        common.extend([&length(name.len())[..2], &[0, 0]].concat());
        zip.extend([&b"PK\x03\x04"[..], &common, name.as_bytes(), content.as_bytes()].concat());
        // Made on Unix; no comment, first disk, no inner attributes.
        directory.extend([&b"PK\x01\x02\x14\x03"[..], &common, &[0; 6]].concat());
        directory.extend([&(mode << 16).to_le_bytes()[..], &at, name.as_bytes()].concat());
    }
    let (count, at, size) = (length(files.len()), length(zip.len()), length(directory.len()));
    let end = [&b"PK\x05\x06\0\0\0\0"[..], &count[..2], &count[..2], &size, &at, &[0, 0]].concat();
    [zip, directory, end].concat()
}

fn length(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap().to_le_bytes()
}

/// A package that is a script for `sh`.
pub(crate) fn script(lines: &str) -> Vec<u8> {
    zip(&[("bootstrap", EXECUTABLE, &format!("#!/bin/sh\n{lines}\n"))])
}
