//! Backtraces as lines of a report.

use std::backtrace::{Backtrace, BacktraceStatus};

/// More than this nobody reads.
const LINES: usize = 64;

/// Whose frames say nothing about the function.
const RUNTIME: &str = "lambda_runtime::";
const MACHINERY: [&str; 6] = ["std::", "core::", "alloc::", "tokio::", "__rust", "__libc"];
const ENTRY_POINTS: [&str; 4] = ["rust_begin_unwind", "main", "_start", "<unknown>"];

/// The frames of the function's own code, innermost first, as `function (file:line:column)`; nothing if
/// backtraces are not enabled.
pub(crate) fn lines(backtrace: &Backtrace) -> Vec<String> {
    if backtrace.status() != BacktraceStatus::Captured {
        return Vec::new();
    }
    own_frames(&backtrace.to_string())
}

/// The standard library gives frames as text only: a number and a function, then a line with its place. What lies
/// outside of the runtime's call into the function is the same for all, and left out.
fn own_frames(text: &str) -> Vec<String> {
    let mut frames: Vec<String> = Vec::new();
    let mut is_own = false;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(place) = line.strip_prefix("at ") {
            if is_own && place.starts_with("/rustc/") {
                frames.pop();
            } else if let Some(frame) = frames.last_mut().filter(|_| is_own) {
                *frame = format!("{frame} ({place})");
            }
            is_own = false;
            continue;
        }
        let function = line.split_once(": ").map_or(line, |(_, function)| function);
        let path = function.trim_start_matches('<');
        if path.starts_with(RUNTIME) && !frames.is_empty() || frames.len() == LINES {
            break;
        }
        let is_machinery =
            path.starts_with(RUNTIME) || MACHINERY.iter().any(|machinery| path.starts_with(machinery));
        is_own = !is_machinery && !ENTRY_POINTS.contains(&function);
        if is_own {
            frames.push(function.to_owned());
        }
    }
    frames
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn only_frames_of_the_functions_own_code_are_kept() {
        let text = "
   0: std::backtrace::Backtrace::create
   1: <lambda_runtime::error::Error as core::convert::From<E>>::from
             at ./a.rs:1:1
   2: shop::load
             at ./src/main.rs:7:9
   3: <usize as core::slice::index::SliceIndex<[T]>>::index
             at /rustc/59807616/library/core/src/slice/index.rs:272:10
   4: <shop::Order as shop::Load>::load
   5: <lambda_runtime::handler::HandlerFuture<Fut> as core::future::future::Future>::poll
             at ./a.rs:2:2
   6: shop::main
";
        assert_eq!(own_frames(text), ["shop::load (./src/main.rs:7:9)", "<shop::Order as shop::Load>::load"]);
    }

    #[test]
    fn a_backtrace_that_is_not_enabled_has_no_lines() {
        assert!(lines(&Backtrace::disabled()).is_empty());
    }
}
