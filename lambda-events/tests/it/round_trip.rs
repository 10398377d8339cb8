//! Whatever was read is written again as it was.

use lambda_events::{Json, samples};

#[test]
fn each_sample_is_written_as_it_was_read() {
    for sample in samples::all() {
        let written =
            (sample.round_trip)(sample.json).unwrap_or_else(|error| panic!("{}: {error}", sample.name));
        // The order of members counts.
        let read: Json<'_> = serde_json::from_str(sample.json).unwrap();
        assert_eq!(written, read.to_string(), "{}", sample.name);
    }
}

#[test]
fn no_sample_has_a_member_that_its_type_does_not_know() {
    for sample in samples::all() {
        assert_eq!((sample.unknown)(sample.json).unwrap(), Vec::<String>::new(), "{}", sample.name);
    }
}
