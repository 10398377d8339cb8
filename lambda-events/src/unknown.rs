//! What of an event its type does not know.

use std::fmt::Write;

use crate::value::{DateTime, Int, Json, Map, Millis, Number, Scalar, Seconds, Str};

/// Finds the members of an event that are in no field of its type: new ones, and those of another type than expected.
///
/// They are kept in [`Other`](crate::Other) and [`Map::odd`]; this tells where. Useful in a log line, or in a test that is to notice when a
/// service sends more.
///
/// ```
/// # #[cfg(feature = "sqs")] {
/// use lambda_events::{Unknown, sqs::Sqs};
///
/// let event: Sqs<'_> = serde_json::from_str(r#"{"Records":[{"messageId":"1","body":"","new":1}]}"#)?;
/// assert_eq!(event.unknown(), ["Records[0].new"]);
/// # }
/// # Ok::<(), serde_json::Error>(())
/// ```
pub trait Unknown {
    /// The paths of these members.
    fn unknown(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.find_unknown(&mut String::new(), &mut found);
        found
    }

    /// Adds the paths of these members, which begin with this one.
    fn find_unknown(&self, path: &mut String, found: &mut Vec<String>);
}

/// Goes on at a member.
pub(crate) fn at_member(path: &mut String, name: &str, go: impl FnOnce(&mut String)) {
    let length = path.len();
    if length > 0 {
        path.push('.');
    }
    path.push_str(name);
    go(path);
    path.truncate(length);
}

macro_rules! known {
    ($($type:ty),*) => {$(
        impl $crate::Unknown for $type {
            fn find_unknown(&self, _path: &mut String, _found: &mut Vec<String>) {}
        }
    )*};
}

known!(bool, Int, Number, Millis, Seconds, Str<'_>, DateTime<'_>, Scalar<'_>, Json<'_>);
#[cfg(feature = "base64")]
known!(crate::value::Base64<'_>);

impl<T: Unknown> Unknown for Option<T> {
    fn find_unknown(&self, path: &mut String, found: &mut Vec<String>) {
        self.iter().for_each(|value| value.find_unknown(path, found));
    }
}

impl<T: Unknown> Unknown for Box<T> {
    fn find_unknown(&self, path: &mut String, found: &mut Vec<String>) {
        (**self).find_unknown(path, found);
    }
}

impl<T: Unknown> Unknown for Vec<T> {
    fn find_unknown(&self, path: &mut String, found: &mut Vec<String>) {
        let length = path.len();
        for (place, element) in self.iter().enumerate() {
            // Writing to a string does not fail.
            let _written = write!(path, "[{place}]");
            element.find_unknown(path, found);
            path.truncate(length);
        }
    }
}

impl<V: Unknown> Unknown for Map<'_, V> {
    fn find_unknown(&self, path: &mut String, found: &mut Vec<String>) {
        for (name, value) in self.iter() {
            at_member(path, name, |path| value.find_unknown(path, found));
        }
        for (name, _) in self.odd() {
            at_member(path, name, |path| found.push(path.clone()));
        }
    }
}
