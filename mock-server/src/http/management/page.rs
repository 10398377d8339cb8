//! Lists in pages: where one begins, and how long it may be.
//!
//! A marker is the key of the first item of the next page. Clients give it back as it is.

use super::{Request, violations::Violations};
use crate::http::refusal::Refusal;

/// Most items on a page, whatever was asked for.
const MOST: usize = 50;

/// A part of a list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    /// Where the next one begins, if there is one.
    pub(super) next_marker: Option<String>,
}

/// The page that a request asks for; the items come in the order of their keys. `most` is what may be asked for.
pub(super) fn page<T>(request: &Request<'_>, most: i64, items: Vec<(String, T)>) -> Result<Page<T>, Refusal> {
    let mut violations = Violations::default();
    let wanted = request.parameter("MaxItems").filter(|text| !text.is_empty());
    let count = match wanted.as_deref().map(str::parse::<i64>) {
        None => None,
        Some(Ok(count)) => {
            violations.range(Some(count), "maxItems", 1..=most);
            Some(count)
        }
        Some(Err(_)) => {
            let message = format!("{} is not a number", wanted.unwrap_or_default());
            return Err(Refusal::serialization(message));
        }
    };
    violations.end()?;
    let count = count.and_then(|count| usize::try_from(count).ok()).map_or(MOST, |count| count.min(MOST));
    Ok(cut(items, request.parameter("Marker").as_deref(), count))
}

fn cut<T>(items: Vec<(String, T)>, marker: Option<&str>, count: usize) -> Page<T> {
    let mut rest =
        items.into_iter().skip_while(|(key, _)| marker.is_some_and(|marker| key.as_str() < marker));
    let items = rest.by_ref().take(count).map(|(_, item)| item).collect();
    Page { items, next_marker: rest.next().map(|(key, _)| key) }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn pages_follow_each_other_without_a_gap() {
        let items = || (0..5).map(|number| (format!("key-{number}"), number)).collect::<Vec<_>>();
        let (mut marker, mut seen) = (None, Vec::new());
        loop {
            let Page { items, next_marker } = cut(items(), marker.as_deref(), 2);
            seen.push(items);
            let Some(next) = next_marker else { break };
            marker = Some(next);
        }
        assert_eq!(seen, [vec![0, 1], vec![2, 3], vec![4]]);
    }

    #[test]
    fn a_marker_whose_item_is_gone_begins_at_the_next() {
        let items = vec![("a".to_owned(), 1), ("c".to_owned(), 3)];
        assert_eq!(cut(items, Some("b"), 5), Page { items: vec![3], next_marker: None });
    }
}
