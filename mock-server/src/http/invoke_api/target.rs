//! Which function a call of the Invoke API is for: its path, its name or ARN, its qualifier.
//!
//! The forms are those of [Invoke](https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html): a name, a partial
//! ARN or an ARN, each with a qualifier or without.

use http::{Method, StatusCode, Uri};
use percent_encoding::percent_decode_str;

use super::{Member, Refusal};
use crate::variables;

const PREFIX: &str = "/2015-03-31/functions/";
const SUFFIX: &str = "/invocations";

/// Which function is invoked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) name: String,
    pub(super) qualifier: Option<String>,
}

impl Target {
    pub(super) fn parse(method: &Method, uri: &Uri) -> Result<Self, Refusal> {
        let segment = uri.path().strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX));
        let segment = segment.filter(|segment| !segment.is_empty() && !segment.contains('/'));
        let unknown =
            |status, message| Refusal::new(status, "UnknownOperationException", Member::Message, message);
        let Some(segment) = segment else {
            let message = format!("{method} {} is not an operation of this service", uri.path());
            return Err(unknown(StatusCode::NOT_FOUND, message));
        };
        if *method != Method::POST {
            let message = format!("{} takes POST only", uri.path());
            return Err(unknown(StatusCode::METHOD_NOT_ALLOWED, message));
        }
        let mut target = Self::of_name(&percent_decode_str(segment).decode_utf8_lossy())?;
        let mut pairs = uri.query().unwrap_or_default().split('&');
        let parameter = pairs.find_map(|pair| pair.strip_prefix("Qualifier="));
        let parameter = parameter.map(|text| percent_decode_str(text).decode_utf8_lossy().into_owned());
        if let (Some(suffix), Some(parameter)) = (&target.qualifier, &parameter)
            && suffix != parameter
        {
            return Err(Refusal::bad_request(
                "InvalidParameterValueException",
                "The derived qualifier from the function name does not match the specified qualifier.",
            ));
        }
        target.qualifier = target.qualifier.or(parameter);
        Ok(target)
    }

    /// Reads `[arn:aws:lambda:][region:][account:][function:]name[:qualifier]`.
    fn of_name(text: &str) -> Result<Self, Refusal> {
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
        let qualifier = (parts.len() > 1).then(|| parts[1..].join(":"));
        Ok(Self { name: parts[0].to_owned(), qualifier })
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
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
mod test {
    use super::*;

    fn target(text: &str) -> (String, Option<String>) {
        let Ok(target) = Target::of_name(text) else { panic!("{text} was refused") };
        (target.name, target.qualifier)
    }

    #[test]
    fn names_and_arns_of_every_form_are_read() {
        let prefixes =
            ["", "function:", "123456789012:function:", "arn:aws:lambda:us-east-1:123456789012:function:"];
        for prefix in prefixes {
            assert_eq!(target(&format!("{prefix}f")), ("f".to_owned(), None));
            assert_eq!(target(&format!("{prefix}f:prod")), ("f".to_owned(), Some("prod".to_owned())));
            assert_eq!(target(&format!("{prefix}my-function:$LATEST")).0, "my-function");
        }
        assert_eq!(target("function"), ("function".to_owned(), None));
        assert_eq!(target("function:$LATEST"), ("function".to_owned(), Some("$LATEST".to_owned())));
    }

    #[test]
    fn a_function_of_another_region_is_out_of_reach() {
        assert!(Target::of_name("arn:aws:lambda:eu-west-1:123456789012:function:f").is_err());
    }
}
