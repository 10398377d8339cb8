//! What becomes of zips and folders, good ones and others.

use std::{
    error::Error as _,
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::DeflateEncoder};
use proptest::prelude::*;
use rawzip::{CompressionMethod, ZipArchiveWriter, path::EntryPath};
use tempfile::TempDir;

use super::*;

/// A folder with a file to unpack and a place to unpack it into.
struct Scene(TempDir);

impl Scene {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn zip(&self, name: &str, bytes: &[u8]) -> PathBuf {
        fs::write(self.at(name), bytes).unwrap();
        self.at(name)
    }

    /// Unpacks a zip into `out`.
    fn unpack(&self, bytes: &[u8]) -> Result<u64, UnpackError> {
        let zip = self.zip("package.zip", bytes);
        let mut unpacker = Unpacker::new();
        unpacker.unpack(zip, self.at("out")).map(|()| unpacker.bytes())
    }

    fn refusal(&self, bytes: &[u8]) -> String {
        let error = self.unpack(bytes).unwrap_err().to_string();
        error.replace(&format!("{}/", self.0.path().display()), "")
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap()
    }

    /// Whatever is beside the zip and the folder that it is unpacked into.
    fn strays(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let names = entries.map(|name| name.into_string().unwrap());
        names.filter(|name| !["package.zip", "out"].contains(&name.as_str())).collect()
    }
}

struct Zip(ZipArchiveWriter<Vec<u8>>);

impl Zip {
    fn new() -> Self {
        Self(ZipArchiveWriter::new(Vec::new()))
    }

    /// A name as it is, and a whole mode.
    fn entry(mut self, name: &str, mode: u32, method: CompressionMethod, content: &[u8]) -> Self {
        let file = self.0.new_file(EntryPath::verbatim(name.as_bytes()));
        let (mut entry, config) = file.compression_method(method).unix_permissions(mode).start().unwrap();
        let descriptor = if method == CompressionMethod::DEFLATE {
            let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::fast()));
            writer.write_all(content).unwrap();
            let (encoder, descriptor) = writer.finish().unwrap();
            encoder.finish().unwrap();
            descriptor
        } else {
            let mut writer = config.wrap(&mut entry);
            writer.write_all(content).unwrap();
            writer.finish().unwrap().1
        };
        entry.finish(descriptor).unwrap();
        self
    }

    fn file(self, name: &str, content: &str) -> Self {
        self.entry(name, 0o100_644, CompressionMethod::DEFLATE, content.as_bytes())
    }

    fn link(self, name: &str, target: &str) -> Self {
        self.entry(name, 0o120_777, CompressionMethod::STORE, target.as_bytes())
    }

    fn folder(mut self, name: &str) -> Self {
        self.0.new_dir(name).create().unwrap();
        self
    }

    fn finish(self) -> Vec<u8> {
        self.0.finish().unwrap()
    }
}

#[cfg(unix)]
fn mode_of(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;

    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7_777
}

#[test]
fn files_and_folders_are_where_their_names_say() {
    let scene = Scene::new();
    let zip = Zip::new()
        .file("bootstrap", "run")
        .folder("empty/")
        .file("./lib//deep/./file", "content")
        .entry("stored", 0o100_600, CompressionMethod::STORE, b"stored")
        .finish();
    assert_eq!(scene.unpack(&zip).unwrap(), 16);
    assert_eq!(scene.text("out/bootstrap"), "run");
    assert_eq!(scene.text("out/lib/deep/file"), "content");
    assert_eq!(scene.text("out/stored"), "stored");
    assert!(scene.at("out/empty").is_dir());
}

#[cfg(unix)]
#[test]
fn the_permissions_of_files_are_kept_and_no_more() {
    let scene = Scene::new();
    let method = CompressionMethod::STORE;
    let zip = Zip::new()
        .entry("bootstrap", 0o100_755, method, b"")
        .entry("secret", 0o100_600, method, b"")
        .entry("raised", 0o106_755, method, b"")
        .entry("closed/inner", 0o100_444, method, b"")
        .entry("closed", 0o040_000, method, b"")
        .finish();
    scene.unpack(&zip).unwrap();
    let modes = ["bootstrap", "secret", "raised", "closed/inner", "closed"]
        .map(|name| format!("{:o}", mode_of(&scene.at("out").join(name))));
    assert_eq!(modes, ["755", "600", "755", "444", "755"]);
}

#[cfg(unix)]
#[test]
fn links_that_stay_inside_are_kept() {
    let scene = Scene::new();
    let zip = Zip::new()
        .file("lib/real.so.1", "library")
        .link("lib/real.so", "real.so.1")
        .link("bin/tool", "../lib/real.so")
        .link("a/b/c", "../../lib/./real.so")
        .link("here", ".")
        .link("dangling", "nobody")
        .finish();
    scene.unpack(&zip).unwrap();
    assert_eq!(fs::read_link(scene.at("out/lib/real.so")).unwrap(), Path::new("real.so.1"));
    for link in ["bin/tool", "a/b/c", "here/lib/real.so"] {
        assert_eq!(scene.text(&format!("out/{link}")), "library", "{link}");
    }
    assert!(!scene.at("out/dangling").exists());
}

