//! Functions, their versions and aliases, and what is configured for each qualifier. Pure.
//!
//! A *version* is an immutable snapshot of code and configuration: `$LATEST`, which an update replaces, and numbered ones,
//! which never change. An *alias* is a name for one version, or for two with weights; then each invoke is drawn for, from the
//! catalog's seed. What a snapshot holds is the driver's business. Sources:
//! [versions](https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html),
//! [aliases](https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html).
//!
//! Rules for aliases are in `alias`, the settings of a qualifier in `settings`, what is noted about a function in `notes`,
//! the draws in `draw`, refusals in `error`.

use std::{collections::BTreeMap, fmt, str::FromStr};

pub(crate) use self::draw::Draw;
use self::notes::Notes;

mod alias;
mod draw;
mod error;
mod notes;
mod settings;

pub use alias::Alias;
pub use error::CatalogError;
pub use settings::EventInvokeConfig;

/// Numbers the functions of a catalog.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionId(pub u32);

/// A version of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// `$LATEST`: what was given last.
    Latest,
    /// A published one, from 1.
    Number(u64),
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("$LATEST"),
            Self::Number(number) => number.fmt(f),
        }
    }
}

impl FromStr for Version {
    type Err = CatalogError;

    fn from_str(text: &str) -> Result<Self, CatalogError> {
        if text == LATEST {
            return Ok(Self::Latest);
        }
        // Numbers are written in one way only.
        let number =
            if text.starts_with(|first| matches!(first, '1'..='9')) { text.parse().ok() } else { None };
        number.map(Self::Number).ok_or_else(|| CatalogError::unknown(text))
    }
}

/// Which version an invoke is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The version.
    pub version: Version,
    /// The alias that led to it.
    pub alias: Option<String>,
}

/// A version that was published, now or before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// Its number.
    pub number: u64,
    /// Nothing had changed since it was published.
    pub was_there: bool,
}

/// All functions of a service. See the [module](self).
#[derive(Clone, Debug)]
pub struct Catalog<S> {
    functions: BTreeMap<FunctionId, Function<S>>,
    names: BTreeMap<String, FunctionId>,
    newest: u32,
    /// Counts the changes of aliases.
    alias_changes: u64,
    draw: Draw,
}

#[derive(Clone, Debug)]
struct Function<S> {
    name: String,
    latest: Snapshot<S>,
    /// Counts the changes of `latest`.
    changes: u64,
    versions: BTreeMap<u64, Snapshot<S>>,
    /// What the last publication published, and at which change.
    published: Option<(u64, u64)>,
    /// Numbers are not used again, even if a version is deleted.
    last_number: u64,
    aliases: BTreeMap<String, Alias>,
    /// The number of the last change of each alias.
    alias_revisions: BTreeMap<String, u64>,
    reserved: Option<usize>,
    /// By qualifier, `$LATEST` where there is none.
    asynchronous: BTreeMap<String, EventInvokeConfig>,
    provisioned: BTreeMap<String, usize>,
    notes: Notes,
    /// Qualifiers that lead to published versions of managed instances only.
    is_managed: bool,
}

#[derive(Clone, Debug)]
struct Snapshot<S> {
    content: S,
    description: String,
}

impl<S: Clone> Catalog<S> {
    /// An empty catalog. The seed is that of the draws for weighted aliases.
    pub fn new(seed: u64) -> Self {
        let draw = Draw::new(seed);
        Self { functions: BTreeMap::new(), names: BTreeMap::new(), newest: 0, alias_changes: 0, draw }
    }

    /// The number of the function that is created next.
    pub fn next_function(&self) -> FunctionId {
        FunctionId(self.newest + 1)
    }

