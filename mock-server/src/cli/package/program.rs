//! Whether a program runs on Lambda: what kind of file it is, and what it needs of the machine.
//!
//! Sources: [what a bootstrap is](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html), [the two operating
//! systems](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-provided.html), and [their
//! libraries](https://docs.aws.amazon.com/linux/al2023/ug/glibc-gcc-and-binutils.html). How executables are read is in `elf`.

use std::fmt;

use clap::ValueEnum;

use super::{
    super::config::Architecture,
    elf::{self, Elf, ElfError},
};

/// How many symbols an error names.
const NAMED: usize = 6;

/// The operating system that a program is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Runtime {
    /// Amazon Linux 2023, with glibc 2.34.
    #[value(name = "provided.al2023")]
    Al2023,
    /// Amazon Linux 2, with glibc 2.26.
    #[value(name = "provided.al2")]
    Al2,
}

impl Runtime {
    fn glibc(self) -> Glibc {
        match self {
            Self::Al2023 => Glibc(2, 34, 0),
            Self::Al2 => Glibc(2, 26, 0),
        }
    }
}

impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Al2023 => "provided.al2023",
            Self::Al2 => "provided.al2",
        })
    }
}

/// A version of the GNU C library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Glibc(u32, u32, u32);

impl Glibc {
    /// From the name that versions of symbols have; none of other names.
    fn of(version: &str) -> Option<Self> {
        // A mark of 2.36 that asks for a way of relocation and for no symbol.
        if version == "GLIBC_ABI_DT_RELR" {
            return Some(Self(2, 36, 0));
        }
        let mut numbers = version.strip_prefix("GLIBC_")?.split('.').map(|number| number.parse().ok());
        let found = Self(numbers.next()??, numbers.next()??, numbers.next().unwrap_or(Some(0))?);
        numbers.next().is_none().then_some(found)
    }
}

impl fmt::Display for Glibc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self(major, minor, 0) => write!(f, "{major}.{minor}"),
            Self(major, minor, patch) => write!(f, "{major}.{minor}.{patch}"),
        }
    }
}

/// What Linux can start.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Program {
    Executable(Elf),
    /// Begins with `#!`.
    Script,
}

/// Why a file does not run on Lambda.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ProgramError {
    #[error("is {0}, and neither an ELF executable for Linux nor a script that begins with #!")]
    Other(&'static str),
    #[error("is a script whose first line {0}")]
    Script(&'static str),
    #[error("is {0}")]
    Elf(ElfError),
    #[error("is for {}, and {} is wanted", is.as_str(), wanted.as_str())]
    Architecture { is: Architecture, wanted: Architecture },
    #[error(
        "is loaded by {interpreter}, which is not there on Lambda: link it statically \
         (-C target-feature=+crt-static, as the musl targets have it by default), or with glibc"
    )]
    Musl { interpreter: String },
    #[error(
        "is loaded by {interpreter}, which is not there on Lambda, where it is {expected}: build it with a usual toolchain"
    )]
    Interpreter { interpreter: String, expected: &'static str },
    #[error(
        "needs glibc {needed}, and {runtime} has {}: {symbols}; build it for the older one with cargo zigbuild or cargo \
         lambda build (--target {triple}-unknown-linux-gnu.{}), or statically for {triple}-unknown-linux-musl",
        runtime.glibc(),
        runtime.glibc()
    )]
    Glibc { needed: String, runtime: Runtime, symbols: String, triple: &'static str },
}

