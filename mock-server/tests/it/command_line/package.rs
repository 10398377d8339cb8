//! `mock-server package`: the zip, read by others, and what is refused.

use std::{
    fs::{self, File, Permissions},
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::{Command, Output},
    time::{Duration, SystemTime},
};

use mock_server::unpack::Unpacker;

use super::{error, run, stderr, stdout};
use crate::{
    folder::Folder,
    image::{ARM64, DYN, Image, X86_64},
};

/// Packages, with the zip in a folder that has nothing else in it.
fn package(folder: &Folder, arguments: &[&str]) -> (Output, PathBuf) {
    let out = folder.path().join("out");
    fs::create_dir_all(&out).unwrap();
    let zip = out.join("package.zip");
    let output = run(&[&["package", "--output", zip.to_str().unwrap()], arguments].concat());
    (output, zip)
}

/// The same for what has to succeed, with nothing to say but its one line.
fn packaged(folder: &Folder, arguments: &[&str]) -> PathBuf {
    let (output, zip) = package(folder, arguments);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), ""), "{}", stdout(&output));
    zip
}

/// The error, after which there is no zip and nothing of one.
fn refused(folder: &Folder, arguments: &[&str]) -> String {
    let (output, zip) = package(folder, arguments);
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""));
    assert_eq!(fs::read_dir(zip.parent().unwrap()).unwrap().count(), 0, "{}", stderr(&output));
    error(&output).replace(&format!("{}/", folder.path().display()), "")
}

/// What python makes of a zip: the name, mode, time and length of each entry, and whether all can be read.
fn listed(zip: &Path) -> Vec<String> {
    const SCRIPT: &str = "import sys, zipfile\nzip = zipfile.ZipFile(sys.argv[1])\nassert zip.testzip() is None\n\
        for one in zip.infolist():\n    print(one.filename, '%o' % (one.external_attr >> 16), \
        '%d-%d-%d %d:%d:%d' % one.date_time, one.file_size)";
    let output = Command::new("python3").args(["-c", SCRIPT, zip.to_str().unwrap()]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output).lines().map(str::to_owned).collect()
}

