//! hyper as the oracle: of the same bytes it and our client make the same, and what ours writes its server reads.
//!
//! Where the two differ on purpose, `deviations` has a row that says why. What has a number or a name is in the other
//! files; here are the bytes that nobody would think of.

mod deviations;
mod play;
mod replies;
mod requests;

use proptest::{collection::vec, prelude::*};

use deviations::DEVIATIONS;
use play::{Script, play_to_both};
use replies::script;

fn show(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

proptest! {
    #[test]
    fn hyper_and_we_make_the_same_of_every_reply(scripts in vec(script(), 1..12)) {
        for (script, (ours, theirs)) in scripts.iter().zip(play_to_both(&scripts)) {
            let is_same = ours.is_like(&theirs);
            let is_known = DEVIATIONS.iter().any(|deviation| (deviation.explains)(script, &ours, &theirs));
            prop_assert!(
                is_same || is_known,
                "{script:?}\n ours: {ours:?}\n hyper: {theirs:?}"
            );
        }
    }
}

#[test]
fn no_deviation_is_idle() {
    for deviation in DEVIATIONS {
        for example in deviation.examples {
            let script = Script::new(example);
            let (ours, theirs) = play_to_both(std::slice::from_ref(&script)).remove(0);
            let what = format!("{}: {}\n ours: {ours:?}\n hyper: {theirs:?}", deviation.name, show(example));
            assert!(!ours.is_like(&theirs), "there is no difference in {what}");
            let rows = DEVIATIONS.iter().filter(|row| (row.explains)(&script, &ours, &theirs));
            let rows: Vec<_> = rows.map(|row| row.name).collect();
            assert_eq!(rows, [deviation.name], "{what}");
        }
    }
}
