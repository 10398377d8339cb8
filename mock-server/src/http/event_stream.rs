//! The encoding of event streams: frames with headers, a payload and two checksums.
//!
//! Source: [event stream encoding](https://smithy.io/2.0/aws/amazon-eventstream.html). Only headers whose value is a string
//! are written, which is all that a Lambda response has.

use bytes::{BufMut, Bytes, BytesMut};

/// The type of a header whose value is a string.
const STRING: u8 = 7;
/// The lengths and their checksum.
const PRELUDE_BYTES: usize = 12;
const CHECKSUM_BYTES: usize = 4;

/// A frame with these headers. Names have at most 255 bytes, values 65,535; what is longer is cut.
pub(crate) fn frame(headers: &[(&str, &str)], payload: &[u8]) -> Bytes {
    let mut encoded = BytesMut::new();
    for (name, value) in headers {
        let name = name.as_bytes();
        let length = u8::try_from(name.len()).unwrap_or(u8::MAX);
        encoded.put_u8(length);
        encoded.put_slice(&name[..usize::from(length)]);
        encoded.put_u8(STRING);
        let value = value.as_bytes();
        let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
        encoded.put_u16(length);
        encoded.put_slice(&value[..usize::from(length)]);
    }
    let total = PRELUDE_BYTES + encoded.len() + payload.len() + CHECKSUM_BYTES;
    let mut frame = BytesMut::with_capacity(total);
    frame.put_u32(u32::try_from(total).unwrap_or(u32::MAX));
    frame.put_u32(u32::try_from(encoded.len()).unwrap_or(u32::MAX));
    frame.put_u32(crc32fast::hash(&frame));
    frame.put_slice(&encoded);
    frame.put_slice(payload);
    frame.put_u32(crc32fast::hash(&frame));
    frame.freeze()
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn an_empty_frame_has_the_bytes_of_the_published_example() {
        // The test vector "empty_message" that the encoders of the AWS SDKs share.
        assert_eq!(frame(&[], b""), [0, 0, 0, 16, 0, 0, 0, 0, 5, 194, 72, 235, 125, 152, 200, 255][..]);
    }

    #[test]
    fn a_frame_without_headers_has_the_bytes_of_the_published_example() {
        // "payload_no_headers" of the same vectors.
        let expected = [
            0, 0, 0, 29, 0, 0, 0, 0, 253, 82, 140, 90, 123, 39, 102, 111, 111, 39, 58, 39, 98, 97, 114, 39,
            125, 195, 101, 57, 54,
        ];
        assert_eq!(frame(&[], b"{'foo':'bar'}"), expected[..]);
    }

    #[test]
    fn a_header_stands_between_the_prelude_and_the_payload() {
        let frame = frame(&[("a", "bc")], b"!");
        assert_eq!(frame[4..8], [0, 0, 0, 7]);
        assert_eq!(frame[12..20], [1, b'a', 7, 0, 2, b'b', b'c', b'!']);
    }
}
