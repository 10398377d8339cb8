//! Mistakes of the types of `aws_lambda_events` 1.2.1, none of which is one of ours.
//!
//! Each of the [`Case`]s is one event that shows one mistake, and what is right. That ours is right is a test for each; what the
//! other crate says is not, as it may be mended, and is shown beside ours by
//! `cargo test -p lambda-events --all-features --test it mistakes -- --nocapture --test-threads 1`.
//!
//! Moments are in `times`, other events that poll streams and brokers in `records`, requests and triggers in `requests`, operations
//! in `operations`, and details of EventBridge, of which we have no types, in `details`.

use std::{
    error::Error,
    panic::{self, PanicHookInfo},
    sync::Once,
};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// What was found in an event; an error is shown in its place.
type Answer = Result<String, Box<dyn Error>>;

/// One mistake.
#[derive(Clone, Copy)]
struct Case {
    /// Its number.
    number: u32,
    /// The event in a few words.
    words: &'static str,
    /// The event, as it is written again.
    json: &'static str,
    /// What is right.
    right: &'static str,
    /// What our types say of the event.
    ours: fn(&'static str) -> Answer,
    /// What those of `aws_lambda_events` say.
    incumbent: fn(&'static str) -> Answer,
}

/// The cases of a file, and a test that ours is right for each of them.
macro_rules! cases {
    ($(
        $name:ident: $number:literal, $words:literal,
        $json:expr,
        ours: $ours:expr,
        incumbent: $incumbent:expr,
        right: $right:literal;
    )+) => {
        pub(super) const CASES: &[super::Case] = &[$(super::Case {
            number: $number,
            words: $words,
            json: $json,
            right: $right,
            ours: $ours,
            incumbent: $incumbent,
        }),+];

        $(
            #[test]
            fn $name() {
                super::assert_right(CASES, $number);
            }
        )+
    };
}

mod details;
mod operations;
mod records;
mod requests;
mod times;

/// Reads an event as one of our types, and shows that it is written as it was.
fn ours<T: Serialize + serde::Deserialize<'static>>(json: &'static str) -> Result<T, Box<dyn Error>> {
    let event: T = lambda_events::parse(json.as_bytes())?;
    assert_eq!(serde_json::to_string(&event)?, json);
    Ok(event)
}

/// Reads an event as a type of the other crate.
fn incumbent<T: DeserializeOwned>(json: &str) -> Result<T, serde_json::Error> {
    serde_json::from_str(json)
}

/// What an event has under a name, or that there is nothing.
fn shown(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| value.to_string())
}

/// What is at a JSON pointer of an event that is written again.
fn written_at(event: impl Serialize, pointer: &str) -> Answer {
    Ok(shown(serde_json::to_value(event)?.pointer(pointer)))
}

/// Which members have come, gone or changed in an event that is written again.
fn changes(json: &str, event: impl Serialize) -> Answer {
    let mut found = Vec::new();
    compare("", &serde_json::from_str(json)?, &serde_json::to_value(event)?, &mut found);
    Ok(list(found))
}

/// Which members have come that are not `null`.
fn made_up(json: &str, event: impl Serialize) -> Answer {
    let mut found = Vec::new();
    compare("", &serde_json::from_str(json)?, &serde_json::to_value(event)?, &mut found);
    found.retain(|change| change.starts_with('+') && !change.ends_with(":null"));
    Ok(list(found))
}

fn list(changes: Vec<String>) -> String {
    if changes.is_empty() { "written as it was".to_owned() } else { changes.join(", ") }
}

fn compare(name: &str, before: &Value, after: &Value, found: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for (name, value) in before {
                match after.get(name) {
                    Some(after) => compare(name, value, after, found),
                    None => found.push(format!("-{name}")),
                }
            }
            let new = after.iter().filter(|(name, _)| !before.contains_key(*name));
            found.extend(new.map(|(name, value)| format!("+{name}:{value}")));
        }
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            before.iter().zip(after).for_each(|(before, after)| compare(name, before, after, found));
        }
        _ if before == after => {}
        _ => found.push(format!("{name}:{after}")),
    }
}

fn assert_right(cases: &[Case], number: u32) {
    let case = cases.iter().find(|case| case.number == number);
    let case = case.unwrap_or_else(|| panic!("there is no case {number}"));
    let ours = (case.ours)(case.json).unwrap_or_else(|error| panic!("{}: {error}", case.words));
    assert_eq!(ours, case.right, "{}", case.words);
}

/// What the other crate says of an event, in one short line.
fn answer_of_incumbent(case: &Case) -> String {
    let answer = panic::catch_unwind(|| (case.incumbent)(case.json).map_err(|error| error.to_string()));
    let text = match answer {
        Ok(Ok(text)) => text,
        Ok(Err(error)) => format!("error: {}", error.split(" at line ").next().unwrap_or_default()),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default();
            format!("panic: {}", text.lines().next().unwrap_or_default())
        }
    };
    match text.char_indices().nth(90) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

/// Keeps panics of the other crate, which are expected, out of the output; others are told as ever.
fn silence_panics_of_incumbent() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let others = panic::take_hook();
        let is_expected = |info: &PanicHookInfo<'_>| {
            info.location().is_some_and(|location| location.file().contains("aws_lambda_events-"))
        };
        panic::set_hook(Box::new(move |info| {
            if !is_expected(info) {
                others(info)
            }
        }));
    });
}

#[test]
fn each_mistake_is_shown_beside_what_is_right() {
    silence_panics_of_incumbent();
    let mut cases: Vec<_> =
        [times::CASES, records::CASES, requests::CASES, operations::CASES, details::CASES].concat();
    cases.sort_by_key(|case| case.number);
    assert!(cases.iter().map(|case| case.number).eq(1..=30));

    let mut wrong = 0;
    println!("\n| # | event | right | ours | aws_lambda_events | |\n| --- | --- | --- | --- | --- | --- |");
    for case in &cases {
        let ours = (case.ours)(case.json).unwrap_or_else(|error| format!("error: {error}"));
        let incumbent = answer_of_incumbent(case);
        let mark = if incumbent == case.right { "" } else { "WRONG" };
        wrong += usize::from(incumbent != case.right);
        println!("| {} | {} | {} | {ours} | {incumbent} | {mark} |", case.number, case.words, case.right);
    }
    println!("\naws_lambda_events is wrong in {wrong} of {}.", cases.len());
}
