//! Bytes of which the service is to be found, and JSON of any shape.

#![no_main]

use lambda_events::{Json, detect};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let found = detect(bytes);
    if let Ok(json) = lambda_events::from_slice::<Json<'_>>(bytes) {
        let text = json.to_string();
        let again: Json<'_> = serde_json::from_str(&text).expect("what was written is JSON");
        assert_eq!(again.to_string(), text);
        assert_eq!(detect(text.as_bytes()), found);
    }
});
