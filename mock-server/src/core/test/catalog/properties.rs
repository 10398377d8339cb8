//! Whatever is done to a catalog, in whatever order: it agrees with a simple model.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{number, to};
use crate::core::catalog::{Catalog, CatalogError, FunctionId, Version};

#[derive(Clone, Debug)]
enum Step {
    Update,
    Publish,
    RemoveVersion(u64),
    SetAlias { name: usize, version: u64, additional: Option<(u64, f64)> },
    RemoveAlias(usize),
    Provision { qualifier: usize, count: usize },
    Resolve(usize),
}

const NAMES: [&str; 3] = ["a", "b", "c"];
/// More than there can be versions of in one sequence are not asked for.
const VERSIONS: u64 = 6;

fn step() -> impl Strategy<Value = Step> {
    let additional = prop::option::of((1..VERSIONS, 0.0..=1.0));
    prop_oneof![
        2 => Just(Step::Update),
        4 => Just(Step::Publish),
        1 => (1..VERSIONS).prop_map(Step::RemoveVersion),
        3 => (0..NAMES.len(), 1..VERSIONS, additional)
            .prop_map(|(name, version, additional)| Step::SetAlias { name, version, additional }),
        1 => (0..NAMES.len()).prop_map(Step::RemoveAlias),
        2 => (0..8_usize, 0..20_usize).prop_map(|(qualifier, count)| Step::Provision { qualifier, count }),
        4 => (0..8_usize).prop_map(Step::Resolve),
    ]
}

/// Names of aliases, then numbers.
fn qualifier(at: usize) -> String {
    NAMES.get(at).map_or_else(|| (at - NAMES.len() + 1).to_string(), |&name| name.to_owned())
}

/// What is known without the catalog.
#[derive(Default)]
struct Model {
    content: u64,
    is_changed: bool,
    versions: BTreeMap<u64, u64>,
    used: BTreeSet<u64>,
    last: Option<u64>,
    /// Where each alias may lead.
    aliases: BTreeMap<&'static str, Vec<u64>>,
}

struct World {
    catalog: Catalog<u64>,
    function: FunctionId,
    model: Model,
}

impl World {
    fn new() -> Self {
        let mut catalog = Catalog::new(3);
        let function = catalog.create("f", 0);
        Self { catalog, function, model: Model { is_changed: true, ..Model::default() } }
    }

    fn play(&mut self, step: &Step) {
        let (catalog, function, model) = (&mut self.catalog, self.function, &mut self.model);
        match step {
            Step::Update => {
                model.content += 1;
                model.is_changed = true;
                catalog.update(function, model.content).unwrap();
            }
            Step::Publish => {
                let published = catalog.publish(function, None, |&content, _| content).unwrap();
                let again = model.last.filter(|last| !model.is_changed && model.versions.contains_key(last));
                if let Some(again) = again {
                    assert_eq!((published.number, published.was_there), (again, true));
                } else {
                    assert!(!published.was_there);
                    assert!(model.used.last().is_none_or(|&last| last < published.number), "numbers grow");
                    model.used.insert(published.number);
                    model.versions.insert(published.number, model.content);
                    model.last = Some(published.number);
                    model.is_changed = false;
                }
            }
            &Step::RemoveVersion(version) => {
                let is_used = model.aliases.values().any(|versions| versions.contains(&version));
                match catalog.remove_version(function, version) {
                    Ok(()) => {
                        assert!(!is_used);
                        assert!(model.versions.remove(&version).is_some());
                    }
                    Err(CatalogError::VersionInUse { .. }) => assert!(is_used),
                    Err(error) => {
                        assert_eq!(error, CatalogError::unknown(version.to_string()));
                        assert!(!model.versions.contains_key(&version));
                    }
                }
            }
            &Step::SetAlias { name, version, additional } => {
                let mut alias = to(version);
                alias.additional = additional;
                let leads_to: Vec<_> =
                    [Some(version), additional.map(|(other, _)| other)].into_iter().flatten().collect();
                let is_allowed = leads_to.iter().all(|version| model.versions.contains_key(version))
                    && leads_to.get(1) != Some(&version);
                let set = match catalog.alias(function, NAMES[name]) {
                    Some(_) => catalog.update_alias(function, NAMES[name], alias),
                    None => catalog.create_alias(function, NAMES[name], alias),
                };
                assert_eq!(set.is_ok(), is_allowed);
                if is_allowed {
                    model.aliases.insert(NAMES[name], leads_to);
                }
            }
            &Step::RemoveAlias(name) => {
                let removed = catalog.remove_alias(function, NAMES[name]);
                assert_eq!(removed.is_some(), model.aliases.remove(NAMES[name]).is_some());
            }
            &Step::Provision { qualifier: at, count } => {
                let is_there = catalog.check(function, Some(&qualifier(at))).is_ok();
                assert_eq!(catalog.set_provisioned(function, &qualifier(at), count).is_ok(), is_there);
            }
            &Step::Resolve(at) => {
                let qualifier = qualifier(at);
                let resolved = catalog.resolve(function, Some(&qualifier));
                let expected = match model.aliases.get(qualifier.as_str()) {
                    Some(versions) => versions.clone(),
                    None => qualifier
                        .parse()
                        .into_iter()
                        .filter(|number| model.versions.contains_key(number))
                        .collect(),
                };
                match resolved {
                    Ok(resolved) => {
                        assert!(expected.iter().any(|&version| number(version) == resolved.version))
                    }
                    Err(error) => {
                        assert_eq!((error, expected), (CatalogError::unknown(qualifier), vec![]));
                    }
                }
            }
        }
        self.assert_agrees();
    }

    fn assert_agrees(&self) {
        let Self { catalog, function, model } = self;
        assert_eq!(catalog.versions(*function), model.versions.keys().copied().collect::<Vec<_>>());
        assert_eq!(catalog.content(*function, Version::Latest), Some(&model.content));
        for (&version, content) in &model.versions {
            assert_eq!(catalog.content(*function, number(version)), Some(content), "versions never change");
        }
        for (name, alias) in catalog.aliases(*function) {
            assert!(catalog.content(*function, alias.version).is_some(), "{name} leads nowhere");
        }
        let provisioned: usize = catalog.provisioned(*function).map(|(_, count)| count).sum();
        let divided = catalog.provisioned_versions(*function);
        assert_eq!(divided.iter().map(|(_, count)| count).sum::<usize>(), provisioned, "nothing is lost");
        for (version, _) in divided {
            assert!(catalog.content(*function, version).is_some(), "{version} is provisioned and not there");
        }
    }
}

proptest! {
    #[test]
    fn a_catalog_agrees_with_a_simple_model(steps in prop::collection::vec(step(), 0..60)) {
        let mut world = World::new();
        for step in &steps {
            world.play(step);
        }
    }
}
