//! What is noted and changes nothing about how a function runs: tags, policies, times, changes of aliases.

use std::time::Duration;

use super::{publish, to, unknown, with_versions};
use crate::core::Time;

#[test]
fn tags_and_statements_are_kept_as_they_are() {
    let (mut catalog, function) = with_versions(1);
    catalog.create_alias(function, "prod", to(1)).unwrap();
    catalog.tags_mut(function).unwrap().insert("team".to_owned(), "blue".to_owned());
    assert_eq!(catalog.tags(function).unwrap()["team"], "blue");
    assert_eq!(catalog.policy(function, "prod"), Ok(None));
    catalog.policy_mut(function, "prod").unwrap().insert("s3".to_owned(), "{}".to_owned());
    assert_eq!(catalog.policy(function, "prod").unwrap().unwrap()["s3"], "{}");
    assert_eq!(catalog.policy(function, "$LATEST"), Ok(None), "each qualifier has its own");
    assert_eq!(catalog.policy_mut(function, "nobody"), Err(unknown("nobody")));
    catalog.policy_mut(function, "prod").unwrap().clear();
    assert_eq!(catalog.policy(function, "prod"), Ok(None));
}

#[test]
fn notes_go_with_what_they_are_about() {
    let (mut catalog, function) = with_versions(1);
    let now = Time::from_unix(Duration::from_secs(1));
    for again in [false, true] {
        catalog.create_alias(function, "prod", to(1)).unwrap();
        assert_eq!(catalog.policy(function, "prod"), Ok(None), "again: {again}");
        assert_eq!(catalog.events_changed(function, "prod"), None);
        assert_eq!(catalog.provisioned_changed(function, "prod"), None);
        catalog.policy_mut(function, "prod").unwrap().insert("id".to_owned(), "{}".to_owned());
        catalog.note_events_changed(function, "prod", now);
        catalog.note_provisioned_changed(function, "prod", now);
        assert_eq!(catalog.events_changed(function, "prod"), Some(now));
        assert_eq!(catalog.provisioned_changed(function, "prod"), Some(now));
        catalog.remove_alias(function, "prod").unwrap();
    }
}

#[test]
fn every_change_gives_an_alias_another_number() {
    let (mut catalog, function) = with_versions(2);
    let mut seen = Vec::new();
    catalog.create_alias(function, "prod", to(1)).unwrap();
    catalog.create_alias(function, "beta", to(1)).unwrap();
    for name in ["prod", "beta", "prod", "prod"] {
        seen.push(catalog.alias_revision(function, name).unwrap());
        catalog.update_alias(function, name, to(1)).unwrap();
    }
    let before = catalog.alias_revision(function, "prod");
    catalog.update_alias(function, "prod", to(9)).unwrap_err();
    assert_eq!(catalog.alias_revision(function, "prod"), before, "it was refused");
    catalog.remove_alias(function, "prod").unwrap();
    assert_eq!(catalog.alias_revision(function, "prod"), None);
    catalog.create_alias(function, "prod", to(1)).unwrap();
    seen.extend(catalog.alias_revision(function, "prod"));
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 5);
}

#[test]
fn an_update_that_changes_nothing_makes_no_version() {
    let (mut catalog, function) = with_versions(0);
    assert_eq!(publish(&mut catalog, function), 1);
    catalog.update(function, "new".to_owned()).unwrap();
    catalog.note_unchanged(function);
    assert_eq!(publish(&mut catalog, function), 1);

    // What was not published before it is not published by it.
    catalog.update(function, "newer".to_owned()).unwrap();
    catalog.update(function, "newer".to_owned()).unwrap();
    catalog.note_unchanged(function);
    assert_eq!(publish(&mut catalog, function), 2);
}
