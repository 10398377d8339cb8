//! Strings with `*` for any characters; source:
//! [wildcards](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-wildcard-matching).
//!
//! EventBridge also refuses wildcards that it finds too complex, by a measure that it does not publish; here none are.

/// The texts between the asterisks: at least one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wildcard {
    first: String,
    rest: Vec<String>,
}

impl Wildcard {
    /// The error says what was expected.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let mut texts = vec![String::new()];
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            let text = match character {
                '*' if characters.peek() == Some(&'*') => return Err("something between two wildcards"),
                '*' => {
                    texts.push(String::new());
                    continue;
                }
                '\\' => match characters.next() {
                    Some(escaped @ ('*' | '\\')) => escaped,
                    _ => return Err("* or \\ after each \\"),
                },
                other => other,
            };
            if let Some(last) = texts.last_mut() {
                last.push(text);
            }
        }
        let first = texts.remove(0);
        Ok(Self { first, rest: texts })
    }

    /// The leftmost place is right for each text between two asterisks, so nothing is tried twice.
    pub(super) fn matches(&self, text: &str) -> bool {
        let [between @ .., last] = self.rest.as_slice() else {
            return self.first == text;
        };
        let Some(mut remaining) = text.strip_prefix(self.first.as_str()) else {
            return false;
        };
        for text in between {
            let Some((_, after)) = remaining.split_once(text.as_str()) else {
                return false;
            };
            remaining = after;
        }
        remaining.ends_with(last.as_str())
    }
}
