//! What an error of whatever kind says: its type's short name, its message, its causes.
//!
//! What both kinds of guest put into the reports that they post. Which category Lambda records beside a report is in
//! [`ErrorType`](crate::ErrorType) and in [`extension::error`](crate::extension::error).

use std::{any::Any, borrow::Cow, error::Error as StdError, fmt};

use crate::ErrorReport;

/// The type of an error whose own name is not to be had.
pub const UNNAMED: &str = "HandlerError";

/// A report travels in one piece, in a stream's trailers even in a header: nothing in it may be endless.
const TEXT_BYTES: usize = 32 * 1024;
const STACK_LINES: usize = 100;
const CAUSES: usize = 16;

/// The report of an error: its message, and its causes as they nest. They stand in the stack as well, because few
/// that show a report know of causes.
pub fn report_of(error_type: &str, error: &(dyn StdError + 'static)) -> ErrorReport {
    let mut report = ErrorReport::new(error_type, error.to_string());
    let mut cause = error.source();
    let mut causes = Vec::new();
    while let Some(error) = cause.filter(|_| causes.len() < CAUSES) {
        causes.push(error.to_string());
        cause = error.source();
    }
    report.stack_trace = causes.iter().map(|message| format!("caused by: {message}")).collect();
    // A cause is known as `dyn Error` only, so it has no type.
    report.cause = causes.into_iter().rev().fold(None, |cause, message| {
        let mut report = ErrorReport::new("", message);
        report.cause = cause;
        Some(Box::new(report))
    });
    report
}

/// Makes a report as short as a report may be.
pub fn crop(report: &mut ErrorReport) {
    let mut next = Some(report);
    let mut room = TEXT_BYTES;
    let mut causes = 0;
    while let Some(report) = next {
        report.stack_trace.truncate(STACK_LINES);
        for line in &mut report.stack_trace {
            crop_text(line, TEXT_BYTES / STACK_LINES);
        }
        crop_text(&mut report.error_type, 256);
        crop_text(&mut report.error_message, room);
        room = TEXT_BYTES / CAUSES;
        // Members that are not documented may be of any kind, so they cannot be cut to size.
        if serde_json::to_string(&report.other).map_or(0, |other| other.len()) > TEXT_BYTES {
            report.other.clear();
        }
        causes += 1;
        if causes > CAUSES {
            report.cause = None;
        }
        next = report.cause.as_deref_mut();
    }
}

/// Cuts a text down to so many bytes, and says at its end how long it was.
pub fn crop_text(text: &mut String, most: usize) {
    if text.len() <= most {
        return;
    }
    // One that was cut before still says how long it was in the beginning.
    let cut = text.strip_suffix(" bytes)").and_then(|text| text.rsplit_once("… ("));
    let cut = cut.and_then(|(kept, length)| Some((kept.len(), length.parse().ok()?)));
    let (kept, length): (usize, usize) = cut.unwrap_or((text.len(), text.len()));
    let most = most.min(kept);
    let end = (0..=most).rev().find(|&end| text.is_char_boundary(end)).unwrap_or_default();
    text.truncate(end);
    text.push_str(&format!("… ({length} bytes)"));
}

/// The last part of a type's path without its generics, or [`UNNAMED`] for text and for boxes.
///
/// A type that is called `Error` and nothing else gets the name of its crate, or of its module in the standard
/// library, in front: `SerdeJsonError`, `FmtError`.
pub fn short_type_name<E>() -> Cow<'static, str> {
    let name = std::any::type_name::<E>();
    let without_generics = name.split('<').next().unwrap_or(name);
    let is_box =
        name.contains("dyn ") || matches!(name, "anyhow::Error" | "eyre::Report" | "miette::eyreish::Report");
    let is_text =
        name.ends_with("str") || matches!(without_generics, "alloc::string::String" | "alloc::borrow::Cow");
    let short = without_generics.rsplit("::").next().unwrap_or(without_generics);
    let is_name = short.starts_with(|first: char| first.is_ascii_alphabetic());
    if is_box || is_text || !is_name {
        return Cow::Borrowed(UNNAMED);
    }
    if short != "Error" {
        return Cow::Borrowed(short);
    }
    let mut from_root = without_generics.split("::");
    let root = from_root.next().unwrap_or_default();
    let in_std = matches!(root, "core" | "alloc" | "std");
    let owner = if in_std { from_root.next().unwrap_or(root) } else { root };
    Cow::Owned(owner.split('_').map(capitalised).chain([short.to_owned()]).collect())
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What a panic says, from what it left behind.
pub fn panic_text(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("panic with a value that is not text")
}

/// Writes an error and its causes in one line.
#[derive(Clone, Copy, Debug)]
pub struct Chain<'a>(pub &'a (dyn StdError + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        // A chain may have no end.
        for _ in 0..CAUSES {
            let Some(error) = cause else { break };
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn no_report_is_endless_however_it_was_made() {
        let mut report = ErrorReport::new("Innermost", "x".repeat(100_000));
        for _ in 0..40 {
            let mut outer = ErrorReport::new("Outer", "y".repeat(10_000));
            outer.other.insert("trace".to_owned(), "z".repeat(40_000).into());
            outer.stack_trace = vec!["s".repeat(1_000); 200];
            outer.cause = Some(Box::new(report));
            report = outer;
        }
        crop(&mut report);
        assert!(report.to_json().len() < 1_000_000, "{}", report.to_json().len());
    }

    #[test]
    fn the_chain_of_causes_ends_somewhere() {
        #[derive(Debug)]
        struct Endless;
        impl fmt::Display for Endless {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("again")
            }
        }
        impl StdError for Endless {
            fn source(&self) -> Option<&(dyn StdError + 'static)> {
                Some(&Self)
            }
        }
        assert_eq!(report_of("Endless", &Endless).stack_trace.len(), CAUSES);
        assert_eq!(Chain(&Endless).to_string().matches("again").count(), CAUSES + 1);
    }

    #[test]
    fn a_type_that_is_only_called_error_is_named_after_its_owner() {
        assert_eq!(short_type_name::<std::io::Error>(), "IoError");
        assert_eq!(short_type_name::<fmt::Error>(), "FmtError");
        assert_eq!(short_type_name::<serde_json::Error>(), "SerdeJsonError");
    }

    #[test]
    fn generics_and_paths_are_no_part_of_a_name() {
        assert_eq!(short_type_name::<std::num::ParseIntError>(), "ParseIntError");
        assert_eq!(short_type_name::<std::sync::PoisonError<std::sync::MutexGuard<'_, ()>>>(), "PoisonError");
        assert_eq!(short_type_name::<Cow<'_, str>>(), UNNAMED);
        assert_eq!(short_type_name::<(u8, u8)>(), UNNAMED);
    }
}
