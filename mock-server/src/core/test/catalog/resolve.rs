//! Qualifiers of every form: which version they lead to, and that those that lead nowhere are named.

use super::{number, publish, to, unknown, with_versions};
use crate::core::catalog::{Alias, Catalog, CatalogError, FunctionId, Resolved, Version};

fn resolved(version: Version, alias: Option<&str>) -> Result<Resolved, CatalogError> {
    Ok(Resolved { version, alias: alias.map(str::to_owned) })
}

#[test]
fn every_form_of_qualifier_leads_to_its_version() {
    let (mut catalog, function) = with_versions(12);
    catalog.create_alias(function, "live", to(3)).unwrap();
    catalog.create_alias(function, "newest", Alias::new(Version::Latest)).unwrap();
    for (qualifier, version, alias) in [
        (None, Version::Latest, None),
        (Some("$LATEST"), Version::Latest, None),
        (Some("1"), number(1), None),
        (Some("12"), number(12), None),
        (Some("live"), number(3), Some("live")),
        (Some("newest"), Version::Latest, Some("newest")),
    ] {
        assert_eq!(catalog.check(function, qualifier), Ok(()), "{qualifier:?}");
        assert_eq!(catalog.resolve(function, qualifier), resolved(version, alias), "{qualifier:?}");
    }
}

#[test]
fn a_qualifier_that_leads_nowhere_is_named_as_it_was_written() {
    let (mut catalog, function) = with_versions(2);
    catalog.create_alias(function, "live", to(1)).unwrap();
    for qualifier in [
        "",
        "0",
        "3",
        "01",
        "+1",
        "1 ",
        "-1",
        "1.0",
        "Live",
        "live ",
        "$latest",
        "LATEST",
        "$LATEST.",
        "$LATEST.PUBLISHED",
        "18446744073709551616",
    ] {
        assert_eq!(catalog.check(function, Some(qualifier)), Err(unknown(qualifier)));
        assert_eq!(catalog.resolve(function, Some(qualifier)), Err(unknown(qualifier)));
    }
}

#[test]
fn a_function_that_is_gone_has_no_latest() {
    let (mut catalog, function) = with_versions(1);
    catalog.remove(function);
    for function in [function, FunctionId(0)] {
        for qualifier in [None, Some("$LATEST"), Some("1")] {
            assert_eq!(catalog.resolve(function, qualifier), Err(unknown("$LATEST")));
            assert_eq!(catalog.check(function, qualifier), Err(unknown("$LATEST")));
        }
    }
}

#[test]
fn the_newest_published_version_is_one_of_managed_instances() {
    const PUBLISHED: Option<&str> = Some("$LATEST.PUBLISHED");

    let mut catalog = Catalog::new(0);
    let function = catalog.create("f", "one".to_owned());
    catalog.set_managed(function, true);
    let refused = catalog.resolve(function, PUBLISHED).unwrap_err();
    assert_eq!(refused, CatalogError::NoPublishedVersion);
    assert_eq!(refused.to_string(), "the function has no published version");

    for newest in 1..=2 {
        assert_eq!(publish(&mut catalog, function), newest);
        assert_eq!(catalog.resolve(function, PUBLISHED), resolved(number(newest), None));
        catalog.update(function, "two".to_owned()).unwrap();
        assert_eq!(catalog.resolve(function, PUBLISHED), resolved(number(newest), None), "it is published");
    }
    catalog.remove_version(function, 2).unwrap();
    assert_eq!(catalog.resolve(function, PUBLISHED), resolved(number(1), None));

    catalog.set_managed(function, false);
    assert_eq!(catalog.resolve(function, PUBLISHED), Err(unknown("$LATEST.PUBLISHED")));
}

#[test]
fn versions_are_written_as_the_service_writes_them() {
    assert_eq!(Version::Latest.to_string(), "$LATEST");
    assert_eq!(number(42).to_string(), "42");
}
