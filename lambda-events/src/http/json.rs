//! JSON that is written straight into a buffer.
//!
//! A text is written as `serde_json` would write it, in less than half of its instructions: an answer is little else than texts.
//! Bytes are written in `base64`.

use std::borrow::Cow;

use http::HeaderValue;

/// How many bytes are looked at together.
const BLOCK: usize = 16;
/// Room for a block at each place that an index of eight bits can name, so that none needs a check.
const BUFFER: usize = u8::MAX as usize + BLOCK;

/// A text with its quotes.
pub(super) fn push_text(json: &mut Vec<u8>, text: &str) {
    json.push(b'"');
    match is_plain(text.as_bytes(), u8::MAX) {
        true => json.extend_from_slice(text.as_bytes()),
        false => push_escaped(json, text.as_bytes()),
    }
    json.push(b'"');
}

/// Whether bytes stand in a text as they are, and none is greater than this one.
#[inline]
fn is_plain(bytes: &[u8], greatest: u8) -> bool {
    let is_plain_byte = |byte: &u8| ESCAPED[*byte as usize] >> 56 == 1 && *byte <= greatest;
    let is_plain_block = |block: &[u8; BLOCK]| is_plain_block(block, greatest);
    match bytes.last_chunk() {
        // The last block may begin in the one before it.
        Some(last) => bytes.as_chunks().0.iter().all(is_plain_block) && is_plain_block(last),
        None => bytes.iter().all(is_plain_byte),
    }
}

/// The same of one block, without branches, so that it is done for all of its bytes at once.
#[inline]
fn is_plain_block(block: &[u8; BLOCK], greatest: u8) -> bool {
    let is_other = |byte: u8| (byte < 0x20) | (byte == b'"') | (byte == b'\\') | (byte > greatest);
    !block.iter().fold(false, |found, byte| found | is_other(*byte))
}

/// Bytes, escaped where they must be.
///
/// JSON in a text has a quote in nearly each block, and a look-up and a copy for each of its bytes, which cost the same for all
/// bytes, are less than a search for the next quote.
fn push_escaped(json: &mut Vec<u8>, bytes: &[u8]) {
    let mut buffer = [0; BUFFER];
    let mut len = 0_u8;
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    for block in blocks {
        if is_plain_block(block, u8::MAX) {
            write(&mut buffer, len, block);
            len += BLOCK as u8;
        } else {
            for byte in block {
                len = write_escaped(&mut buffer, len, *byte);
            }
        }
        // The longest escapes of another block would not fit.
        if len as usize > u8::MAX as usize - BLOCK * 6 {
            json.extend_from_slice(&buffer[..len as usize]);
            len = 0;
        }
    }
    for byte in rest {
        len = write_escaped(&mut buffer, len, *byte);
    }
    json.extend_from_slice(&buffer[..len as usize]);
}

/// Writes a byte as it stands in a text; the length after it.
#[inline(always)]
fn write_escaped(buffer: &mut [u8; BUFFER], len: u8, byte: u8) -> u8 {
    let escaped = ESCAPED[byte as usize];
    write(buffer, len, &escaped.to_le_bytes());
    len.wrapping_add((escaped >> 56) as u8)
}

#[inline(always)]
fn write<const N: usize>(buffer: &mut [u8; BUFFER], len: u8, bytes: &[u8; N]) {
    if let Some(place) = buffer[len as usize..].first_chunk_mut() {
        *place = *bytes;
    }
}

/// What is written for each byte, from the lowest byte on, and how many bytes that are in the highest one.
static ESCAPED: [u64; 256] = {
    let mut escaped = [0; 256];
    let mut byte = 0;
    while byte < escaped.len() {
        escaped[byte] = match byte as u8 {
            0x08 => letter(b'b'),
            b'\t' => letter(b't'),
            b'\n' => letter(b'n'),
            0x0c => letter(b'f'),
            b'\r' => letter(b'r'),
            b'"' => letter(b'"'),
            b'\\' => letter(b'\\'),
            control @ ..0x20 => {
                let low = b"0123456789abcdef"[control as usize & 15];
                u64::from_le_bytes([b'\\', b'u', b'0', b'0', b'0' + (control >> 4), low, 0, 6])
            }
            plain => u64::from_le_bytes([plain, 0, 0, 0, 0, 0, 0, 1]),
        };
        byte += 1;
    }
    escaped
};

const fn letter(letter: u8) -> u64 {
    u64::from_le_bytes([b'\\', letter, 0, 0, 0, 0, 0, 2])
}

/// The value of a header with its quotes: UTF-8 if it is that, else Latin-1, which HTTP headers are by old custom.
pub(super) fn push_value(json: &mut Vec<u8>, value: &HeaderValue) {
    if !is_plain(value.as_bytes(), 0x7f) {
        return push_text(json, &text(value));
    }
    json.push(b'"');
    json.extend_from_slice(value.as_bytes());
    json.push(b'"');
}

/// A header as text.
pub(super) fn text(value: &HeaderValue) -> Cow<'_, str> {
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => text.into(),
        Err(_) => value.as_bytes().iter().copied().map(char::from).collect(),
    }
}

#[cfg(test)]
mod test {
    use proptest::prelude::*;

    use super::*;

    fn written(text: &str) -> String {
        let mut json = Vec::new();
        push_text(&mut json, text);
        String::from_utf8(json).unwrap()
    }

    #[test]
    fn each_character_stands_at_each_place_as_serde_json_writes_it() {
        for character in ('\0'..='\u{180}').chain(['\u{2028}', '\u{fffd}', '\u{1f980}']) {
            for place in 0..10 {
                let text = format!("{}{character}{}", &"0123456789"[..place], "#]!\u{1}\"\\~\u{7f}ab\n");
                assert_eq!(written(&text), serde_json::to_string(&text).unwrap(), "{character:?} at {place}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_is_written_as_serde_json_writes_it(text in "(?s)[ -~]{0,40}|.{0,60}|(.|[\\x00-\\x1f]){300,600}") {
            prop_assert_eq!(written(&text), serde_json::to_string(&text).unwrap());
        }
    }
}
