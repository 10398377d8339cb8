//! Stable names for what has a different id in every run.

use std::collections::BTreeMap;

use lambda_api::RequestId;

use crate::{
    http::extension_api::is_uuid,
    timeline::{Entry, Event},
};

/// The names: requests by the order of their invokes, other ids as they turn up.
pub(super) struct Names {
    /// Counted from 1.
    requests: BTreeMap<String, usize>,
    others: BTreeMap<String, usize>,
    is_redacted: bool,
}

impl Names {
    pub(super) fn new(entries: &[Entry], is_redacted: bool) -> Self {
        let mut names = Self { requests: BTreeMap::new(), others: BTreeMap::new(), is_redacted };
        for entry in entries {
            if let Event::Invoked { request_id } = &entry.event {
                number(&mut names.requests, request_id.as_str());
            }
        }
        names
    }

    /// An invocation; one that nobody invoked has only its id.
    pub(super) fn request(&self, request_id: &RequestId) -> String {
        match self.requests.get(request_id.as_str()) {
            Some(number) => format!("request {number}"),
            None if self.is_redacted => "request ?".to_owned(),
            None => request_id.to_string(),
        }
    }

    pub(super) fn is_redacted(&self) -> bool {
        self.is_redacted
    }

    /// A text with the names in place of the ids, if that is wanted.
    pub(super) fn redact(&mut self, text: &str) -> String {
        if !self.is_redacted {
            return text.to_owned();
        }
        let is_part = |character: char| character.is_ascii_alphanumeric() || character == '-';
        let mut redacted = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(begin) = rest.find(is_part) {
            redacted.push_str(&rest[..begin]);
            rest = &rest[begin..];
            let end = rest.find(|character| !is_part(character)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            redacted.push_str(&self.name(word));
            rest = after;
        }
        redacted.push_str(rest);
        redacted
    }

    fn name(&mut self, word: &str) -> String {
        match self.requests.get(word) {
            Some(number) => format!("request {number}"),
            None if is_uuid(word) => format!("id {}", number(&mut self.others, word)),
            None => word.to_owned(),
        }
    }
}

/// The number of an id; the next one if it is new.
fn number(numbers: &mut BTreeMap<String, usize>, id: &str) -> usize {
    let next = numbers.len() + 1;
    *numbers.entry(id.to_owned()).or_insert(next)
}

#[cfg(test)]
mod test {
    use std::time::SystemTime;

    use super::*;
    use crate::timeline::EnvironmentId;

    fn names(requests: &[&str], is_redacted: bool) -> Names {
        let entries: Vec<_> = requests
            .iter()
            .map(|id| Entry {
                sequence: 0,
                time: SystemTime::UNIX_EPOCH,
                environment: EnvironmentId(1),
                cause: None,
                event: Event::Invoked { request_id: id.parse().unwrap() },
            })
            .collect();
        Names::new(&entries, is_redacted)
    }

    #[test]
    fn ids_become_names_wherever_they_stand() {
        let mut names = names(&["r-1", "r-10"], true);
        let uuid = "8b8b8b8b-0000-4000-8000-00000000cafe";
        let other = "9c9c9c9c-0000-4000-8000-00000000cafe";
        assert_eq!(
            names.redact(&format!("GET /x/r-10/error, r-1 by {uuid}, {other}: {uuid} (r-11)")),
            "GET /x/request 2/error, request 1 by id 1, id 2: id 1 (r-11)"
        );
    }

    #[test]
    fn without_redaction_texts_stay_as_they_are() {
        let mut names = names(&["r-1"], false);
        assert_eq!(names.redact("r-1"), "r-1");
        assert_eq!(names.request(&"r-1".parse().unwrap()), "request 1");
        assert_eq!(names.request(&"r-2".parse().unwrap()), "r-2");
    }

    #[test]
    fn an_invocation_that_is_repeated_keeps_its_name() {
        assert_eq!(names(&["r-1", "r-2", "r-1"], true).redact("r-2 r-1"), "request 2 request 1");
    }
}
