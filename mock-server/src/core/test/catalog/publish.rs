//! Versions: immutable snapshots whose numbers only grow.

use super::{number, publish, to, unknown, with_versions};
use crate::core::catalog::{Catalog, CatalogError, FunctionId, Published, Version};

#[test]
fn a_version_keeps_what_was_latest_when_it_was_published() {
    let (catalog, function) = with_versions(2);
    assert_eq!(catalog.content(function, number(1)), Some(&"v1".to_owned()));
    assert_eq!(catalog.content(function, number(2)), Some(&"v2".to_owned()));
    assert_eq!(catalog.content(function, Version::Latest), Some(&"new".to_owned()));
    assert_eq!(catalog.content(function, number(3)), None);
    assert_eq!(catalog.versions(function), [1, 2]);
}

#[test]
fn the_snapshot_is_made_with_the_number_that_it_gets() {
    let mut catalog = Catalog::new(0);
    let function = catalog.create("f", "code".to_owned());
    let named = |content: &String, number: u64| format!("{content} of {number}");
    let published = catalog.publish(function, Some("the first"), named).unwrap();
    assert_eq!(published, Published { number: 1, was_there: false });
    assert_eq!(catalog.content(function, number(1)), Some(&"code of 1".to_owned()));
    assert_eq!(catalog.description(function, number(1)), Some("the first"));
    assert_eq!(catalog.description(function, number(2)), None);
}

#[test]
fn without_a_change_publishing_gives_the_last_number_again_and_makes_nothing() {
    let (mut catalog, function) = with_versions(2);
    assert_eq!(publish(&mut catalog, function), 3);
    for _ in 0..3 {
        let again = catalog.publish(function, Some("other words"), |_, _| unreachable!("nothing is made"));
        assert_eq!(again, Ok(Published { number: 3, was_there: true }));
    }
    assert_eq!(catalog.versions(function), [1, 2, 3]);
}

#[test]
fn an_update_is_a_change_even_if_it_brings_the_same() {
    let (mut catalog, function) = with_versions(1);
    catalog.update(function, "v1".to_owned()).unwrap();
    assert_eq!(publish(&mut catalog, function), 2);
}

#[test]
fn numbers_are_not_used_again_after_a_deletion() {
    let (mut catalog, function) = with_versions(2);
    assert_eq!(publish(&mut catalog, function), 3);
    catalog.remove_version(function, 3).unwrap();
    assert_eq!(catalog.content(function, number(3)), None);
    // Nothing has changed, but what had been published is gone.
    assert_eq!(publish(&mut catalog, function), 4);
    for number in [1, 2, 4] {
        catalog.remove_version(function, number).unwrap();
    }
    assert_eq!(publish(&mut catalog, function), 5);
    assert_eq!(catalog.versions(function), [5]);
}

#[test]
fn without_a_change_a_deletion_of_an_older_version_changes_nothing() {
    let (mut catalog, function) = with_versions(1);
    assert_eq!(publish(&mut catalog, function), 2);
    catalog.remove_version(function, 1).unwrap();
    assert_eq!(publish(&mut catalog, function), 2);
}

#[test]
fn each_function_counts_for_itself() {
    let (mut catalog, f) = with_versions(3);
    let g = catalog.create("g", "other".to_owned());
    assert_eq!(publish(&mut catalog, g), 1);
    assert_eq!((catalog.versions(f).len(), catalog.versions(g).len()), (3, 1));
}

#[test]
fn what_is_not_there_cannot_be_deleted() {
    let (mut catalog, function) = with_versions(1);
    assert_eq!(catalog.remove_version(function, 2), Err(unknown("2")));
    catalog.remove_version(function, 1).unwrap();
    assert_eq!(catalog.remove_version(function, 1), Err(unknown("1")));
}

#[test]
fn a_version_that_an_alias_leads_to_cannot_be_deleted_and_the_aliases_are_named() {
    let (mut catalog, function) = with_versions(3);
    catalog.create_alias(function, "live", to(1).with_weight(2, 0.0)).unwrap();
    catalog.create_alias(function, "beta", to(2)).unwrap();
    let refused = catalog.remove_version(function, 2).unwrap_err();
    assert_eq!(refused.to_string(), "version 2 is referenced by the aliases beta, live");
    let aliases = vec!["live".to_owned()];
    assert_eq!(catalog.remove_version(function, 1), Err(CatalogError::VersionInUse { version: 1, aliases }));
    assert_eq!(catalog.remove_version(function, 3), Ok(()));
    catalog.update_alias(function, "live", to(2)).unwrap();
    assert_eq!(catalog.remove_version(function, 1), Ok(()));
}

#[test]
fn what_is_configured_for_a_version_goes_with_it() {
    let (mut catalog, function) = with_versions(2);
    catalog.set_provisioned(function, "1", 3).unwrap();
    catalog.set_event_invoke_config(function, Some("1"), Some(Default::default())).unwrap();
    catalog.remove_version(function, 1).unwrap();
    assert_eq!(catalog.provisioned(function).count(), 0);
    assert_eq!(catalog.provisioned_versions(function), []);
    assert_eq!(catalog.event_invoke_configs(function).count(), 0);
}

#[test]
fn a_function_that_is_not_there_takes_nothing() {
    let (mut catalog, function) = with_versions(1);
    let gone = FunctionId(99);
    assert_eq!(catalog.update(gone, String::new()), Err(unknown("$LATEST")));
    assert_eq!(catalog.publish(gone, None, |content, _| content.clone()), Err(unknown("$LATEST")));
    assert_eq!(catalog.remove_version(gone, 1), Err(unknown("$LATEST")));
    assert_eq!(catalog.create_alias(gone, "live", to(1)), Err(unknown("$LATEST")));
    assert_eq!((catalog.versions(gone), catalog.aliases(gone).count()), (vec![], 0));
    catalog.remove(function);
    assert_eq!(catalog.publish(function, None, |content, _| content.clone()), Err(unknown("$LATEST")));
}

// === names of functions ===

#[test]
fn a_function_of_the_same_name_takes_the_name_and_leaves_the_first_its_number() {
    let (mut catalog, first) = with_versions(1);
    let next = catalog.next_function();
    let second = catalog.create("f", "second".to_owned());
    assert_eq!((second, catalog.find("f")), (next, Some(second)));
    assert_ne!(first, second);
    assert_eq!(catalog.content(first, number(1)), Some(&"v1".to_owned()));
    assert!(catalog.versions(second).is_empty(), "it begins anew");

    catalog.remove(first);
    assert_eq!(catalog.find("f"), Some(second), "the name is not its any more");
    catalog.remove(second);
    assert_eq!(catalog.find("f"), None);
    assert!(catalog.create("f", String::new()) > second, "numbers are not used again");
}

#[test]
fn functions_are_told_in_the_order_of_their_names() {
    let mut catalog = Catalog::new(0);
    let ids = ["b", "a", "c"].map(|name| catalog.create(name, ()));
    let names: Vec<_> = catalog.names().collect();
    assert_eq!(names, [("a", ids[1]), ("b", ids[0]), ("c", ids[2])]);
}
