//! Which function a call is for: its name or ARN, and its qualifier.
//!
//! The forms are those of [Invoke](https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html): a name, a partial
//! ARN or an ARN, each with a qualifier or without.

use http::{StatusCode, Uri};
use percent_encoding::percent_decode_str;

use super::refusal::{Member, Refusal};
use crate::variables;

/// Longest name of a function with all that may stand around it, in characters.
const MOST: usize = 256;
/// Longest name alone.
const NAME_MOST: usize = 64;

/// Which function, and which version of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) qualifier: Option<String>,
}

/// The first value of a parameter of the query.
pub(crate) fn parameter(uri: &Uri, name: &str) -> Option<String> {
    parameters(uri, name).next()
}

/// All values of a parameter of the query.
pub(crate) fn parameters(uri: &Uri, name: &str) -> impl Iterator<Item = String> {
    let pairs = uri.query().unwrap_or_default().split('&');
    let values = pairs.filter_map(move |pair| pair.strip_prefix(name)?.strip_prefix('='));
    values.map(|text| percent_decode_str(text).decode_utf8_lossy().into_owned())
}

impl Target {
    /// The function that a segment of a path names, with the qualifier of the query.
    pub(crate) fn new(segment: &str, uri: &Uri) -> Result<Self, Refusal> {
        Self::of(&percent_decode_str(segment).decode_utf8_lossy(), parameter(uri, "Qualifier"))
    }

    /// The function that a name or an ARN means, with a qualifier that has come beside it.
    pub(crate) fn of(name: &str, parameter: Option<String>) -> Result<Self, Refusal> {
        let mut target = Self::of_name(name)?;
        if let (Some(suffix), Some(parameter)) = (&target.qualifier, &parameter)
            && suffix != parameter
        {
            return Err(Refusal::bad_request(
                "InvalidParameterValueException",
                "The derived qualifier from the function name does not match the specified qualifier.",
            ));
        }
        target.qualifier = target.qualifier.or(parameter);
        match &target.qualifier {
            Some(qualifier) if !is_qualifier(qualifier) => Err(Refusal::validation(
                qualifier,
                "qualifier",
                r"satisfy regular expression pattern: \$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+",
            )),
            _ => Ok(target),
        }
    }

    /// Reads `[arn:aws:lambda:][region:][account:][function:]name[:qualifier]`.
    fn of_name(text: &str) -> Result<Self, Refusal> {
        let is_valid = |name: &str| is_name(name) && name.len() <= NAME_MOST;
        let invalid = || {
            Refusal::validation(
                text,
                "functionName",
                "satisfy regular expression pattern: \
                 (arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?\
                 (\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?",
            )
        };
        if text.len() > MOST {
            return Err(invalid());
        }
        let mut parts: Vec<&str> = text.split(':').collect();
        if parts.len() > 3 && parts[0] == "arn" && parts[2] == "lambda" {
            parts.drain(..3);
        }
        if parts.len() > 1 && is_region(parts[0]) {
            let region = parts.remove(0);
            if region != variables::REGION {
                let message = format!(
                    "Functions from '{region}' are not reachable in this region ('{}')",
                    variables::REGION
                );
                let status = StatusCode::NOT_FOUND;
                return Err(Refusal::new(status, "ResourceNotFoundException", Member::Message, message));
            }
        }
        if parts.len() > 1 && parts[0].len() == 12 && parts[0].bytes().all(|byte| byte.is_ascii_digit()) {
            parts.remove(0);
        }
        // A function may itself be called function; a qualifier such as $LATEST is no name.
        if parts.len() > 1 && parts[0] == "function" && is_name(parts[1]) {
            parts.remove(0);
        }
        match *parts.as_slice() {
            [name] if is_valid(name) => Ok(Self { name: name.to_owned(), qualifier: None }),
            [name, suffix] if is_valid(name) && is_suffix(suffix) => {
                Ok(Self { name: name.to_owned(), qualifier: Some(suffix.to_owned()) })
            }
            _ => Err(invalid()),
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// A qualifier behind a name, where fewer signs are allowed than in the query.
fn is_suffix(text: &str) -> bool {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    ["$LATEST", "$LATEST.PUBLISHED"].contains(&text) || (!text.is_empty() && text.bytes().all(is_known))
}

fn is_qualifier(text: &str) -> bool {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_$".contains(&byte);
    text == "$LATEST.PUBLISHED" || (!text.is_empty() && text.len() <= 128 && text.bytes().all(is_known))
}

/// Such as `us-east-1` or `us-gov-west-1`.
fn is_region(text: &str) -> bool {
    let mut parts = text.split('-');
    let continent = parts.next().unwrap_or_default();
    let number = parts.next_back().unwrap_or_default();
    let middle: Vec<&str> = parts.collect();
    continent.len() == 2
        && number.len() == 1
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && !middle.is_empty()
        && middle.iter().all(|part| part.len() > 1 && part.bytes().all(|byte| byte.is_ascii_lowercase()))
}

#[cfg(test)]
mod test;
