//! What must hold for any bytes, whatever the type of event that they are read as.
//!
//! Each target is a family of types, and reads its bytes as each of them. The samples of lambda-events are where it begins; what
//! it has found beside them is in `corpus`. How it is run is in `.ci/fuzz`.

use std::collections::BTreeSet;

use lambda_events::{Json, samples::AnySample};

/// Reads bytes as each type of a family: nothing panics, what is read is written as it was, and errors tell where.
pub fn check(family: &[AnySample], bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let known: Option<Json<'_>> = serde_json::from_str(text).ok();
    let mut types = BTreeSet::new();
    for sample in family.iter().filter(|sample| types.insert(sample.type_name)) {
        match (sample.round_trip)(text) {
            Ok(written) => {
                let known = known.as_ref().expect("what is read as an event is JSON");
                if !has_twins(known) {
                    assert_eq!(written, known.to_string(), "{}", sample.name);
                }
            }
            Err(error) => {
                let told = (sample.parse)(text).expect_err("what fails once fails again");
                assert!(told.to_string().contains(&error.to_string()), "{told}: {error}");
            }
        }
    }
}

/// Whether an object has two members of one name, of which one is kept.
fn has_twins(json: &Json<'_>) -> bool {
    if let Some(elements) = json.as_array() {
        return elements.iter().any(has_twins);
    }
    let Some(members) = json.as_object() else { return false };
    let mut names = BTreeSet::new();
    members.iter().any(|(name, value)| !names.insert(name) || has_twins(value))
}