fn file(path: &Path, content: impl AsRef<[u8]>) -> String {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn the_same_files_make_the_same_bytes() {
    let made = [false, true].map(|is_other| {
        let folder = Folder::new();
        let bootstrap = file(&folder.path().join("hello"), Image::fixed(X86_64).bytes());
        let mut names = ["assets/b.txt", "assets/deep/a.txt", "assets/tool", "assets/é"];
        if is_other {
            names.reverse();
        }
        for name in names {
            let path = folder.path().join(name);
            file(&path, format!("#!/bin/{name}\n").repeat(100));
            if is_other {
                fs::set_permissions(&path, Permissions::from_mode(0o700)).unwrap();
                let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
                File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
            }
        }
        symlink("deep/a.txt", folder.path().join("assets/link")).unwrap();
        let assets = folder.path().join("assets");
        let zip = packaged(&folder, &["--bootstrap", &bootstrap, "--include", assets.to_str().unwrap()]);
        (listed(&zip), fs::read(zip).unwrap())
    });
    assert_eq!(made[0].0.len(), 6);
    assert_eq!(made[0].0, made[1].0);
    assert!(made[0].1 == made[1].1, "the bytes differ");
}

#[test]
fn others_find_in_the_zip_what_was_put_in() {
    let folder = Folder::new();
    let bootstrap = file(&folder.path().join("hello"), Image::fixed(ARM64).bytes());
    let assets = folder.path().join("assets");
    file(&assets.join("settings.json"), "{}");
    file(&assets.join("bin/run"), "#!/bin/sh\n");
    file(&assets.join("größe"), "12");
    let elsewhere = file(&folder.path().join("elsewhere"), "from elsewhere");
    symlink("settings.json", assets.join("current")).unwrap();
    symlink(elsewhere, assets.join("linked")).unwrap();
    fs::create_dir(assets.join("empty")).unwrap();
    let zip = packaged(&folder, &["--bootstrap", &bootstrap, "--include", assets.to_str().unwrap()]);
    let length = fs::metadata(&bootstrap).unwrap().len();
    let time = "1980-1-1 0:0:0";
    assert_eq!(
        listed(&zip),
        [
            format!("bin/run 100755 {time} 10"),
            format!("bootstrap 100755 {time} {length}"),
            format!("current 120777 {time} 13"),
            format!("größe 100644 {time} 2"),
            format!("linked 100644 {time} 14"),
            format!("settings.json 100644 {time} 2"),
        ]
    );
    let out = folder.path().join("unpacked");
    Unpacker::new().unpack(&zip, &out).unwrap();
    assert_eq!(fs::read(out.join("bootstrap")).unwrap(), Image::fixed(ARM64).bytes());
    assert_eq!(fs::metadata(out.join("bootstrap")).unwrap().permissions().mode() & 0o777, 0o755);
    assert_eq!(fs::read_link(out.join("current")).unwrap(), Path::new("settings.json"));
    assert_eq!(fs::read_to_string(out.join("linked")).unwrap(), "from elsewhere");
}

#[test]
fn one_line_has_the_size_and_the_hash_that_lambda_tells() {
    let folder = Folder::new();
    let bootstrap = folder.sh("exit 0");
    let (output, zip) = package(&folder, &["--bootstrap", bootstrap.to_str().unwrap()]);
    let script = "import base64, hashlib, sys\n\
        print(base64.b64encode(hashlib.sha256(open(sys.argv[1], 'rb').read()).digest()).decode())";
    let hash = Command::new("python3").args(["-c", script, zip.to_str().unwrap()]).output().unwrap();
    let bytes = fs::metadata(&zip).unwrap().len();
    let expected = format!("{} {bytes} bytes CodeSha256 {}", zip.display(), stdout(&hash));
    assert_eq!(stdout(&output), expected);
    // Anybody may read it, as any file that is made without a word.
    assert_eq!(
        fs::metadata(&zip).unwrap().permissions(),
        fs::metadata(folder.file("other", "")).unwrap().permissions()
    );
}

#[test]
fn a_folder_with_a_bootstrap_is_a_package_as_it_is() {
    let folder = Folder::new();
    let task = folder.path().join("task");
    file(&task.join("bootstrap"), "#!/bin/sh\n");
    file(&task.join("extensions/readme"), "no extension, for this is no layer");
    let zip = packaged(&folder, &["--bootstrap", task.to_str().unwrap()]);
    let names: Vec<_> = listed(&zip).iter().map(|line| line[..line.find(' ').unwrap()].to_owned()).collect();
    assert_eq!(names, ["bootstrap", "extensions/readme"]);
}

#[test]
fn an_extension_becomes_a_layer() {
    let folder = Folder::new();
    let opt = folder.path().join("opt");
    file(&opt.join("lib/data"), "data");
    file(&opt.join("extensions/first"), "#!/bin/sh\n");
    let audit = file(&folder.path().join("target/audit"), Image::fixed(X86_64).bytes());
    let zip = packaged(&folder, &["--extension", &audit, "--layer", opt.to_str().unwrap()]);
    let modes: Vec<_> =
        listed(&zip).iter().map(|line| line[..line.find(" 1980").unwrap()].to_owned()).collect();
    assert_eq!(modes, ["extensions/audit 100755", "extensions/first 100755", "lib/data 100644"]);
}

#[test]
fn a_symbol_that_lambda_has_not_is_named() {
    let folder = Folder::new();
    let versions = [("GLIBC_2.38", 0, &["memcpy"][..]), ("GLIBC_2.30", 0, &["gettid"])];
    let hello = file(&folder.path().join("hello"), Image::dynamic(X86_64, &versions).bytes());
    let message = refused(&folder, &["--bootstrap", &hello]);
    let expected = "error: hello needs glibc 2.38, and provided.al2023 has 2.34: memcpy@GLIBC_2.38; build it";
    assert!(message.starts_with(expected), "{message}");
    let message = refused(&folder, &["--extension", &hello, "--runtime", "provided.al2"]);
    assert!(message.contains("has 2.26: memcpy@GLIBC_2.38, gettid@GLIBC_2.30; "), "{message}");
    let older = file(&folder.path().join("older"), Image::dynamic(X86_64, &versions[1..]).bytes());
    packaged(&folder, &["--bootstrap", &older]);
}

#[test]
fn programs_that_lambda_cannot_start_are_refused() {
    let folder = Folder::new();
    let at = |name: &str, content: Vec<u8>| file(&folder.path().join(name), content);
    let hello = at("hello", Image::fixed(X86_64).bytes());
    let arm = at("arm", Image::fixed(ARM64).bytes());
    let text = at("text", b"echo hello\n".to_vec());
    let library = at("library", Image { kind: DYN, ..Image::fixed(X86_64) }.bytes());
    let missing = folder.path().join("missing").display().to_string();
    let empty = folder.path().join("empty").display().to_string();
    fs::create_dir(&empty).unwrap();
    for (arguments, reason) in [
        (&["--bootstrap", &hello, "--architecture", "arm64"][..], "hello is for x86_64, and arm64 is wanted"),
        (&["--extension", &hello, "--extension", &arm], "hello is for x86_64, and arm64 is wanted"),
        (&["--bootstrap", &text], "text is a file of another kind, and neither an ELF executable"),
        (&["--extension", &text], "text is a file of another kind, and neither an ELF executable"),
        (&["--bootstrap", &library], "library is a shared library and no executable"),
        (&["--bootstrap", &missing], "cannot read missing"),
        (&["--bootstrap", &empty], "there is no file bootstrap in empty"),
        (&["--layer", &empty], "there is nothing in the package"),
        (&["--layer", &hello], "hello is not a folder"),
        (&["--bootstrap", &hello, "--include", &text], "text is not a folder"),
    ] {
        let message = refused(&folder, arguments);
        assert!(message.contains(reason), "{message}");
    }
}

#[test]
fn what_would_be_ambiguous_is_refused() {
    let folder = Folder::new();
    let hello = file(&folder.path().join("hello"), Image::fixed(X86_64).bytes());
    let task = folder.path().join("task");
    let other = file(&task.join("bootstrap"), "#!/bin/sh\n");
    let task = task.to_str().unwrap();
    let message = refused(&folder, &["--bootstrap", &hello, "--include", task]);
    assert_eq!(message, "error: there are two files bootstrap for the package");
    let same = file(&folder.path().join("other/hello"), "#!/bin/sh\n");
    let message = refused(&folder, &["--extension", &hello, "--extension", &same]);
    assert_eq!(message, "error: there are two files extensions/hello for the package");
    let here = folder.path().to_str().unwrap();
    let message = refused(&folder, &["--bootstrap", &other, "--include", here]);
    assert!(message.contains("out/package.zip is in ") && message.ends_with("a part of itself"), "{message}");
}

#[test]
fn what_is_more_than_lambda_takes_is_refused() {
    let folder = Folder::new();
    let large = file(&folder.path().join("large"), "#!/bin/sh\n");
    // There is nothing in most of it, on the disk either.
    File::options().write(true).open(&large).unwrap().set_len(262_144_001).unwrap();
    let message = refused(&folder, &["--bootstrap", &large]);
    assert_eq!(message, "error: Unzipped size must be smaller than 262144000 bytes");
    let extensions: Vec<_> =
        (0..11).map(|n| file(&folder.path().join(format!("e{n}")), "#!/bin/sh\n")).collect();
    let arguments: Vec<_> = extensions.iter().flat_map(|path| ["--extension", path]).collect();
    let message = refused(&folder, &arguments);
    assert_eq!(message, "error: there are 11 extensions in the layer, and Lambda runs 10 at most");
    packaged(&folder, &arguments[2..]);
}

#[test]
fn a_zip_that_was_there_stays_when_the_next_one_fails() {
    let folder = Folder::new();
    let zip = packaged(&folder, &["--bootstrap", folder.sh("exit 0").to_str().unwrap()]);
    let before = fs::read(&zip).unwrap();
    let text = folder.file("text", "no program");
    let (output, _) = package(&folder, &["--bootstrap", text.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(fs::read(&zip).unwrap() == before);
    packaged(&folder, &["--bootstrap", folder.sh("exit 1").to_str().unwrap()]);
    assert!(fs::read(&zip).unwrap() != before);
    assert_eq!(fs::read_dir(zip.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn a_zip_that_cannot_be_put_in_its_place_leaves_nothing_behind() {
    let folder = Folder::new();
    let zip = folder.path().join("out/package.zip");
    fs::create_dir_all(zip.join("inner")).unwrap();
    let (output, _) = package(&folder, &["--bootstrap", folder.sh("exit 0").to_str().unwrap()]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""));
    let expected = format!("error: cannot write {}: ", zip.display());
    assert!(error(&output).starts_with(&expected), "{}", error(&output));
    assert_eq!(fs::read_dir(folder.path().join("out")).unwrap().count(), 1);
}

#[test]
fn a_library_that_has_to_come_along_is_named_until_it_does() {
    let folder = Folder::new();
    let image = Image { libraries: &["libc.so.6", "libhouse.so.2"], ..Image::dynamic(X86_64, &[]) };
    let hello = file(&folder.path().join("hello"), image.bytes());
    let (output, _) = package(&folder, &["--bootstrap", &hello]);
    assert_eq!(output.status.code(), Some(0));
    let expected = format!("warning: {hello} needs libhouse.so.2, which is not in the package\n");
    assert_eq!(stderr(&output), expected);
    let assets = folder.path().join("assets");
    file(&assets.join("lib/libhouse.so.2"), "");
    packaged(&folder, &["--bootstrap", &hello, "--include", assets.to_str().unwrap()]);
}
