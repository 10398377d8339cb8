//! The core names no runtime, no socket, no clock, no environment variable and no source of chance.
//!
//! A check of text, line by line, on `core.rs` and everything under `core` but the tests. Comments are left
//! out: they may name what the code must not.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A name, and what the core has instead.
const BANNED: &[(&str, &str)] = &[
    ("tokio", "the driver is asynchronous, the core is called"),
    ("hyper", "sockets are mapped to inputs outside"),
    ("std::env", "settings are values"),
    ("env::var", "settings are values"),
    ("Instant", "time is the `Time` that comes with each input"),
    ("SystemTime::now", "time is the `Time` that comes with each input"),
    ("println", "what is to be noted is an effect"),
    ("rand", "ids are chosen by the driver"),
    ("std::net", "sockets are mapped to inputs outside"),
    ("std::fs", "settings are values"),
    ("std::process", "launching and killing are effects"),
    ("std::thread", "the core is one value with one owner"),
    ("Mutex", "the core is one value with one owner"),
    ("HashMap", "its order differs from run to run"),
    ("HashSet", "its order differs from run to run"),
];

/// The same, for words that mean something else unless a path begins with them.
const BANNED_PATHS: &[(&str, &str)] =
    &[("log", "what is to be noted is an effect"), ("tracing", "what is to be noted is an effect")];

#[test]
fn the_core_names_nothing_that_is_not_pure() {
    let sources = sources();
    assert!(sources.len() > 5, "the sources were not found: {sources:?}");
    let found: Vec<_> = sources.iter().flat_map(|path| violations(path)).collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn every_banned_name_would_be_found() {
    for (name, _) in BANNED {
        assert!(names(&format!("use {name}::something;"), name), "{name}");
        assert!(names(&format!("    let it = {name}();"), name), "{name}");
    }
    for (name, _) in BANNED_PATHS {
        assert!(begins_path(&format!("use {name}::something;"), name), "{name}");
        assert!(begins_path(&format!("    {name}::info!(1);"), name), "{name}");
    }
    assert!(names("use tokio::time;", "tokio"));
    assert!(names("std::time::Instant::now()", "Instant"));
}

#[test]
fn longer_words_and_comments_are_left_alone() {
    assert!(!names("let operand = brand + random;", "rand"));
    assert!(!begins_path("let log = catalog::login;", "log"));
    assert!(!begins_path("let tracing = invoke.tracing;", "tracing"));
    assert_eq!(code("/// See tokio."), "");
    assert_eq!(code("let a = 1; // not from tokio"), "let a = 1; ");
    // A `//` that is no comment hides the rest of its line; such a line is refused below.
    assert_eq!(code("let url = \"http://tokio\";"), "let url = \"http:");
}

/// `core.rs` and the files under `core`, without this folder.
fn sources() -> Vec<PathBuf> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = vec![src.join("core.rs")];
    let mut folders = vec![src.join("core")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push(path);
            }
        }
        let tests = src.join("core/test");
        folders.retain(|folder| *folder != tests);
        sources.retain(|path| *path != tests.with_extension("rs"));
    }
    sources
}

fn violations(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().enumerate();
    let found = lines.flat_map(|(at, line)| {
        let code = code(line);
        let banned = BANNED.iter().filter(move |(name, _)| names(code, name));
        let paths = BANNED_PATHS.iter().filter(move |(name, _)| begins_path(code, name));
        let named = banned.chain(paths).map(|(name, instead)| format!("names {name}: {instead}"));
        let hidden = code.ends_with("http:").then(|| "hides code behind an address".to_owned());
        named.chain(hidden).map(move |what| format!("{}:{}: {what}", path.display(), at + 1))
    });
    found.collect()
}

/// The line without its comment.
fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

/// Whether the code has the name as a word of its own.
fn names(code: &str, name: &str) -> bool {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + name.len()..].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

/// Whether a path begins with the name.
fn begins_path(code: &str, name: &str) -> bool {
    code.split(|character: char| !character.is_alphanumeric() && character != '_' && character != ':')
        .any(|path| path.strip_prefix(name).is_some_and(|rest| rest.starts_with("::")))
}
