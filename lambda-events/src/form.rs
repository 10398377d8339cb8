//! Text that is encoded as in a form, as S3 encodes keys.

/// Undoes the encoding of a form: `+` is a space, `%` begins a byte. What is not encoded well stays as it is.
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut rest = text.as_bytes();
    let mut bytes = Vec::with_capacity(rest.len());
    while let [first, after @ ..] = rest {
        rest = after;
        let byte = match (first, after) {
            (b'+', _) => b' ',
            (b'%', [high, low, after @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    rest = after;
                    high << 4 | low
                }
                _ => b'%',
            },
            _ => *first,
        };
        bytes.push(byte);
    }
    String::from_utf8(bytes).ok()
}

/// The value of a hexadecimal digit.
fn digit(character: u8) -> Option<u8> {
    char::from(character).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod test {
    use super::decode;

    #[test]
    fn keys_are_decoded_as_forms_are() {
        for (key, expected) in [
            ("plain/key.txt", Some("plain/key.txt")),
            ("red+flower.jpg", Some("red flower.jpg")),
            ("a%2Bb%3d%C3%BC", Some("a+b=ü")),
            ("100%", Some("100%")),
            ("%zz%2", Some("%zz%2")),
            ("ü", Some("ü")),
            ("%FF", None),
        ] {
            assert_eq!(decode(key).as_deref(), expected, "{key}");
        }
    }
}