    /// Adds a function. Another one of that name loses it, and is known by its number only.
    pub fn create(&mut self, name: &str, content: S) -> FunctionId {
        self.newest += 1;
        let id = FunctionId(self.newest);
        let function = Function {
            name: name.to_owned(),
            latest: Snapshot { content, description: String::new() },
            changes: 0,
            versions: BTreeMap::new(),
            published: None,
            last_number: 0,
            aliases: BTreeMap::new(),
            alias_revisions: BTreeMap::new(),
            reserved: None,
            asynchronous: BTreeMap::new(),
            provisioned: BTreeMap::new(),
            notes: Notes::default(),
            is_managed: false,
        };
        self.functions.insert(id, function);
        self.names.insert(name.to_owned(), id);
        id
    }

    /// Replaces `$LATEST`.
    ///
    /// # Errors
    ///
    /// If there is no such function.
    pub fn update(&mut self, function: FunctionId, content: S) -> Result<(), CatalogError> {
        let function = self.function_mut(function)?;
        function.latest.content = content;
        function.changes += 1;
        Ok(())
    }

    /// Says that the last update has changed nothing: if `$LATEST` had been published before it, it still is.
    pub fn note_unchanged(&mut self, function: FunctionId) {
        if let Some(function) = self.functions.get_mut(&function)
            && let Some((_, changes)) = &mut function.published
            && *changes + 1 == function.changes
        {
            *changes = function.changes;
        }
    }

    /// Forgets a function.
    pub fn remove(&mut self, function: FunctionId) {
        if let Some(removed) = self.functions.remove(&function)
            && self.names.get(&removed.name) == Some(&function)
        {
            self.names.remove(&removed.name);
        }
    }

    /// Makes an immutable version of `$LATEST`, unless nothing has changed since the last one was made.
    ///
    /// `content` makes the version's snapshot of that of `$LATEST`, given its number.
    ///
    /// # Errors
    ///
    /// If there is no such function.
    pub fn publish(
        &mut self,
        function: FunctionId,
        description: Option<&str>,
        content: impl FnOnce(&S, u64) -> S,
    ) -> Result<Published, CatalogError> {
        let function = self.function_mut(function)?;
        if let Some((number, changes)) = function.published
            && changes == function.changes
            && function.versions.contains_key(&number)
        {
            return Ok(Published { number, was_there: true });
        }
        function.last_number += 1;
        let number = function.last_number;
        let description = description.unwrap_or(&function.latest.description).to_owned();
        let snapshot = Snapshot { content: content(&function.latest.content, number), description };
        function.versions.insert(number, snapshot);
        function.published = Some((number, function.changes));
        Ok(Published { number, was_there: false })
    }

    /// Deletes a published version, with what is configured for it.
    ///
    /// # Errors
    ///
    /// If there is no such version, or if an alias leads to it.
    pub fn remove_version(&mut self, function: FunctionId, number: u64) -> Result<(), CatalogError> {
        let function = self.function_mut(function)?;
        let aliases = function.aliases.iter().filter(|(_, alias)| alias.leads_to(Version::Number(number)));
        let aliases: Vec<_> = aliases.map(|(name, _)| name.clone()).collect();
        if !aliases.is_empty() {
            return Err(CatalogError::VersionInUse { version: number, aliases });
        }
        match function.versions.remove(&number) {
            Some(_) => function.forget(&number.to_string()),
            None => return Err(CatalogError::unknown(number.to_string())),
        }
        Ok(())
    }

    /// The function of a name.
    pub fn find(&self, name: &str) -> Option<FunctionId> {
        self.names.get(name).copied()
    }

    /// The names of all functions that have one, in order.
    pub fn names(&self) -> impl Iterator<Item = (&str, FunctionId)> {
        self.names.iter().map(|(name, &id)| (name.as_str(), id))
    }

    /// The published versions of a function, in order.
    pub fn versions(&self, function: FunctionId) -> Vec<u64> {
        self.functions
            .get(&function)
            .map(|function| function.versions.keys().copied().collect())
            .unwrap_or_default()
    }

    /// The snapshot of a version.
    pub fn content(&self, function: FunctionId, version: Version) -> Option<&S> {
        self.functions.get(&function)?.snapshot(version).map(|snapshot| &snapshot.content)
    }

    /// What was said of a version when it was published.
    pub fn description(&self, function: FunctionId, version: Version) -> Option<&str> {
        self.functions.get(&function)?.snapshot(version).map(|snapshot| snapshot.description.as_str())
    }