impl Program {
    /// Finds out what a file is.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, ProgramError> {
        if elf::is_elf(bytes) {
            return Ok(Self::Executable(elf::read(bytes).map_err(ProgramError::Elf)?));
        }
        let Some(line) = bytes.strip_prefix(b"#!") else { return Err(ProgramError::Other(kind(bytes))) };
        let line = line.split(|&byte| byte == b'\n').next().unwrap_or_default();
        if line.ends_with(b"\r") {
            return Err(ProgramError::Script(
                "ends with a carriage return, which Linux takes for a part of the name",
            ));
        }
        if line.trim_ascii().is_empty() {
            return Err(ProgramError::Script("names no interpreter"));
        }
        Ok(Self::Script)
    }

    /// The processor that it is for, if it is for one.
    pub(super) fn architecture(&self) -> Option<Architecture> {
        match self {
            Self::Executable(elf) => Some(elf.architecture),
            Self::Script => None,
        }
    }

    /// Whether it runs there.
    pub(super) fn check(&self, wanted: Option<Architecture>, runtime: Runtime) -> Result<(), ProgramError> {
        let Self::Executable(elf) = self else { return Ok(()) };
        let is = elf.architecture;
        if let Some(wanted) = wanted.filter(|&wanted| wanted != is) {
            return Err(ProgramError::Architecture { is, wanted });
        }
        let (loader, triple) = match is {
            Architecture::X86_64 => ("/lib64/ld-linux-x86-64.so.2", "x86_64"),
            Architecture::Arm64 => ("/lib/ld-linux-aarch64.so.1", "aarch64"),
        };
        if let Some(interpreter) = elf.interpreter.clone().filter(|interpreter| interpreter != loader) {
            return Err(if interpreter.contains("ld-musl") {
                ProgramError::Musl { interpreter }
            } else {
                ProgramError::Interpreter { interpreter, expected: loader }
            });
        }
        let is_missing = |&(glibc, _): &(Glibc, _)| glibc > runtime.glibc();
        let needs = elf.needs.iter().filter(|need| !need.is_weak);
        let mut missing: Vec<_> =
            needs.filter_map(|need| Some((Glibc::of(&need.version)?, need))).filter(is_missing).collect();
        missing.sort_by_key(|(glibc, _)| std::cmp::Reverse(*glibc));
        let Some((newest, _)) = missing.first() else { return Ok(()) };
        let names: Vec<_> = missing.iter().flat_map(|(_, need)| need.names()).collect();
        let mut symbols = names[..names.len().min(NAMED)].join(", ");
        if names.len() > NAMED {
            symbols += &format!(" and {} more", names.len() - NAMED);
        }
        Err(ProgramError::Glibc { needed: newest.to_string(), runtime, symbols, triple })
    }

    /// Libraries that are neither glibc's nor the compiler's, which therefore have to come with the program.
    pub(super) fn other_libraries(&self) -> impl Iterator<Item = &str> {
        const THERE: [&str; 9] = [
            "libc.so.",
            "libm.so.",
            "libpthread.so.",
            "libdl.so.",
            "librt.so.",
            "libutil.so.",
            "libresolv.so.",
            "libgcc_s.so.",
            "ld-linux-",
        ];
        let libraries = match self {
            Self::Executable(elf) => &elf.libraries[..],
            Self::Script => &[],
        };
        let is_there = |name: &str| THERE.iter().any(|there| name.starts_with(there));
        libraries.iter().map(String::as_str).filter(move |name| !is_there(name))
    }
}

impl elf::Need {
    /// Each symbol with the version; the version alone if it is wanted for no symbol.
    fn names(&self) -> Vec<String> {
        match &self.symbols[..] {
            [] => vec![self.version.clone()],
            symbols => symbols.iter().map(|symbol| format!("{symbol}@{}", self.version)).collect(),
        }
    }
}

/// What a file is that Linux cannot start, as far as its beginning tells.
fn kind(bytes: &[u8]) -> &'static str {
    const MACH_O: [[u8; 4]; 3] = [*b"\xcf\xfa\xed\xfe", *b"\xce\xfa\xed\xfe", *b"\xca\xfe\xba\xbe"];
    match bytes {
        [] => "empty",
        [b'M', b'Z', ..] => "a program for Windows",
        [b'P', b'K', 3, 4, ..] => "a zip",
        [first, second, third, fourth, ..] if MACH_O.contains(&[*first, *second, *third, *fourth]) => {
            "a program for macOS"
        }
        _ => "a file of another kind",
    }
}
