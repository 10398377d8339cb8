//! The parameters of a query, decoded.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};

/// The parameters of a query, decoded, in their order, with all values of each name.
///
/// ```
/// use lambda_runtime::http::QueryParameters;
///
/// let parameters = QueryParameters::parse("part=items&part=total&q=a%20b+c");
/// assert_eq!(parameters.first("part"), Some("items"));
/// assert_eq!(parameters.all("part").collect::<Vec<_>>(), ["items", "total"]);
/// assert_eq!(parameters.first("q"), Some("a b c"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueryParameters<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> QueryParameters<'a> {
    /// Takes a query apart. A `+` is a space; bytes that are not UTF-8 become U+FFFD.
    pub fn parse(query: &'a str) -> Self {
        let parts = query.split('&').filter(|part| !part.is_empty());
        Self(
            parts
                .map(|part| part.split_once('=').unwrap_or((part, "")))
                .map(|(name, value)| (decode(name), decode(value)))
                .collect(),
        )
    }

    /// The first value of a name.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// All values of a name.
    pub fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s str> {
        self.iter().filter(move |(known, _)| *known == name).map(|(_, value)| value)
    }

    /// All names with their values; one that has several comes several times.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('+') {
        return percent_decode(text.as_bytes()).decode_utf8_lossy();
    }
    let spaced = text.replace('+', " ");
    percent_decode(spaced.as_bytes()).decode_utf8_lossy().into_owned().into()
}

/// All but what RFC 3986 calls unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The query that has these parameters.
pub(super) fn encode<'p>(parameters: impl IntoIterator<Item = (&'p str, &'p str)>) -> String {
    let parts = parameters.into_iter().map(|(name, value)| {
        format!("{}={}", utf8_percent_encode(name, RESERVED), utf8_percent_encode(value, RESERVED))
    });
    parts.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn parameters_that_were_encoded_are_the_same_again() {
        let all = [("a&b", "=c"), ("a&b", ""), ("ü", "1+1 %20"), ("", "x")];
        let query = encode(all);
        assert_eq!(QueryParameters::parse(&query).iter().collect::<Vec<_>>(), all);
    }

    #[test]
    fn odd_queries_have_what_can_be_found_in_them() {
        let parameters = QueryParameters::parse("&&a&=b&c=%zz%ff&d=e=f&");
        let found: Vec<_> = parameters.iter().collect();
        assert_eq!(found, [("a", ""), ("", "b"), ("c", "%zz\u{fffd}"), ("d", "e=f")]);
        assert!(QueryParameters::parse("").is_empty());
    }
}
