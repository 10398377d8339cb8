//! What is read of executables, those of the image that the tests have made and real ones.

use proptest::prelude::*;

use super::{
    elf::{self, ElfError},
    program::{Program, ProgramError, Runtime},
};
use crate::cli::config::Architecture;

#[path = "../../../tests/it/image.rs"]
mod image;

use image::{ARM64, DYN, Image, X86_64};

fn check(image: &Image<'_>, runtime: Runtime) -> Result<(), ProgramError> {
    Program::read(&image.bytes())?.check(None, runtime)
}

#[test]
fn an_executable_tells_its_processor_its_loader_and_what_it_needs() {
    let versions = [("GLIBC_2.38", 0, &["memcpy", "strlcpy"][..]), ("GLIBC_2.2.5", 2, &["exit"])];
    let image = Image { libraries: &["libssl.so.3", "libc.so.6"], ..Image::dynamic(X86_64, &versions) };
    let elf = elf::read(&image.bytes()).unwrap();
    assert_eq!(elf.architecture, Architecture::X86_64);
    assert_eq!(elf.interpreter.as_deref(), Some("/lib64/ld-linux-x86-64.so.2"));
    assert_eq!(elf.libraries, ["libssl.so.3", "libc.so.6"]);
    let needs: Vec<_> =
        elf.needs.iter().map(|need| (&*need.version, need.is_weak, need.symbols.join(" "))).collect();
    assert_eq!(needs, [("GLIBC_2.38", false, "memcpy strlcpy".into()), ("GLIBC_2.2.5", true, "exit".into())]);
}

#[test]
fn static_executables_run_everywhere() {
    let anywhere = Image { kind: DYN, is_pie: true, ..Image::fixed(ARM64) };
    for image in [Image::fixed(X86_64), anywhere] {
        for runtime in [Runtime::Al2023, Runtime::Al2] {
            assert_eq!(check(&image, runtime), Ok(()), "{image:?}");
        }
    }
}

#[test]
fn each_runtime_has_its_own_glibc() {
    for (version, on_al2023, on_al2) in [
        ("GLIBC_2.26", true, true),
        ("GLIBC_2.2.5", true, true),
        ("GLIBC_2.27", true, false),
        ("GLIBC_2.34", true, false),
        ("GLIBC_2.35", false, false),
        ("GLIBC_2.100", false, false),
        ("GLIBC_2.34.1", false, false),
        ("GLIBC_3.0", false, false),
        ("GLIBC_ABI_DT_RELR", false, false),
        ("GLIBC_PRIVATE", true, true),
        ("OPENSSL_3.0.0", true, true),
    ] {
        let versions = [(version, 0, &["symbol"][..])];
        let image = Image::dynamic(ARM64, &versions);
        let found = [Runtime::Al2023, Runtime::Al2].map(|runtime| check(&image, runtime).is_ok());
        assert_eq!(found, [on_al2023, on_al2], "{version}");
    }
}

#[test]
fn what_is_too_new_is_named_the_newest_first_and_so_is_what_helps() {
    let versions = [
        ("GLIBC_2.36", 0, &["arc4random"][..]),
        ("GLIBC_2.38", 0, &["memcpy"]),
        ("GLIBC_2.17", 0, &["exit"]),
    ];
    let error = check(&Image::dynamic(X86_64, &versions), Runtime::Al2023).unwrap_err().to_string();
    let expected =
        "needs glibc 2.38, and provided.al2023 has 2.34: memcpy@GLIBC_2.38, arc4random@GLIBC_2.36; ";
    assert!(error.starts_with(expected), "{error}");
    assert!(error.contains("--target x86_64-unknown-linux-gnu.2.34"), "{error}");
    assert!(error.contains("x86_64-unknown-linux-musl") && !error.contains("exit"), "{error}");
}

#[test]
fn many_symbols_are_counted_and_a_version_without_any_names_itself() {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let versions = [("GLIBC_2.38", 0, &names[..]), ("GLIBC_ABI_DT_RELR", 0, &[])];
    let error = check(&Image::dynamic(ARM64, &versions), Runtime::Al2023).unwrap_err().to_string();
    assert!(error.contains("f@GLIBC_2.38 and 3 more; "), "{error}");
    let error = check(&Image::dynamic(ARM64, &versions[1..]), Runtime::Al2023).unwrap_err().to_string();
    assert!(error.contains("needs glibc 2.36, ") && error.contains(": GLIBC_ABI_DT_RELR; "), "{error}");
}

#[test]
fn a_weak_version_may_be_missing() {
    let versions = [("GLIBC_2.38", 2, &["memcpy"][..])];
    assert_eq!(check(&Image::dynamic(X86_64, &versions), Runtime::Al2), Ok(()));
}

#[test]
fn a_loader_that_is_not_there_is_named() {
    let image = Image { interpreter: Some("/lib/ld-musl-x86_64.so.1"), ..Image::dynamic(X86_64, &[]) };
    let error = check(&image, Runtime::Al2023).unwrap_err();
    assert_eq!(error, ProgramError::Musl { interpreter: "/lib/ld-musl-x86_64.so.1".into() });
    for interpreter in ["/nix/store/glibc/lib/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"] {
        let image = Image { interpreter: Some(interpreter), ..Image::dynamic(X86_64, &[]) };
        let error = check(&image, Runtime::Al2023).unwrap_err().to_string();
        assert!(error.contains(interpreter) && error.contains("/lib64/ld-linux-x86-64.so.2"), "{error}");
    }
}