#[test]
fn links_that_lead_out_are_refused() {
    for (link, target) in [
        ("a", "/etc/passwd"),
        ("a", ".."),
        ("a/b", "../.."),
        ("a/b", "../../package.zip"),
        ("a", "b/.."),
        ("a/b", "c/.."),
        ("a/b", "c/../../.."),
        ("a", ""),
    ] {
        let scene = Scene::new();
        let expected = format!("the link {link:?} in package.zip leads to {target:?}, out of the folder");
        assert_eq!(scene.refusal(&Zip::new().link(link, target).finish()), expected);
        assert_eq!(scene.strays(), [""; 0]);
    }
    let long = "x/".repeat(2_100);
    assert!(matches!(
        Scene::new().unpack(&Zip::new().link("a", &long).finish()),
        Err(UnpackError::LinkOutside { .. })
    ));
}

#[cfg(unix)]
#[test]
fn no_link_is_followed_on_the_way_to_a_file() {
    let scene = Scene::new();
    // Each link may be there; what is then put behind them takes their place.
    let zip = Zip::new()
        .file("real/file", "real")
        .link("link", "real")
        .file("link/file", "other")
        .link("over", "real/file")
        .file("over", "over")
        .finish();
    scene.unpack(&zip).unwrap();
    assert_eq!(scene.text("out/real/file"), "real");
    assert_eq!(scene.text("out/link/file"), "other");
    assert_eq!(scene.text("out/over"), "over");
    assert!(!fs::symlink_metadata(scene.at("out/link")).unwrap().is_symlink());
}

#[test]
fn names_that_lead_out_are_refused() {
    for name in ["/etc/passwd", "../stray", "a/../../stray", "a/../b", "..", "/", "nul\0"] {
        let scene = Scene::new();
        let expected = format!("the name {name:?} in package.zip does not lead into the folder");
        assert_eq!(scene.refusal(&Zip::new().file(name, "stray").finish()), expected);
        assert_eq!(scene.strays(), [""; 0]);
    }
}

#[test]
fn what_packages_do_not_have_is_refused() {
    let entry = |mode, method| Zip::new().entry("thing", mode, method, b"").finish();
    for (zip, what) in [
        (entry(0o010_644, CompressionMethod::STORE), "neither a file nor a folder nor a link"),
        (entry(0o020_644, CompressionMethod::STORE), "neither a file nor a folder nor a link"),
        (entry(0o100_644, CompressionMethod::ZSTD), "compressed in another way than Lambda reads"),
    ] {
        assert_eq!(Scene::new().refusal(&zip), format!("\"thing\" in package.zip is {what}"));
    }
    let mut encrypted = Zip::new().file("thing", "x").finish();
    // The flags stand behind the signature and two versions of the central directory.
    let central = encrypted.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    encrypted[central + 8] |= 1;
    assert_eq!(Scene::new().refusal(&encrypted), "\"thing\" in package.zip is encrypted");
    let mut odd = Zip::new().file("thing", "x").finish();
    for at in 0..odd.len() - 5 {
        if &odd[at..at + 5] == b"thing" {
            odd[at] = 0xff;
        }
    }
    let expected = "\"\u{fffd}hing\" in package.zip is named in another encoding than UTF-8";
    assert_eq!(Scene::new().refusal(&odd), expected);
}

#[test]
fn more_than_a_function_may_have_is_refused_and_not_written() {
    let scene = Scene::new();
    // As much as expands to far more than it is itself.
    let half = |name: &str| Zip::new().file(name, &"x".repeat(500_000)).finish();
    let (first, second) = (scene.zip("first.zip", &half("first")), scene.zip("second.zip", &half("second")));
    let third = scene.zip("third.zip", &Zip::new().file("third", "x").finish());
    assert_eq!(Unpacker::new().most, 262_144_000);
    let mut unpacker = Unpacker { most: 1_000_000, ..Unpacker::new() };
    // Exactly as much as there may be, in two layers; and then one byte.
    unpacker.merge([first, second], scene.at("opt")).unwrap();
    assert_eq!(unpacker.bytes(), 1_000_000);
    let error = unpacker.unpack(third, scene.at("task")).unwrap_err();
    assert_eq!(error.to_string(), "Unzipped size must be smaller than 262144000 bytes");
    assert_eq!(fs::metadata(scene.at("task/third")).unwrap().len(), 0);
}

#[test]
fn what_is_no_zip_is_refused() {
    let scene = Scene::new();
    for bytes in [&b""[..], b"PK", b"not a zip at all", &[0; 4_096]] {
        assert_eq!(scene.refusal(bytes), "package.zip is not a zip, or damaged");
    }
    let absent = Unpacker::new().unpack(scene.at("absent.zip"), scene.at("out")).unwrap_err();
    assert!(matches!(absent, UnpackError::Unreadable { .. }));
}

