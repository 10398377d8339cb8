//! A model of an event source mapping with partial batch responses: what comes again after an answer.
//!
//! Source: [partial batch responses](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html) and
//! [batch item failures of streams](https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html).

use serde_json::Value;

/// What an answer means: the places of the records that come again. Everything that is no proper answer is a failure of all.
pub(super) fn comes_again(kind: Kind, ids: &[&str], answer: &Value) -> Vec<usize> {
    let all = || (0..ids.len()).collect();
    let failures = match answer {
        Value::Null => return Vec::new(),
        Value::String(text) if text.is_empty() => return Vec::new(),
        Value::Object(members) => match members.get("batchItemFailures") {
            None | Some(Value::Null) => return Vec::new(),
            Some(Value::Array(failures)) => failures,
            Some(_) => return all(),
        },
        _ => return all(),
    };
    let mut places = Vec::new();
    for failure in failures {
        let id = failure.get("itemIdentifier").and_then(Value::as_str).filter(|id| !id.is_empty());
        let Some(id) = id.filter(|id| ids.contains(id)) else { return all() };
        places.extend(ids.iter().enumerate().filter(|(_, known)| **known == id).map(|(place, _)| place));
    }
    places.sort_unstable();
    places.dedup();
    match (kind, places.first()) {
        (Kind::Stream, Some(&first)) => (first..ids.len()).collect(),
        _ => places,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Queue,
    Stream,
}