    /// Marks a function as one of managed instances, whose `$LATEST.PUBLISHED` is its newest published version.
    pub fn set_managed(&mut self, function: FunctionId, is_managed: bool) {
        if let Ok(function) = self.function_mut(function) {
            function.is_managed = is_managed;
        }
    }

    /// Which version an invoke is for. Where two versions have weights, each call draws.
    ///
    /// # Errors
    ///
    /// If there is no such function, version or alias.
    pub fn resolve(
        &mut self,
        function: FunctionId,
        qualifier: Option<&str>,
    ) -> Result<Resolved, CatalogError> {
        let entry = self.functions.get(&function).ok_or_else(|| CatalogError::unknown(LATEST))?;
        match entry.qualified(qualifier)? {
            Qualified::Version(version) => Ok(Resolved { version, alias: None }),
            Qualified::Alias(name, alias) => {
                let version = alias.choose(&mut self.draw);
                Ok(Resolved { version, alias: Some(name.to_owned()) })
            }
        }
    }

    /// Where a qualifier leads without a draw: that of an alias with two versions is the main one.
    ///
    /// # Errors
    ///
    /// If there is no such function, version or alias.
    pub fn main_version(
        &self,
        function: FunctionId,
        qualifier: Option<&str>,
    ) -> Result<Version, CatalogError> {
        Ok(match self.function(function)?.qualified(qualifier)? {
            Qualified::Version(version) => version,
            Qualified::Alias(_, alias) => alias.version,
        })
    }

    /// Whether a qualifier leads to anything.
    ///
    /// # Errors
    ///
    /// If there is no such function, version or alias.
    pub fn check(&self, function: FunctionId, qualifier: Option<&str>) -> Result<(), CatalogError> {
        self.function(function)?.qualified(qualifier).map(|_| ())
    }

    fn function(&self, function: FunctionId) -> Result<&Function<S>, CatalogError> {
        self.functions.get(&function).ok_or_else(|| CatalogError::unknown(LATEST))
    }

    fn function_mut(&mut self, function: FunctionId) -> Result<&mut Function<S>, CatalogError> {
        self.functions.get_mut(&function).ok_or_else(|| CatalogError::unknown(LATEST))
    }
}

const LATEST: &str = "$LATEST";
const LATEST_PUBLISHED: &str = "$LATEST.PUBLISHED";

enum Qualified<'a> {
    Version(Version),
    Alias(&'a str, &'a Alias),
}

impl<S> Function<S> {
    fn snapshot(&self, version: Version) -> Option<&Snapshot<S>> {
        match version {
            Version::Latest => Some(&self.latest),
            Version::Number(number) => self.versions.get(&number),
        }
    }

    fn has(&self, version: Version) -> bool {
        self.snapshot(version).is_some()
    }

    fn qualified(&self, qualifier: Option<&str>) -> Result<Qualified<'_>, CatalogError> {
        let qualifier = match qualifier {
            None | Some(LATEST) => return Ok(Qualified::Version(Version::Latest)),
            Some(LATEST_PUBLISHED) if self.is_managed => {
                let newest = self.versions.keys().next_back();
                let newest = newest.map(|&number| Qualified::Version(Version::Number(number)));
                return newest.ok_or(CatalogError::NoPublishedVersion);
            }
            Some(qualifier) => qualifier,
        };
        if let Some((name, alias)) = self.aliases.get_key_value(qualifier) {
            return Ok(Qualified::Alias(name, alias));
        }
        match qualifier.parse() {
            Ok(version) if self.has(version) => Ok(Qualified::Version(version)),
            _ => Err(CatalogError::unknown(qualifier)),
        }
    }

    /// Forgets what is configured for a qualifier that is no more.
    fn forget(&mut self, qualifier: &str) {
        self.asynchronous.remove(qualifier);
        self.provisioned.remove(qualifier);
        self.alias_revisions.remove(qualifier);
        self.notes.forget(qualifier);
    }
}
