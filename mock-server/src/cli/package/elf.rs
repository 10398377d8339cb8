//! What an executable says of itself: for which processor it is, what loads it, and what it needs of which libraries.
//!
//! Read as the loader reads it, by way of the program headers: sections may be gone. Whether that fits Lambda is a matter of
//! `program`.

use elf::{
    ElfBytes, abi,
    endian::LittleEndian,
    file::Class,
    gnu_symver::{VerNeedIterator, VersionIndexTable},
    parse::ParseError,
    string_table::StringTable,
    symbol::SymbolTable,
};

use super::super::config::Architecture;

/// Bytes of an entry of the table of symbols, and of the table of their versions.
const SYMBOL_BYTES: usize = 24;
const VERSION_BYTES: usize = 2;

/// An executable for a processor that Lambda has.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Elf {
    pub(super) architecture: Architecture,
    /// The program that loads it; none for a static executable.
    pub(super) interpreter: Option<String>,
    /// The libraries that it is linked with, such as `libc.so.6`.
    pub(super) libraries: Vec<String>,
    /// In the order of the file.
    pub(super) needs: Vec<Need>,
}

/// A version of symbols that a library must have.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Need {
    /// `GLIBC_2.34`.
    pub(super) version: String,
    /// Whether it is loaded all the same if the library has no such version.
    pub(super) is_weak: bool,
    /// Those that are wanted in this version, as far as they are known.
    pub(super) symbols: Vec<String>,
}

/// Why an ELF file is not to be run.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ElfError {
    #[error("a program of 32 bits, and Lambda has processors of 64")]
    Narrow,
    #[error("a big-endian program, and Lambda's processors are little-endian")]
    BigEndian,
    #[error("a program for another processor (ELF machine {0}) than Lambda has, which are x86_64 and arm64")]
    Machine(u16),
    #[error("{0} and no executable")]
    Kind(&'static str),
    #[error("a damaged ELF file: {0}")]
    Damaged(String),
}

impl From<ParseError> for ElfError {
    fn from(error: ParseError) -> Self {
        Self::Damaged(error.to_string())
    }
}

fn damaged(what: &str) -> ElfError {
    ElfError::Damaged(what.to_owned())
}

/// Whether it is an ELF file at all.
pub(super) fn is_elf(bytes: &[u8]) -> bool {
    bytes.starts_with(&abi::ELFMAGIC)
}

/// Reads an ELF file.
pub(super) fn read(bytes: &[u8]) -> Result<Elf, ElfError> {
    // Before anything else, because the reader has other words for it.
    match (bytes.get(abi::EI_CLASS), bytes.get(abi::EI_DATA)) {
        (Some(&abi::ELFCLASS32), _) => return Err(ElfError::Narrow),
        (_, Some(&abi::ELFDATA2MSB)) => return Err(ElfError::BigEndian),
        _ => {}
    }
    let file = ElfBytes::<LittleEndian>::minimal_parse(bytes)?;
    let architecture = match file.ehdr.e_machine {
        abi::EM_X86_64 => Architecture::X86_64,
        abi::EM_AARCH64 => Architecture::Arm64,
        other => return Err(ElfError::Machine(other)),
    };
    let image = Image::new(&file)?;
    // A static executable that may lie anywhere has the type of a library, and only a flag tells them apart.
    let is_program = image.interpreter.is_some() || image.dynamic.is_pie();
    match file.ehdr.e_type {
        abi::ET_EXEC => {}
        abi::ET_DYN if is_program => {}
        abi::ET_DYN => return Err(ElfError::Kind("a shared library")),
        abi::ET_REL => return Err(ElfError::Kind("an object file")),
        abi::ET_CORE => return Err(ElfError::Kind("a core dump")),
        _ => return Err(ElfError::Kind("an ELF file of an unknown type")),
    }
    if file.ehdr.e_entry == 0 {
        return Err(ElfError::Kind("an ELF file without a beginning"));
    }
    Ok(Elf {
        architecture,
        interpreter: image.interpreter.map(str::to_owned),
        libraries: image.libraries()?,
        needs: image.needs()?,
    })
}

/// The parts of a file that are loaded.
struct Image<'a> {
    /// The address of each, and what is in the file of it.
    loaded: Vec<(u64, &'a [u8])>,
    interpreter: Option<&'a str>,
    dynamic: Dynamic,
}

impl<'a> Image<'a> {
    fn new(file: &ElfBytes<'a, LittleEndian>) -> Result<Self, ElfError> {
        let mut image = Self { loaded: Vec::new(), interpreter: None, dynamic: Dynamic::default() };
        for segment in file.segments().into_iter().flat_map(|segments| segments.iter()) {
            let part = || file.segment_data(&segment);
            match segment.p_type {
                abi::PT_LOAD => image.loaded.push((segment.p_vaddr, part()?)),
                abi::PT_INTERP => image.interpreter = Some(StringTable::new(part()?).get(0)?),
                abi::PT_DYNAMIC => image.dynamic = Dynamic::new(part()?),
                _ => {}
            }
        }
        Ok(image)
    }

