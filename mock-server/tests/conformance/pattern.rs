//! Texts that are known but for some places.

use std::collections::BTreeMap;

/// What the service has given so far, by the name of its placeholder.
pub(crate) type Known = BTreeMap<String, String>;

/// Puts what is known in the place of its placeholder.
pub(crate) fn fill(pattern: &str, known: &Known) -> String {
    known.iter().fold(pattern.to_owned(), |text, (name, value)| text.replace(&format!("<{name}>"), value))
}

/// Whether a text has the form of the pattern, in which `<uuid>`, `<number>`, `<account>`, `<time>` and
/// `<any>` each stand for such a thing.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    let first = FORMS.iter().filter_map(|(name, form)| Some((pattern.find(name)?, name, form))).min();
    let Some((at, name, form)) = first else { return pattern == text };
    let Some(text) = text.strip_prefix(&pattern[..at]) else { return false };
    let rest = &pattern[at + name.len()..];
    let ends = (0..=text.len()).filter(|&end| text.is_char_boundary(end));
    ends.into_iter().any(|end| has(*form, &text[..end]) && fits(rest, &text[end..]))
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Uuid,
    Number,
    Account,
    Time,
    Any,
}

const FORMS: [(&str, Form); 5] = [
    ("<uuid>", Form::Uuid),
    ("<number>", Form::Number),
    ("<account>", Form::Account),
    ("<time>", Form::Time),
    ("<any>", Form::Any),
];

fn has(form: Form, text: &str) -> bool {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match form {
        Form::Uuid => {
            let dashes: Vec<_> = text.match_indices('-').map(|(at, _)| at).collect();
            text.len() == 36
                && dashes == [8, 13, 18, 23]
                && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
        }
        Form::Number => is_number,
        Form::Account => is_number && text.len() == 12,
        Form::Time => has_digits("0000-00-00T00:00:00.000Z", text),
        Form::Any => true,
    }
}

/// Whether a text is as long as the model, and differs from it in digits only.
fn has_digits(model: &str, text: &str) -> bool {
    let fits = |(model, byte): (u8, u8)| if model == b'0' { byte.is_ascii_digit() } else { model == byte };
    model.len() == text.len() && model.bytes().zip(text.bytes()).all(fits)
}

#[test]
fn a_placeholder_stands_for_its_form_only() {
    let uuid = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";
    assert!(fits("a <uuid> b <number>c", &format!("a {uuid} b 12c")));
    assert!(!fits("a <uuid> b", &format!("a {}x b", &uuid[1..])));
    assert!(!fits("<number>", ""));
    assert!(!fits("<number>", "12 "));
    assert!(fits("<time>", "2026-11-21T01:37:06.811Z") && !fits("<time>", "2026-11-21T01:37:06Z"));
    assert!(fits("{<any>}", "{}") && !fits("{<any>}", "{"));
    assert!(fits("arn:<account>:f", "arn:123456789012:f") && !fits("arn:<account>:f", "arn:12:f"));
}

#[test]
fn what_is_known_is_filled_in() {
    let known = Known::from([("id".to_owned(), "r-1".to_owned())]);
    assert_eq!(fill("/<id>/<other>", &known), "/r-1/<other>");
}
