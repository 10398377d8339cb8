//! Aliases: names for a version, or for two with weights.

use super::{Catalog, CatalogError, FunctionId, Version, draw::Draw};

/// Longest name of an alias, in characters.
const NAME_MOST: usize = 128;

/// Where a name leads.
#[derive(Clone, Debug, PartialEq)]
pub struct Alias {
    /// The version that gets what the other does not.
    pub version: Version,
    /// Another version, and the part of the invokes that it gets, from 0.0 to 1.0.
    pub additional: Option<(u64, f64)>,
    /// What it is for.
    pub description: String,
}

impl Alias {
    /// An alias for one version.
    pub fn new(version: Version) -> Self {
        Self { version, additional: None, description: String::new() }
    }

    /// Gives another version a part of the invokes, from 0.0 to 1.0.
    #[must_use]
    pub fn with_weight(mut self, version: u64, weight: f64) -> Self {
        self.additional = Some((version, weight));
        self
    }

    /// Whether any invoke may get to this version.
    pub fn leads_to(&self, version: Version) -> bool {
        let additional = self.additional.map(|(number, _)| Version::Number(number));
        self.version == version || additional == Some(version)
    }

    pub(super) fn choose(&self, draw: &mut Draw) -> Version {
        match self.additional {
            Some((number, weight)) if draw.next() < weight => Version::Number(number),
            _ => self.version,
        }
    }
}

impl<S: Clone> Catalog<S> {
    /// Adds an alias.
    ///
    /// # Errors
    ///
    /// If it cannot be called so, if there is one of that name, or if it leads where it must not.
    pub fn create_alias(
        &mut self,
        function: FunctionId,
        name: &str,
        alias: Alias,
    ) -> Result<(), CatalogError> {
        let entry = self.function_mut(function)?;
        let is_named = !name.is_empty()
            && name.len() <= NAME_MOST
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && !name.bytes().all(|byte| byte.is_ascii_digit());
        if !is_named {
            return Err(CatalogError::AliasName { name: name.to_owned() });
        }
        if entry.aliases.contains_key(name) {
            return Err(CatalogError::AliasExists { name: name.to_owned() });
        }
        entry.check(&alias)?;
        entry.aliases.insert(name.to_owned(), alias);
        self.note_alias_changed(function, name);
        Ok(())
    }

    /// Lets an alias lead elsewhere.
    ///
    /// # Errors
    ///
    /// If there is no such alias, or if it leads where it must not: to `$LATEST`, too, where concurrency is provisioned for it.
    pub fn update_alias(
        &mut self,
        function: FunctionId,
        name: &str,
        alias: Alias,
    ) -> Result<(), CatalogError> {
        let entry = self.function_mut(function)?;
        entry.check(&alias)?;
        if alias.leads_to(Version::Latest) && entry.provisioned.contains_key(name) {
            return Err(CatalogError::ProvisionedLatest);
        }
        let before = entry.aliases.get_mut(name);
        *before.ok_or_else(|| CatalogError::UnknownAlias { name: name.to_owned() })? = alias;
        self.note_alias_changed(function, name);
        Ok(())
    }

    /// The number of the last change of an alias, which no other change has.
    pub fn alias_revision(&self, function: FunctionId, name: &str) -> Option<u64> {
        self.functions.get(&function)?.alias_revisions.get(name).copied()
    }

    fn note_alias_changed(&mut self, function: FunctionId, name: &str) {
        self.alias_changes += 1;
        if let Some(function) = self.functions.get_mut(&function) {
            function.alias_revisions.insert(name.to_owned(), self.alias_changes);
        }
    }

    /// Deletes an alias, if it is there, with what is configured for it.
    pub fn remove_alias(&mut self, function: FunctionId, name: &str) -> Option<Alias> {
        let entry = self.function_mut(function).ok()?;
        let removed = entry.aliases.remove(name)?;
        entry.forget(name);
        Some(removed)
    }

    /// An alias of a function.
    pub fn alias(&self, function: FunctionId, name: &str) -> Option<&Alias> {
        self.functions.get(&function)?.aliases.get(name)
    }

    /// The aliases of a function, in the order of their names.
    pub fn aliases(&self, function: FunctionId) -> impl Iterator<Item = (&str, &Alias)> {
        let aliases = self.functions.get(&function).map(|function| function.aliases.iter());
        aliases.into_iter().flatten().map(|(name, alias)| (name.as_str(), alias))
    }
}

impl<S> super::Function<S> {
    fn check(&self, alias: &Alias) -> Result<(), CatalogError> {
        if let Some((number, weight)) = alias.additional {
            if alias.version == Version::Latest {
                return Err(CatalogError::LatestWithWeights);
            }
            if alias.version == Version::Number(number) {
                return Err(CatalogError::SameVersionTwice { version: alias.version });
            }
            if !(0.0..=1.0).contains(&weight) {
                return Err(CatalogError::Weight { version: number });
            }
        }
        let additional = alias.additional.map(|(number, _)| Version::Number(number));
        let unknown =
            [Some(alias.version), additional].into_iter().flatten().find(|&version| !self.has(version));
        match unknown {
            Some(version) => Err(CatalogError::unknown(version.to_string())),
            None => Ok(()),
        }
    }
}
