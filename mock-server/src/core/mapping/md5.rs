//! MD5, by which a queue shows that a message has come whole, and Kinesis chooses a shard.
//!
//! Nothing here is kept secret with it. Sources: [RFC 1321](https://www.rfc-editor.org/rfc/rfc1321), and for attributes
//! [the queue's own rules](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation).

use std::{collections::BTreeMap, fmt::Write as _};

use md5::{Digest, Md5};

use super::message::{AttributeValue, MessageAttribute};

/// The digest of a text.
pub(super) fn md5(message: &[u8]) -> [u8; 16] {
    Md5::digest(message).into()
}

/// The digest in hexadecimal digits.
pub(crate) fn md5_hex(message: &[u8]) -> String {
    let mut text = String::new();
    for byte in md5(message) {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The digest of a message's attributes; none if it has none.
pub(crate) fn md5_of_attributes(attributes: &BTreeMap<String, MessageAttribute>) -> Option<String> {
    let mut bytes = Vec::new();
    let push = |bytes: &mut Vec<u8>, part: &[u8]| {
        bytes.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend_from_slice(part);
    };
    for (name, attribute) in attributes {
        push(&mut bytes, name.as_bytes());
        push(&mut bytes, attribute.data_type.as_bytes());
        match &attribute.value {
            AttributeValue::Text(text) => {
                bytes.push(1);
                push(&mut bytes, text.as_bytes());
            }
            AttributeValue::Binary(value) => {
                bytes.push(2);
                push(&mut bytes, value);
            }
        }
    }
    (!attributes.is_empty()).then(|| md5_hex(&bytes))
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn digests_are_those_of_the_rfc() {
        for (text, expected) in [
            ("", "d41d8cd98f00b204e9800998ecf8427e"),
            ("abc", "900150983cd24fb0d6963f7d28e17f72"),
            ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
            (
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
                "d174ab98d277d9f5a5611c2c9f419d9f",
            ),
            (
                "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                "57edf4a22be3c955ac49da2e2107b67a",
            ),
        ] {
            assert_eq!(md5_hex(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn the_digest_of_attributes_is_that_of_a_real_message() {
        let value = AttributeValue::Text("sample-value".to_owned());
        let attribute = MessageAttribute { data_type: "String".to_owned(), value };
        let attributes = BTreeMap::from([("sample-attribute".to_owned(), attribute)]);
        assert_eq!(md5_of_attributes(&attributes).as_deref(), Some("7c815262be77a62f56671125069ca888"));
        assert_eq!(md5_of_attributes(&BTreeMap::new()), None);
    }
}