#[test]
fn the_wanted_processor_must_be_that_of_the_executable() {
    let program = Program::read(&Image::fixed(ARM64).bytes()).unwrap();
    assert_eq!(program.check(Some(Architecture::Arm64), Runtime::Al2023), Ok(()));
    let error = program.check(Some(Architecture::X86_64), Runtime::Al2023).unwrap_err();
    assert_eq!(error.to_string(), "is for arm64, and x86_64 is wanted");
    let script = Program::read(b"#!/bin/sh\n").unwrap();
    assert_eq!(script.check(Some(Architecture::X86_64), Runtime::Al2023), Ok(()));
}

#[test]
fn what_is_no_program_for_lambda_says_what_it_is() {
    let whole = Image::fixed(X86_64).bytes();
    let changed = |at: usize, value: u8| {
        let mut bytes = whole.clone();
        bytes[at] = value;
        bytes
    };
    let library = Image { kind: DYN, ..Image::fixed(X86_64) }.bytes();
    for (bytes, expected) in [
        (b"".to_vec(), "is empty, "),
        (b"MZ\x90".to_vec(), "is a program for Windows, "),
        (b"\xcf\xfa\xed\xfe\x0c".to_vec(), "is a program for macOS, "),
        (b"PK\x03\x04".to_vec(), "is a zip, "),
        (b"echo no shebang\n".to_vec(), "is a file of another kind, and neither an ELF executable"),
        (b"#!\necho".to_vec(), "is a script whose first line names no interpreter"),
        (b"#!/bin/sh\r\necho".to_vec(), "is a script whose first line ends with a carriage return"),
        (changed(4, 1), "is a program of 32 bits"),
        (changed(5, 2), "is a big-endian program"),
        (changed(18, 243), "is a program for another processor (ELF machine 243)"),
        (changed(16, 1), "is an object file and no executable"),
        (changed(16, 4), "is a core dump and no executable"),
        (library, "is a shared library and no executable"),
        (whole[..40].to_vec(), "is a damaged ELF file"),
    ] {
        let error = Program::read(&bytes).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn a_zip_that_is_too_large_to_upload_is_told_where_to_go() {
    assert_eq!(super::upload_warning("f.zip".as_ref(), 52_428_800), None);
    let warning = super::upload_warning("f.zip".as_ref(), 52_428_801).unwrap();
    assert!(warning.starts_with("f.zip has more than the 52428800 bytes"), "{warning}");
}

#[test]
fn libraries_that_lambda_may_not_have_are_told_from_those_of_glibc() {
    let libraries =
        ["libc.so.6", "libm.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2", "libssl.so.3", "libcurl.so.4"];
    let image = Image { libraries: &libraries, ..Image::dynamic(X86_64, &[]) };
    let program = Program::read(&image.bytes()).unwrap();
    assert_eq!(program.other_libraries().collect::<Vec<_>>(), ["libssl.so.3", "libcurl.so.4"]);
}

#[test]
fn a_table_that_ends_too_early_is_damage() {
    let versions = [("GLIBC_2.38", 0, &["memcpy"][..])];
    let whole = Image::dynamic(X86_64, &versions).bytes();
    // More versions than there are.
    let at = whole.windows(8).position(|bytes| bytes == [1, 0, 1, 0, 19, 0, 0, 0]).unwrap();
    let mut bytes = whole.clone();
    bytes[at + 2] = 2;
    let error = elf::read(&bytes).unwrap_err();
    assert!(matches!(&error, ElfError::Damaged(what) if what.contains("ends too early")), "{error}");
}

/// This test is a program itself, which a linker has made.
#[cfg(all(target_os = "linux", target_env = "gnu", any(target_arch = "x86_64", target_arch = "aarch64")))]
#[test]
fn a_real_executable_is_read() {
    let elf = elf::read(&std::fs::read(std::env::current_exe().unwrap()).unwrap()).unwrap();
    assert_eq!(elf.architecture.as_str().starts_with("x86"), cfg!(target_arch = "x86_64"));
    assert!(elf.libraries.iter().any(|name| name == "libc.so.6"), "{:?}", elf.libraries);
    let symbols: Vec<_> = elf.needs.iter().flat_map(|need| &need.symbols).collect();
    assert!(symbols.iter().any(|name| *name == "__libc_start_main"), "{symbols:?}");
    assert!(symbols.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_graphic())), "{symbols:?}");
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        length in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let versions = [("GLIBC_2.38", 0, &["memcpy"][..]), ("GLIBC_2.17", 0, &["exit"])];
        let mut bytes = Image::dynamic(X86_64, &versions).bytes();
        if is_cut {
            bytes.truncate(length.index(bytes.len()));
        }
        for (at, value) in changes {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
        }
        if let Ok(program) = Program::read(&bytes) {
            let _any = program.check(None, Runtime::Al2023);
        }
    }
}
