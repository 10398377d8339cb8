//! Bytes as an array of numbers, as the pollers of brokers write those of headers.

use serde::{
    Serialize, Serializer,
    de::{Deserialize, Deserializer, SeqAccess},
};

use crate::{
    IntoOwned, Json,
    value::{Read, Strict, Value},
};

/// Bytes as an array of numbers, from 0 to 255 or from -128 to 127; which of them is kept.
///
/// ```
/// use lambda_events::kafka::ByteArray;
///
/// let value: ByteArray = serde_json::from_str("[99,97,102,-61,-87]")?;
/// assert_eq!(value.text().as_deref(), Some("café"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ByteArray(Vec<i16>);

impl ByteArray {
    /// The bytes.
    pub fn bytes(&self) -> Vec<u8> {
        // A negative number is the byte whose bits it has.
        self.0.iter().map(|number| number.to_le_bytes()[0]).collect()
    }

    /// The bytes as text, if they are UTF-8.
    pub fn text(&self) -> Option<String> {
        String::from_utf8(self.bytes()).ok()
    }
}

impl From<&[u8]> for ByteArray {
    /// Writes numbers from 0 to 255.
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.iter().copied().map(i16::from).collect())
    }
}

impl<'de> Value<'de> for ByteArray {
    const EXPECTED: &'static str = "an array of bytes as numbers";

    /// One number that is no byte makes the whole array odd.
    fn from_array<A: SeqAccess<'de>>(mut array: A) -> Result<Read<'de, Self>, A::Error> {
        let mut this = Self::default();
        while let Some(element) = array.next_element::<Json<'de>>()? {
            let byte = element.as_i64().and_then(|number| i16::try_from(number).ok());
            if let Some(byte) = byte.filter(|byte| (-128..=255).contains(byte)) {
                this.0.push(byte);
                continue;
            }
            let mut elements: Vec<_> = this.json_elements().collect();
            elements.push(element);
            while let Some(element) = array.next_element()? {
                elements.push(element);
            }
            return Ok(Read::Odd(Json::Array(elements)));
        }
        Ok(Read::Value(this))
    }

    fn into_json(self) -> Json<'de> {
        Json::Array(self.json_elements().collect())
    }
}

impl ByteArray {
    fn json_elements<'a>(&self) -> impl Iterator<Item = Json<'a>> {
        self.0.iter().map(|number| Json::from(i64::from(*number)))
    }
}

impl<'de> Deserialize<'de> for ByteArray {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Strict::deserialize(deserializer).map(|Strict(value)| value)
    }
}

impl Serialize for ByteArray {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.0)
    }
}

impl IntoOwned for ByteArray {
    type Owned = Self;

    fn into_owned(self) -> Self {
        self
    }
}

impl crate::Unknown for ByteArray {
    fn find_unknown(&self, _path: &mut String, _found: &mut Vec<String>) {}
}

#[cfg(test)]
mod test {
    use super::ByteArray;
    use crate::{
        Json,
        value::{Read, Value},
    };

    #[test]
    fn both_ways_to_write_bytes_are_kept() {
        for (json, expected) in [
            ("[]", &[][..]),
            ("[0,127,128,255]", &[0, 127, 128, 255]),
            ("[0,127,-128,-1]", &[0, 127, 128, 255]),
        ] {
            let bytes: ByteArray = serde_json::from_str(json).unwrap();
            assert_eq!(bytes.bytes(), expected);
            assert_eq!(serde_json::to_string(&bytes).unwrap(), json);
            assert_eq!(bytes.into_json().to_string(), json);
        }
        assert_eq!(serde_json::to_string(&ByteArray::from(&[1, 255][..])).unwrap(), "[1,255]");
    }

    #[test]
    fn what_is_no_byte_is_kept_as_it_is() {
        for json in ["[1,256,2]", "[-129]", "[1.0]", r#"["a"]"#, "[null]"] {
            let read: Read<'_, ByteArray> = serde_json::from_str(json).unwrap();
            assert_eq!(read, Read::Odd(serde_json::from_str::<Json<'_>>(json).unwrap()));
        }
    }
}