    /// What is in the file from an address to the end of its part.
    fn at(&self, address: u64) -> Result<&'a [u8], ElfError> {
        let mut found = self.loaded.iter().filter_map(|(start, part)| {
            let offset = usize::try_from(address.checked_sub(*start)?).ok()?;
            part.get(offset..).filter(|rest| !rest.is_empty())
        });
        found.next().ok_or_else(|| damaged("a table is not in it"))
    }

    fn texts(&self) -> Result<StringTable<'a>, ElfError> {
        let address = self.dynamic.value(abi::DT_STRTAB).ok_or_else(|| damaged("it has no names"))?;
        Ok(StringTable::new(self.at(address)?))
    }

    fn libraries(&self) -> Result<Vec<String>, ElfError> {
        self.dynamic.values(abi::DT_NEEDED).map(|name| self.text(name)).collect()
    }

    fn text(&self, offset: u64) -> Result<String, ElfError> {
        let offset = usize::try_from(offset).map_err(|_| damaged("a name is not in it"))?;
        Ok(self.texts()?.get(offset)?.to_owned())
    }

    fn needs(&self) -> Result<Vec<Need>, ElfError> {
        let Some(address) = self.dynamic.value(abi::DT_VERNEED) else { return Ok(Vec::new()) };
        let count = self.dynamic.value(abi::DT_VERNEEDNUM).unwrap_or_default();
        let libraries = VerNeedIterator::new(LittleEndian, Class::ELF64, count, 0, self.at(address)?);
        let (mut needs, mut read) = (Vec::new(), 0);
        for (library, versions) in libraries {
            read += 1;
            let before = needs.len();
            for version in versions {
                needs.push(Need {
                    version: self.text(version.vna_name.into())?,
                    is_weak: version.vna_flags & abi::VER_FLG_WEAK != 0,
                    symbols: self.symbols(version.vna_other)?,
                });
            }
            if needs.len() - before != usize::from(library.vn_cnt) {
                return Err(damaged("its table of versions ends too early"));
            }
        }
        if read == count { Ok(needs) } else { Err(damaged("its table of versions ends too early")) }
    }

    /// The symbols of a version. How many there are is said nowhere, but something else is where they end.
    fn symbols(&self, version: u16) -> Result<Vec<String>, ElfError> {
        let address = |tag| self.dynamic.value(tag);
        let (Some(symbols), Some(versions)) = (address(abi::DT_SYMTAB), address(abi::DT_VERSYM)) else {
            return Ok(Vec::new());
        };
        let (symbols, versions) =
            (self.up_to_the_next(symbols, SYMBOL_BYTES)?, self.up_to_the_next(versions, VERSION_BYTES)?);
        let symbols = SymbolTable::new(LittleEndian, Class::ELF64, symbols);
        let versions = VersionIndexTable::new(LittleEndian, Class::ELF64, versions);
        let wanted = symbols.iter().zip(versions.iter()).filter(|(_, index)| index.index() == version);
        wanted.map(|(symbol, _)| self.text(symbol.st_name.into())).collect()
    }

    /// Whole entries from an address to where another table begins.
    fn up_to_the_next(&self, address: u64, entry: usize) -> Result<&'a [u8], ElfError> {
        let table = self.at(address)?;
        let next = self.dynamic.tables().filter(|&other| other > address).min();
        let bytes = next.and_then(|next| usize::try_from(next - address).ok()).unwrap_or(table.len());
        let bytes = bytes.min(table.len());
        Ok(&table[..bytes - bytes % entry])
    }
}

/// What the loader is told: tags with values.
#[derive(Debug, Default)]
struct Dynamic(Vec<(i64, u64)>);

impl Dynamic {
    fn new(bytes: &[u8]) -> Self {
        let mut entries = Vec::new();
        for entry in bytes.chunks_exact(16) {
            let (Some(tag), Some(value)) = (entry.first_chunk(), entry.last_chunk()) else { break };
            match i64::from_le_bytes(*tag) {
                abi::DT_NULL => break,
                tag => entries.push((tag, u64::from_le_bytes(*value))),
            }
        }
        Self(entries)
    }

    fn values(&self, tag: i64) -> impl Iterator<Item = u64> {
        self.0.iter().filter(move |entry| entry.0 == tag).map(|entry| entry.1)
    }

    fn value(&self, tag: i64) -> Option<u64> {
        self.values(tag).next()
    }

    fn is_pie(&self) -> bool {
        self.value(abi::DT_FLAGS_1).is_some_and(|flags| flags & abi::DF_1_PIE as u64 != 0)
    }

    /// Where tables begin that may lie behind those of symbols.
    fn tables(&self) -> impl Iterator<Item = u64> {
        let tags = [
            abi::DT_STRTAB,
            abi::DT_SYMTAB,
            abi::DT_HASH,
            abi::DT_GNU_HASH,
            abi::DT_VERSYM,
            abi::DT_VERNEED,
            abi::DT_VERDEF,
            abi::DT_RELA,
            abi::DT_JMPREL,
        ];
        tags.into_iter().filter_map(|tag| self.value(tag))
    }
}
