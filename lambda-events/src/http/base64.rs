//! Base64, written straight into a buffer.
//!
//! The crate `base64` looks each letter up, one after the other. Here it is computed, in steps that the compiler does for sixteen
//! letters at once: a picture is an answer for which nothing else counts. What is read is decoded by that crate all the same.

/// Bytes as a text of JSON, with padding (RFC 4648, 4).
#[inline(never)]
pub(super) fn push_base64(json: &mut Vec<u8>, bytes: &[u8]) {
    json.reserve(bytes.len().div_ceil(3) * 4 + 2);
    json.push(b'"');
    let (blocks, rest) = bytes.as_chunks::<24>();
    for block in blocks {
        if let [a, b, c] = block.as_chunks().0 {
            let [a, b, c] = [a, b, c].map(|bytes| u64::from_be_bytes(*bytes));
            json.extend_from_slice(&letters([a >> 16, a << 32 | b >> 32, b << 16 | c >> 48, c]));
        }
    }
    let (threes, rest) = rest.as_chunks::<3>();
    for three in threes {
        json.extend_from_slice(&four_letters(*three));
    }
    let last = match *rest {
        [a] => four_letters([a, 0, 0]),
        [a, b] => four_letters([a, b, 0]),
        _ => [b'='; 4],
    };
    // One byte needs two letters, and two bytes need three.
    let letters = if rest.is_empty() { 0 } else { rest.len() + 1 };
    json.extend_from_slice(&last[..letters]);
    json.extend_from_slice(&b"=="[..(4 - letters) % 4]);
    json.push(b'"');
}

/// The letters of the lower six bytes of each word.
///
/// There is no look-up and no branch in it, so that it is done for many letters at once.
#[inline]
fn letters(sixes: [u64; 4]) -> [u8; 32] {
    let mut letters = [0_u8; 32];
    for (letters, six) in letters.as_chunks_mut().0.iter_mut().zip(sixes.map(spread)) {
        *letters = six.to_le_bytes();
    }
    letters.map(letter)
}

fn four_letters([a, b, c]: [u8; 3]) -> [u8; 4] {
    let [.., a, b, c, d] = spread(u64::from_be_bytes([0, 0, 0, 0, 0, a, b, c])).to_le_bytes();
    [a, b, c, d].map(letter)
}

/// The lower 48 bits, six to a byte: the highest ones in the lowest byte.
#[inline]
fn spread(bits: u64) -> u64 {
    let bits = (bits >> 24 & 0xff_ffff) | (bits & 0xff_ffff) << 32;
    let bits = (bits >> 12 & 0xfff_0000_0fff) | (bits & 0xfff_0000_0fff) << 16;
    (bits >> 6 & 0x3f_003f_003f_003f) | (bits & 0x3f_003f_003f_003f) << 8
}

/// The letter of six bits. The alphabet has five runs, and each step goes from one to the next.
#[inline]
fn letter(bits: u8) -> u8 {
    let bits = bits as i8;
    let step = |from: i8, by: i8| if bits >= from { by } else { 0 };
    (bits + step(52, -75) + step(62, -15) + step(63, 3) + step(26, 6) + b'A' as i8) as u8
}

#[cfg(test)]
mod test {
    use base64::{Engine, prelude::BASE64_STANDARD};
    use proptest::prelude::*;

    use super::*;

    /// What this and what the crate makes of bytes.
    fn both(bytes: &[u8]) -> [String; 2] {
        let mut json = Vec::new();
        push_base64(&mut json, bytes);
        [String::from_utf8(json).unwrap(), format!("\"{}\"", BASE64_STANDARD.encode(bytes))]
    }

    #[test]
    fn bytes_of_each_length_are_what_the_crate_makes_of_them() {
        for len in 0..120_u8 {
            let [ours, expected] =
                both(&(0..len).map(|place| place.wrapping_mul(151) ^ len).collect::<Vec<_>>());
            assert_eq!(ours, expected, "{len}");
        }
    }

    #[test]
    fn each_letter_is_written_at_each_place() {
        // All values of twelve bits, one after the other: each of the 64 letters comes to each of the places of a block.
        let bits: Vec<_> =
            (0..0x1000_u32).flat_map(|pair| (0..12).rev().map(move |bit| pair >> bit & 1)).collect();
        let bytes: Vec<_> =
            bits.chunks(8).map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | *bit as u8)).collect();
        for skipped in 0..24 {
            let [ours, expected] = both(&bytes[skipped..]);
            assert_eq!(ours, expected, "{skipped}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_what_the_crate_makes_of_them(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let [ours, expected] = both(&bytes);
            prop_assert_eq!(ours, expected);
        }
    }
}