#[test]
fn a_zip_that_is_cut_anywhere_is_refused() {
    let zip = Zip::new().file("bootstrap", "run").folder("lib/").file("lib/a", "content").finish();
    let scene = Scene::new();
    for end in 0..zip.len() {
        assert!(matches!(scene.unpack(&zip[..end]), Err(UnpackError::Damaged { .. })), "cut at {end}");
    }
    scene.unpack(&zip).unwrap();
}

#[test]
fn content_that_has_changed_is_refused() {
    let mut zip = Zip::new().entry("file", 0o100_644, CompressionMethod::STORE, b"content").finish();
    let at = zip.windows(7).position(|bytes| bytes == b"content").unwrap();
    zip[at] ^= 1;
    let scene = Scene::new();
    assert_eq!(scene.refusal(&zip), "package.zip is not a zip, or damaged in \"file\"");
    let error = scene.unpack(&zip).unwrap_err();
    assert!(error.source().unwrap().to_string().contains("checksum"), "{:?}", error.source());
}

#[cfg(unix)]
#[test]
fn of_layers_the_last_one_overrides() {
    let scene = Scene::new();
    let first = Zip::new()
        .file("same", "first")
        .file("only-first", "first")
        .file("folder-then-file/inner", "first")
        .file("file-then-folder", "first")
        .link("link-then-file", "same")
        .finish();
    let first = scene.zip("first.zip", &first);
    let second = scene.at("second");
    fs::create_dir_all(second.join("file-then-folder")).unwrap();
    for (name, mode) in [
        ("same", 0o755),
        ("folder-then-file", 0o644),
        ("link-then-file", 0o644),
        ("file-then-folder/inner", 0o644),
    ] {
        fs::write(second.join(name), "second").unwrap();
        place::set_mode(&second.join(name), mode).unwrap();
    }
    let mut unpacker = Unpacker::new();
    unpacker.merge([first, second], scene.at("opt")).unwrap();
    for (name, content) in [
        ("same", "second"),
        ("only-first", "first"),
        ("folder-then-file", "second"),
        ("file-then-folder/inner", "second"),
        ("link-then-file", "second"),
    ] {
        assert_eq!(scene.text(&format!("opt/{name}")), content, "{name}");
    }
    assert_eq!(mode_of(&scene.at("opt/same")), 0o755);
    assert_eq!(unpacker.bytes(), 4 * 5 + 4 * 6);
}

#[cfg(unix)]
#[test]
fn links_of_a_folder_stay_links_or_become_files() {
    use std::os::unix::fs::symlink;

    let scene = Scene::new();
    fs::create_dir_all(scene.at("layer/extensions")).unwrap();
    fs::write(scene.at("built"), "built").unwrap();
    fs::write(scene.at("layer/real"), "real").unwrap();
    symlink("../real", scene.at("layer/extensions/inside")).unwrap();
    symlink(scene.at("built"), scene.at("layer/extensions/outside")).unwrap();
    Unpacker::new().unpack(scene.at("layer"), scene.at("opt")).unwrap();
    assert!(fs::symlink_metadata(scene.at("opt/extensions/inside")).unwrap().is_symlink());
    assert!(!fs::symlink_metadata(scene.at("opt/extensions/outside")).unwrap().is_symlink());
    assert_eq!(scene.text("opt/extensions/inside"), "real");
    assert_eq!(scene.text("opt/extensions/outside"), "built");

    symlink("..", scene.at("layer/up")).unwrap();
    let error = Unpacker::new().unpack(scene.at("layer"), scene.at("opt")).unwrap_err();
    assert!(matches!(error, UnpackError::LinkOutside { .. }), "{error}");
}

/// Names and links that come near to leading out.
fn part() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", "c", "..", ".", ""]), 1..5)
        .prop_map(|parts| parts.join("/"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_written_beside_the_folder(
        entries in prop::collection::vec((any::<bool>(), part(), part()), 1..12),
    ) {
        let scene = Scene::new();
        let zip = entries.iter().fold(Zip::new(), |zip, (is_link, name, content)| match is_link {
            true => zip.link(name, content),
            false => zip.file(name, content),
        });
        let _refused = scene.unpack(&zip.finish());
        prop_assert!(scene.strays().is_empty(), "{:?}", scene.strays());
        prop_assert!(leads_nowhere_else(&scene.at("out")));
    }

    #[test]
    fn no_damage_panics_or_escapes(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let zip = Zip::new().file("bootstrap", "run").link("lib/link", "../bootstrap").file("lib/a", "content");
        let mut zip = zip.finish();
        for (at, byte) in edits {
            let at = at.index(zip.len());
            zip[at] = byte;
        }
        let scene = Scene::new();
        let _refused = scene.unpack(&zip);
        prop_assert!(scene.strays().is_empty(), "{:?}", scene.strays());
    }
}

/// Whether every link below the folder leads into it, as the file system follows it.
fn leads_nowhere_else(root: &Path) -> bool {
    let Ok(root) = root.canonicalize() else { return true };
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                folders.push(entry.path());
            }
            // One that leads nowhere cannot lead out.
            if kind.is_symlink() && entry.path().canonicalize().is_ok_and(|path| !path.starts_with(&root)) {
                return false;
            }
        }
    }
    true
}
