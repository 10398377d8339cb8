//! What is configured for each qualifier, and how what is provisioned is divided.

use std::time::Duration;

use super::{number, to, unknown, with_versions};
use crate::core::{
    catalog::{Alias, CatalogError, EventInvokeConfig, FunctionId, Version},
    queue::Policy,
};

fn retries(attempts: u32) -> EventInvokeConfig {
    EventInvokeConfig { maximum_retry_attempts: Some(attempts), ..EventInvokeConfig::default() }
}

#[test]
fn events_are_treated_as_is_configured_for_their_qualifier_and_no_other() {
    let (mut catalog, function) = with_versions(1);
    catalog.create_alias(function, "live", to(1)).unwrap();
    for (qualifier, attempts) in [(None, 0), (Some("1"), 1), (Some("live"), 2)] {
        assert_eq!(catalog.event_invoke_config(function, qualifier), None);
        catalog.set_event_invoke_config(function, qualifier, Some(retries(attempts))).unwrap();
    }
    assert_eq!(catalog.event_invoke_config(function, None), Some(&retries(0)));
    assert_eq!(catalog.event_invoke_config(function, Some("$LATEST")), Some(&retries(0)));
    assert_eq!(catalog.event_invoke_config(function, Some("1")), Some(&retries(1)));
    assert_eq!(catalog.event_invoke_config(function, Some("live")), Some(&retries(2)));
    let all: Vec<_> = catalog.event_invoke_configs(function).map(|(qualifier, _)| qualifier).collect();
    assert_eq!(all, ["$LATEST", "1", "live"]);

    catalog.set_event_invoke_config(function, Some("$LATEST"), None).unwrap();
    assert_eq!(catalog.event_invoke_config(function, None), None);
    assert_eq!(catalog.event_invoke_config(function, Some("live")), Some(&retries(2)));
}

#[test]
fn nothing_is_configured_for_what_is_not_there() {
    let (mut catalog, function) = with_versions(1);
    let config = Some(retries(0));
    for qualifier in ["2", "01", "live"] {
        assert_eq!(
            catalog.set_event_invoke_config(function, Some(qualifier), config.clone()),
            Err(unknown(qualifier))
        );
        assert_eq!(catalog.set_provisioned(function, qualifier, 1), Err(unknown(qualifier)));
    }
    let gone = FunctionId(0);
    assert_eq!(catalog.set_event_invoke_config(gone, None, config), Err(unknown("$LATEST")));
    assert_eq!(catalog.reserve_concurrency(gone, Some(1)), Err(unknown("$LATEST")));
    assert_eq!(catalog.provisioned_versions(gone), []);
}

#[test]
fn what_is_not_configured_is_as_usual() {
    let usual = Policy { retries: 2, maximum_age: Duration::from_secs(6 * 60 * 60) };
    assert_eq!(EventInvokeConfig::default().policy(), usual);
    assert_eq!(retries(0).policy(), Policy { retries: 0, ..usual });
    let age = Duration::from_secs(60);
    let config = EventInvokeConfig { maximum_event_age: Some(age), ..retries(1) };
    assert_eq!(config.policy(), Policy { retries: 1, maximum_age: age });
}

#[test]
fn concurrency_is_reserved_and_given_back() {
    let (mut catalog, function) = with_versions(0);
    for reserved in [None, Some(10), Some(0), None] {
        catalog.reserve_concurrency(function, reserved).unwrap();
        assert_eq!(catalog.reserved_concurrency(function), reserved);
    }
}

#[test]
fn latest_is_never_provisioned_by_whatever_name() {
    let (mut catalog, function) = with_versions(1);
    catalog.create_alias(function, "newest", Alias::new(Version::Latest)).unwrap();
    for qualifier in ["$LATEST", "newest"] {
        let refused = catalog.set_provisioned(function, qualifier, 1);
        assert_eq!(refused, Err(CatalogError::ProvisionedLatest), "{qualifier}");
    }
    assert_eq!(catalog.provisioned(function).count(), 0);
}

#[test]
fn what_is_provisioned_for_an_alias_is_divided_by_its_weights() {
    for (count, weight, parts) in [
        (10, 0.0, (10, 0)),
        (10, 0.1, (9, 1)),
        (10, 0.25, (7, 3)),
        (10, 0.5, (5, 5)),
        (3, 0.5, (1, 2)),
        (1, 0.4, (1, 0)),
        (1, 0.5, (0, 1)),
        (10, 1.0, (0, 10)),
    ] {
        let (mut catalog, function) = with_versions(2);
        catalog.create_alias(function, "live", to(1).with_weight(2, weight)).unwrap();
        catalog.set_provisioned(function, "live", count).unwrap();
        let divided = [(number(1), parts.0), (number(2), parts.1)];
        assert_eq!(catalog.provisioned_versions(function), divided, "{count} by {weight}");
    }
}

#[test]
fn a_version_has_what_is_provisioned_for_it_under_all_names() {
    let (mut catalog, function) = with_versions(3);
    catalog.create_alias(function, "live", to(1).with_weight(2, 0.5)).unwrap();
    catalog.create_alias(function, "beta", to(2)).unwrap();
    for (qualifier, count) in [("live", 4), ("beta", 5), ("2", 1), ("3", 7)] {
        catalog.set_provisioned(function, qualifier, count).unwrap();
    }
    assert_eq!(catalog.provisioned_versions(function), [(number(1), 2), (number(2), 8), (number(3), 7)]);
    let all: Vec<_> = catalog.provisioned(function).collect();
    assert_eq!(all, [("2", 1), ("3", 7), ("beta", 5), ("live", 4)]);

    // It goes along with the alias.
    catalog.update_alias(function, "live", to(3)).unwrap();
    assert_eq!(catalog.provisioned_versions(function), [(number(2), 6), (number(3), 11)]);
    catalog.set_provisioned(function, "3", 0).unwrap();
    assert_eq!(catalog.provisioned_versions(function), [(number(2), 6), (number(3), 4)]);
}
