//! ELF files by hand: as little as a loader needs to see what an executable wants, and no code.
//!
//! Source: [the format](https://refspecs.linuxfoundation.org/elf/elf.pdf), and for versions [the Linux Standard
//! Base](https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/symversion.html).

pub(crate) const X86_64: u16 = 62;
pub(crate) const ARM64: u16 = 183;
/// Types of files: an executable at a fixed address, and one that may lie anywhere or a library.
const EXEC: u16 = 2;
pub(crate) const DYN: u16 = 3;

/// Where the file is loaded.
const BASE: u64 = 0x40_0000;

/// What is to stand in a file.
#[derive(Clone, Debug)]
pub(crate) struct Image<'a> {
    pub(crate) machine: u16,
    pub(crate) kind: u16,
    pub(crate) interpreter: Option<&'a str>,
    pub(crate) libraries: &'a [&'a str],
    /// Versions of `libc.so.6`, the flags of each, and the symbols that are wanted in it.
    pub(crate) versions: &'a [(&'a str, u16, &'a [&'a str])],
    /// The flag that tells an executable from a library.
    pub(crate) is_pie: bool,
}

impl<'a> Image<'a> {
    /// A static executable.
    pub(crate) fn fixed(machine: u16) -> Self {
        Self { machine, kind: EXEC, interpreter: None, libraries: &[], versions: &[], is_pie: false }
    }

    /// An executable that a loader brings together with glibc.
    pub(crate) fn dynamic(machine: u16, versions: &'a [(&'a str, u16, &'a [&'a str])]) -> Self {
        let loader =
            if machine == ARM64 { "/lib/ld-linux-aarch64.so.1" } else { "/lib64/ld-linux-x86-64.so.2" };
        let libraries = &["libc.so.6"];
        Self { machine, kind: DYN, interpreter: Some(loader), libraries, versions, is_pie: true }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut texts = Texts(vec![0]);
        let (mut symbols, mut indices) = (vec![0; 24], vec![0, 0]);
        let mut wanted = Vec::new();
        for (at, (version, flags, names)) in self.versions.iter().enumerate() {
            let index = at as u16 + 2;
            for name in *names {
                symbols.extend([&texts.put(name)[..], &[0x12, 0, 0, 0], &[0; 16]].concat());
                indices.extend(index.to_le_bytes());
            }
            let next: u32 = if at + 1 == self.versions.len() { 0 } else { 16 };
            wanted.extend([&[0; 4][..], &flags.to_le_bytes(), &index.to_le_bytes()].concat());
            wanted.extend([texts.put(version), next.to_le_bytes()].concat());
        }
        if !self.versions.is_empty() {
            let count = (self.versions.len() as u16).to_le_bytes();
            let head = [&1_u16.to_le_bytes()[..], &count, &texts.put("libc.so.6"), &[16, 0, 0, 0], &[0; 4]];
            wanted.splice(0..0, head.concat());
        }
        let libraries: Vec<_> = self.libraries.iter().map(|name| texts.put(name)).collect();

        // The order of a linker: symbols, their names, the versions of them.
        let start = 64 + 3 * 56;
        let mut body = Vec::new();
        let mut put = |part: &[u8]| {
            while body.len() % 8 != 0 {
                body.push(0);
            }
            body.extend(part);
            (start + body.len() - part.len()) as u64
        };
        let interpreter: Vec<u8> =
            self.interpreter.iter().flat_map(|path| [path.as_bytes(), &[0]].concat()).collect();
        let (interpreter_at, symbols_at) = (put(&interpreter), put(&symbols));
        let (texts_at, indices_at, wanted_at) = (put(&texts.0), put(&indices), put(&wanted));
        let mut tags: Vec<(u64, u64)> =
            libraries.iter().map(|name| (1, u64::from(u32::from_le_bytes(*name)))).collect();
        tags.extend([(5, BASE + texts_at), (6, BASE + symbols_at), (10, texts.0.len() as u64), (11, 24)]);
        if !self.versions.is_empty() {
            tags.extend([
                (0x6fff_fff0, BASE + indices_at),
                (0x6fff_fffe, BASE + wanted_at),
                (0x6fff_ffff, 1),
            ]);
        }
        if self.is_pie {
            tags.push((0x6fff_fffb, 0x0800_0000));
        }
        tags.push((0, 0));
        let dynamic: Vec<u8> =
            tags.iter().flat_map(|(tag, value)| [tag.to_le_bytes(), value.to_le_bytes()].concat()).collect();
        let dynamic_at = put(&dynamic);

        let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
        bytes.extend([self.kind.to_le_bytes(), self.machine.to_le_bytes(), [1, 0], [0, 0]].concat());
        // The entry, and where the program headers are; no sections.
        bytes.extend([BASE + start as u64, 64, 0].map(u64::to_le_bytes).concat());
        let mut segments = vec![(1, 0, (start + body.len()) as u64)];
        if self.interpreter.is_some() {
            segments.push((3, interpreter_at, interpreter.len() as u64));
        }
        if self.kind == DYN {
            segments.push((2, dynamic_at, dynamic.len() as u64));
        }
        let count = segments.len() as u16;
        bytes
            .extend([[0, 0], [0, 0], [64, 0], [56, 0], count.to_le_bytes(), [0, 0], [0, 0], [0, 0]].concat());
        for (kind, at, length) in segments {
            bytes.extend([u32::to_le_bytes(kind), [5, 0, 0, 0]].concat());
            bytes.extend([at, BASE + at, BASE + at, length, length, 8].map(u64::to_le_bytes).concat());
        }
        bytes.resize(start, 0);
        [bytes, body].concat()
    }
}

/// Names one after the other, each with a zero behind it.
struct Texts(Vec<u8>);

impl Texts {
    fn put(&mut self, text: &str) -> [u8; 4] {
        let at = self.0.len() as u32;
        self.0.extend([text.as_bytes(), &[0]].concat());
        at.to_le_bytes()
    }
}
