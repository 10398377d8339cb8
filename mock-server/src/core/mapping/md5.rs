//! MD5, by which a queue shows that a message has come whole, and Kinesis chooses a shard.
//!
//! Nothing here is kept secret with it. Sources: [RFC 1321](https://www.rfc-editor.org/rfc/rfc1321), and for attributes
//! [the queue's own rules](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation).

use std::{collections::BTreeMap, fmt::Write as _};

use super::message::{AttributeValue, MessageAttribute};

/// How far each step of a round turns.
const TURNS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
const BLOCK: usize = 64;

/// The digest of a text.
pub(super) fn md5(message: &[u8]) -> [u8; 16] {
    let mut state = [0x6745_2301_u32, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476];
    let mut padded = message.to_vec();
    padded.push(0x80);
    while padded.len() % BLOCK != BLOCK - 8 {
        padded.push(0);
    }
    let bits = u64::try_from(message.len()).unwrap_or(u64::MAX).wrapping_mul(8);
    padded.extend_from_slice(&bits.to_le_bytes());
    let sines: Vec<u32> = (1..=64_u32).map(sine).collect();
    for block in padded.chunks_exact(BLOCK) {
        digest(&mut state, block, &sines);
    }
    let mut bytes = [0; 16];
    for (bytes, word) in bytes.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    bytes
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

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a sine is below 1")]
fn sine(step: u32) -> u32 {
    (f64::from(step).sin().abs() * 4_294_967_296.0) as u32
}

fn digest(state: &mut [u32; 4], block: &[u8], sines: &[u32]) {
    let mut words = [0_u32; 16];
    for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
        *word = bytes.iter().rev().fold(0, |word, &byte| word << 8 | u32::from(byte));
    }
    let [mut a, mut b, mut c, mut d] = *state;
    for (step, sine) in sines.iter().enumerate() {
        let (mix, word) = match step / 16 {
            0 => ((b & c) | (!b & d), step),
            1 => ((d & b) | (!d & c), 5 * step + 1),
            2 => (b ^ c ^ d, 3 * step + 5),
            _ => (c ^ (b | !d), 7 * step),
        };
        let sum = a.wrapping_add(mix).wrapping_add(*sine).wrapping_add(words[word % 16]);
        (a, d, c) = (d, c, b);
        b = b.wrapping_add(sum.rotate_left(TURNS[step / 16][step % 4]));
    }
    for (word, add) in state.iter_mut().zip([a, b, c, d]) {
        *word = word.wrapping_add(add);
    }
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
