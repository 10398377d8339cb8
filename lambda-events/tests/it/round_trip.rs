//! Whatever was read is written again as it was.

use lambda_events::{Json, samples};
use proptest::prelude::{prop_assert_eq, proptest};

use crate::minified::minified;

#[test]
fn each_sample_is_written_as_it_was_read() {
    for sample in samples::all() {
        let written =
            (sample.round_trip)(sample.json).unwrap_or_else(|error| panic!("{}: {error}", sample.name));
        assert_eq!(written, minified(sample.json), "{}", sample.name);
    }
}

#[test]
fn no_sample_has_a_member_that_its_type_does_not_know() {
    for sample in samples::all() {
        assert_eq!((sample.unknown)(sample.json).unwrap(), Vec::<String>::new(), "{}", sample.name);
    }
}

proptest! {
    #[test]
    fn a_number_of_as_many_digits_as_there_are_is_written_as_it_was(number in proptest::num::f64::NORMAL) {
        let json = serde_json::to_string(&number).unwrap();
        let read: Json<'_> = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(read.as_f64(), Some(number));
        prop_assert_eq!(serde_json::to_string(&read).unwrap(), json);
    }
}
