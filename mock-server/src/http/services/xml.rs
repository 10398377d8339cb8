//! XML of the query protocol, by hand: elements with texts in them, and one namespace. Answers have nothing else, so a crate
//! would do no more than escape five characters.

/// XML that is being written.
#[derive(Debug, Default)]
pub(super) struct Xml(String);

impl Xml {
    /// An element with others in it.
    pub(super) fn element(mut self, name: &str, write: impl FnOnce(Self) -> Self) -> Self {
        self.0 += &format!("<{name}>");
        self = write(self);
        self.0 += &format!("</{name}>");
        self
    }

    /// The outermost element.
    pub(super) fn root(name: &str, namespace: &str, write: impl FnOnce(Self) -> Self) -> String {
        let mut xml = write(Self(format!("<{name} xmlns=\"{namespace}\">")));
        xml.0 += &format!("</{name}>");
        xml.0
    }

    /// An element with a text in it.
    pub(super) fn text(mut self, name: &str, text: &str) -> Self {
        self.0 += &format!("<{name}>{}</{name}>", escaped(text));
        self
    }

    /// The same, if there is a text.
    pub(super) fn optional(self, name: &str, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.text(name, text),
            None => self,
        }
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&apos;",
            '\t' | '\n' => escaped.push(character),
            // A parser would take it for a line break.
            '\r' => escaped += "&#13;",
            // XML cannot have these, not even escaped.
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push(char::REPLACEMENT_CHARACTER),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn texts_cannot_end_their_element() {
        let xml = Xml::root("A", "urn:a", |xml| {
            xml.element("B", |xml| xml.text("C", "</C> & \"'\0").optional("D", None).optional("E", Some("")))
        });
        let expected = "<A xmlns=\"urn:a\"><B><C>&lt;/C&gt; &amp; &quot;&apos;\u{fffd}</C><E></E></B></A>";
        assert_eq!(xml, expected);
    }
}
