//! What the events of all triggers have in common: JSON with its members in order, and parts of ARNs.

use std::fmt;

use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;

pub(super) use crate::core::{
    json::{json, raw, region},
    seconds,
};

/// The account in an ARN.
pub(super) fn account(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or_default()
}

/// JSON without the spaces between its tokens. Nothing else is changed: no order, and no way to write a number.
pub(super) fn minified(json: &str) -> String {
    let mut minified = String::with_capacity(json.len());
    let (mut is_quoted, mut is_escaped) = (false, false);
    for character in json.chars() {
        if is_quoted {
            is_quoted = is_escaped || character != '"';
            is_escaped = !is_escaped && character == '\\';
        } else if matches!(character, ' ' | '\t' | '\n' | '\r') {
            continue;
        } else {
            is_quoted = character == '"';
        }
        minified.push(character);
    }
    minified
}

/// The members of an object as they are written, in their order.
pub(super) fn members(json: &str) -> Option<Vec<(String, &RawValue)>> {
    serde_json::from_str(json).ok().map(|Members(members)| members)
}

/// The elements of an array as they are written.
pub(super) fn elements(json: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(json).ok()
}

struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(Visitor).map(Self)
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn spaces_between_tokens_go_and_those_of_a_text_stay() {
        assert_eq!(
            minified("{ \"a \\\" b\" :\t[ 1.0,\r\n \"\\\\\" , \" \" ] }"),
            r#"{"a \" b":[1.0,"\\"," "]}"#
        );
    }

    #[test]
    fn members_keep_their_order_and_the_way_they_are_written() {
        let members = members(r#"{"b": 1.0, "a": [ ]}"#).unwrap();
        let members: Vec<_> = members.iter().map(|(name, value)| (name.as_str(), value.get())).collect();
        assert_eq!(members, [("b", "1.0"), ("a", "[ ]")]);
        assert!(super::members("[1]").is_none());
    }
}
