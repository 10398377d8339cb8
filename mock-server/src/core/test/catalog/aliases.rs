//! Aliases: what they may lead to, and every refusal in the service's words.

use super::{number, to, unknown, with_versions};
use crate::core::catalog::{Alias, CatalogError, Version};

#[test]
fn an_alias_leads_to_a_published_version_to_two_or_to_latest() {
    let (mut catalog, function) = with_versions(2);
    for (name, alias) in [
        ("one", to(1)),
        ("two", to(1).with_weight(2, 0.5)),
        ("least", to(1).with_weight(2, 0.0)),
        ("most", to(2).with_weight(1, 1.0)),
        ("newest", Alias::new(Version::Latest)),
    ] {
        assert_eq!(catalog.create_alias(function, name, alias.clone()), Ok(()), "{name}");
        assert_eq!(catalog.alias(function, name), Some(&alias));
    }
    let names: Vec<_> = catalog.aliases(function).map(|(name, _)| name.to_owned()).collect();
    assert_eq!(names, ["least", "most", "newest", "one", "two"]);
}

#[test]
fn where_an_alias_must_not_lead_is_refused_in_the_words_of_the_service() {
    for (alias, text) in [
        (
            Alias::new(Version::Latest).with_weight(1, 0.1),
            "$LATEST is not supported for an alias pointing to more than 1 version",
        ),
        (
            to(1).with_weight(1, 0.1),
            "Invalid function version 1. Function version 1 is already included in routing configuration.",
        ),
        (to(1).with_weight(2, -0.1), "the weight of version 2 must be from 0.0 to 1.0"),
        (to(1).with_weight(2, 1.000_001), "the weight of version 2 must be from 0.0 to 1.0"),
        (to(1).with_weight(2, f64::NAN), "the weight of version 2 must be from 0.0 to 1.0"),
        (to(1).with_weight(2, f64::INFINITY), "the weight of version 2 must be from 0.0 to 1.0"),
        (to(3), "there is no 3"),
        (to(0), "there is no 0"),
        (to(1).with_weight(3, 0.1), "there is no 3"),
        (to(4).with_weight(3, 0.1), "there is no 4"),
    ] {
        let (mut catalog, function) = with_versions(2);
        catalog.create_alias(function, "old", to(2)).unwrap();
        let refused = catalog.create_alias(function, "live", alias.clone()).unwrap_err();
        assert_eq!(refused.to_string(), text);
        assert_eq!(catalog.alias(function, "live"), None);
        // An alias that is there stays as it was.
        assert_eq!(catalog.update_alias(function, "old", alias).unwrap_err().to_string(), text);
        assert_eq!(catalog.alias(function, "old"), Some(&to(2)));
    }
}

#[test]
fn more_than_one_additional_version_is_refused_in_the_words_of_the_service() {
    assert_eq!(
        CatalogError::TooManyWeights.to_string(),
        "Number of items in AdditionalVersionWeights cannot be greater than 1"
    );
}

#[test]
fn a_name_is_of_letters_digits_and_two_signs_and_not_of_digits_alone() {
    let longest = "x".repeat(128);
    let (mut catalog, function) = with_versions(1);
    for name in ["a", "A-b_9", "9a", "-", "_", "1-0", "LATEST", &longest] {
        assert_eq!(catalog.create_alias(function, name, to(1)), Ok(()), "{name}");
    }
    let too_long = "x".repeat(129);
    for name in ["", "1", "0042", "$LATEST", "a.b", "a b", "a:b", "jörg", "a\n", &too_long] {
        let refused = catalog.create_alias(function, name, to(1)).unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!(
                "{name} is not a name of an alias: letters, digits, - and _, at most 128, and not digits alone"
            )
        );
    }
}

#[test]
fn an_alias_is_created_once_and_only_what_is_there_is_changed() {
    let (mut catalog, function) = with_versions(2);
    assert_eq!(
        catalog.update_alias(function, "live", to(1)).unwrap_err().to_string(),
        "Cannot find alias: live"
    );
    catalog.create_alias(function, "live", to(1)).unwrap();
    assert_eq!(
        catalog.create_alias(function, "live", to(2)).unwrap_err().to_string(),
        "Alias already exists: live"
    );
    assert_eq!(catalog.alias(function, "live"), Some(&to(1)));
    assert_eq!(catalog.update_alias(function, "live", to(2)), Ok(()));
    assert_eq!(catalog.alias(function, "live"), Some(&to(2)));
}

#[test]
fn an_alias_that_is_deleted_takes_along_what_is_configured_for_it() {
    let (mut catalog, function) = with_versions(1);
    catalog.create_alias(function, "live", to(1)).unwrap();
    catalog.set_provisioned(function, "live", 2).unwrap();
    catalog.set_event_invoke_config(function, Some("live"), Some(Default::default())).unwrap();
    assert_eq!(catalog.remove_alias(function, "live"), Some(to(1)));
    assert_eq!(catalog.remove_alias(function, "live"), None);
    assert_eq!(catalog.check(function, Some("live")), Err(unknown("live")));
    // One of the same name begins with nothing.
    catalog.create_alias(function, "live", to(1)).unwrap();
    assert_eq!(catalog.provisioned(function).count(), 0);
    assert_eq!(catalog.event_invoke_config(function, Some("live")), None);
}

#[test]
fn an_alias_with_provisioned_concurrency_cannot_lead_to_latest() {
    let (mut catalog, function) = with_versions(2);
    catalog.create_alias(function, "live", to(1)).unwrap();
    catalog.set_provisioned(function, "live", 2).unwrap();
    let latest = Alias::new(Version::Latest);
    assert_eq!(
        catalog.update_alias(function, "live", latest.clone()).unwrap_err().to_string(),
        "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
    );
    assert_eq!(catalog.update_alias(function, "live", to(2)), Ok(()));
    catalog.set_provisioned(function, "live", 0).unwrap();
    assert_eq!(catalog.update_alias(function, "live", latest), Ok(()));
}

#[test]
fn an_alias_leads_to_a_version_that_any_invoke_may_get_to() {
    let alias = to(1).with_weight(2, 0.0);
    assert!(alias.leads_to(number(1)) && alias.leads_to(number(2)));
    assert!(!alias.leads_to(number(3)) && !alias.leads_to(Version::Latest));
    assert!(Alias::new(Version::Latest).leads_to(Version::Latest));
}
