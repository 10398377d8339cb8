//! Text as each kind of value that text can be.

#![no_main]

use lambda_events::{
    Int, IntoOwned,
    envelope::Content,
    value::{Base64, DateTime, Millis, Seconds},
};
use libfuzzer_sys::fuzz_target;
use serde::{Serialize, de::DeserializeOwned};

fn keeps<T: DeserializeOwned + Serialize>(json: &str) {
    if let Ok(value) = serde_json::from_str::<T>(json) {
        let written = serde_json::to_string(&value).expect("it can be written");
        let (known, written): (serde_json::Value, serde_json::Value) =
            (serde_json::from_str(json).expect("JSON"), serde_json::from_str(&written).expect("JSON"));
        assert_eq!(known, written);
    }
}

fuzz_target!(|bytes: &[u8]| {
    let _bytes = Content::new(bytes).gunzip();
    let _message = Content::new(bytes).sns();
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _time = DateTime::from(text).unix_nanos();
    if let Ok(decoded) = Base64::from(text).decode() {
        assert_eq!(Base64::encode(&decoded).decode().as_ref(), Ok(&decoded));
    }
    let quoted = serde_json::to_string(text).expect("text is JSON");
    for json in [text, &quoted] {
        keeps::<Millis>(json);
        keeps::<Seconds>(json);
        keeps::<Int>(json);
    }
    let _owned = DateTime::from(text).into_owned();
});
