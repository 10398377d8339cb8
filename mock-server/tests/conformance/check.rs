//! Plays the whole table against a peer, and accepts only the differences that are listed with a reason.

use std::{collections::BTreeMap, fmt::Write as _, io::Write as _, sync::Arc};

use tokio::{sync::Semaphore, task::JoinSet};

use crate::{
    deviations::{Deviation, Shows, Skipped},
    peer::Peer,
    play::{self, Aspect, Difference},
    row::Row,
};

/// Rows that are played at the same time.
const AT_ONCE: usize = 4;

/// Plays all rows; the reasons why the table does not hold, or nothing.
pub(crate) async fn check(
    rows: Vec<Row>,
    peer: &Peer,
    deviations: &[Deviation],
    skipped: &[Skipped],
) -> Result<(), String> {
    let mut found = Vec::new();
    let mut played = Vec::new();
    let mut impossible = BTreeMap::<String, usize>::new();
    let mut playing = JoinSet::new();
    let places = Arc::new(Semaphore::new(AT_ONCE));
    for row in rows {
        if let Some(reason) = peer.cannot(&row) {
            *impossible.entry(reason.to_owned()).or_default() += 1;
            continue;
        }
        if let Some(skipped) = skipped.iter().find(|skipped| skipped.row == row.name) {
            say(&format!("{peer} skips \"{}\": {}", row.name, skipped.reason));
            continue;
        }
        played.push(row.name);
        let (peer, places) = (peer.clone(), Arc::clone(&places));
        playing.spawn(async move {
            let _place = places.acquire_owned().await;
            play::play(&row, &peer).await
        });
    }
    for (reason, rows) in impossible {
        say(&format!("{peer} skips {rows} rows: {reason}"));
    }
    while let Some(differences) = playing.join_next().await {
        found.extend(differences.map_err(|error| error.to_string())?);
    }
    found.sort_by_key(|difference| played.iter().position(|name| *name == difference.row));
    judge(&found, &played, deviations)
}

fn judge(found: &[Difference], played: &[&str], deviations: &[Deviation]) -> Result<(), String> {
    let listed = deviations.iter().flat_map(|deviation| deviation.shows);
    let mut wrong = String::new();
    // Many rows may show one and the same thing.
    let mut unlisted = BTreeMap::<String, Vec<&str>>::new();
    for difference in found.iter().filter(|found| !listed.clone().any(|listed| listed.is(found))) {
        let rows = unlisted.entry(difference.to_string()).or_default();
        if !rows.contains(&difference.row) {
            rows.push(difference.row);
        }
    }
    for (difference, rows) in unlisted {
        let _infallible = writeln!(wrong, "\n{}\n{difference}", rows.join("; "));
    }
    for Deviation { reason, shows } in deviations {
        for listed in shows.iter().filter(|listed| played.contains(&listed.row)) {
            if !found.iter().any(|found| listed.is(found)) {
                let row = listed.row;
                let _infallible = writeln!(wrong, "\n{row}\n  no longer shows that {reason}: {listed:?}");
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// Says something to whoever runs the tests, whether they pass or not.
pub(crate) fn say(line: &str) {
    let _nobody_listens = writeln!(std::io::stderr(), "conformance: {line}");
}

#[test]
fn a_difference_has_to_be_listed_and_a_listed_one_has_to_show() {
    const LISTED: &[Deviation] = &[Deviation {
        reason: "it cannot count",
        shows: &[Shows { row: "a row", aspect: Aspect::Body, instead: "\"<number>\"" }],
    }];

    let found = |instead: &str| {
        let (call, expected, instead) = (String::new(), "\"1\"".to_owned(), instead.to_owned());
        vec![Difference { row: "a row", call, aspect: Aspect::Body, expected, instead }]
    };
    assert_eq!(judge(&found("\"2\""), &["a row"], LISTED), Ok(()));
    assert!(judge(&found("\"2\""), &["a row"], &[]).is_err(), "not listed");
    assert!(judge(&found("two"), &["a row"], LISTED).is_err(), "another difference");
    assert!(judge(&[], &["a row"], LISTED).is_err(), "mended");
    assert_eq!(judge(&[], &["another row"], LISTED), Ok(()), "the row was not played");
}
