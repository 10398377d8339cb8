//! Forms of the query protocol: names with dots for what is within something, and numbers for the elements of lists.
//! [Serialization](https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#query-key-resolution).

use std::collections::{BTreeMap, BTreeSet};

use crate::http::parts;

/// A form.
#[derive(Debug)]
pub(super) struct Form(BTreeMap<String, String>);

/// What is within one member of a form: all of it, or one element of a list.
#[derive(Clone, Debug)]
pub(super) struct Fields<'a> {
    form: &'a Form,
    prefix: String,
}

impl Form {
    pub(super) fn parse(body: &[u8]) -> Self {
        let body = String::from_utf8_lossy(body);
        let fields = parts::pairs(&body).map(|(name, value)| (parts::decode(name), parts::decode(value)));
        Self(fields.collect())
    }

    pub(super) fn fields(&self) -> Fields<'_> {
        Fields { form: self, prefix: String::new() }
    }
}

impl<'a> Fields<'a> {
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.form.0.get(&format!("{}{name}", self.prefix)).map(String::as_str)
    }

    /// The elements of a list, such as `Entries.member`, in the order of their numbers.
    pub(super) fn elements(&self, list: &str) -> Vec<Self> {
        let prefix = format!("{}{list}.", self.prefix);
        let behind = self.form.0.range(prefix.clone()..).map_while(|(name, _)| name.strip_prefix(&prefix));
        let number = |name: &str| name.split_once('.').and_then(|(number, _)| number.parse::<u64>().ok());
        let numbers: BTreeSet<_> = behind.filter_map(number).collect();
        let element = |number| Fields { form: self.form, prefix: format!("{prefix}{number}.") };
        numbers.into_iter().map(element).collect()
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn lists_have_their_elements_in_the_order_of_numbers() {
        let body =
            b"Action=A&L.member.10.Id=ten&L.member.2.Id=two&L.member.2.M.entry.1.Name=n%20%26+m&Lx=1&L=";
        let form = Form::parse(body);
        let elements = form.fields().elements("L.member");
        let ids: Vec<_> = elements.iter().map(|element| element.get("Id")).collect();
        assert_eq!(ids, [Some("two"), Some("ten")]);
        let entries = elements[0].elements("M.entry");
        assert_eq!(entries.iter().map(|entry| entry.get("Name")).collect::<Vec<_>>(), [Some("n & m")]);
        assert_eq!(form.fields().get("Action"), Some("A"));
        assert!(form.fields().elements("M.member").is_empty());
    }
}
