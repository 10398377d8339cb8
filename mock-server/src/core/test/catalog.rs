//! The catalog: what is published, what names lead to, and what is configured for them.
//!
//! Nothing runs here: a version's content is a word. Which environments follow from it is tested with the fleet, and from
//! outside in `tests/it/in_process/versions.rs`.

use crate::core::catalog::{Alias, Catalog, CatalogError, FunctionId, Version};

mod aliases;
mod draws;
mod noted;
mod properties;
mod publish;
mod resolve;
mod settings;

/// A function with so many published versions, whose contents are `v1`, `v2` and so on; `$LATEST` is `new`.
fn with_versions(count: u64) -> (Catalog<String>, FunctionId) {
    let mut catalog = Catalog::new(7);
    let function = catalog.create("f", String::new());
    for number in 1..=count {
        catalog.update(function, format!("v{number}")).unwrap();
        assert_eq!(publish(&mut catalog, function), number);
    }
    catalog.update(function, "new".to_owned()).unwrap();
    (catalog, function)
}

/// Publishes what is `$LATEST`, as it is.
fn publish(catalog: &mut Catalog<String>, function: FunctionId) -> u64 {
    catalog.publish(function, None, |content, _| content.clone()).unwrap().number
}

fn number(number: u64) -> Version {
    Version::Number(number)
}

/// An alias for one version.
fn to(version: u64) -> Alias {
    Alias::new(number(version))
}

fn unknown(qualifier: &str) -> CatalogError {
    CatalogError::Unknown { qualifier: qualifier.to_owned() }
}
