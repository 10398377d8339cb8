//! Why the catalog refuses something, in the words of the service where they are known.

use super::Version;

/// A qualifier that leads nowhere, or a change that is not allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogError {
    /// There is no such function, version or alias.
    #[error("there is no {qualifier}")]
    Unknown {
        /// The qualifier; `$LATEST` if it is the function that is not there.
        qualifier: String,
    },
    /// An alias that is to be changed or deleted is not there.
    #[error("Cannot find alias: {name}")]
    UnknownAlias {
        /// Its name.
        name: String,
    },
    /// A function of managed instances has no published version yet.
    #[error("the function has no published version")]
    NoPublishedVersion,
    /// An alias of that name is there already.
    #[error("Alias already exists: {name}")]
    AliasExists {
        /// Its name.
        name: String,
    },
    /// An alias cannot be called like that.
    #[error("{name} is not a name of an alias: letters, digits, - and _, at most 128, and not digits alone")]
    AliasName {
        /// The name.
        name: String,
    },
    /// More than one additional version.
    #[error("Number of items in AdditionalVersionWeights cannot be greater than 1")]
    TooManyWeights,
    /// `$LATEST` beside another version.
    #[error("$LATEST is not supported for an alias pointing to more than 1 version")]
    LatestWithWeights,
    /// The additional version is the main one.
    #[error(
        "Invalid function version {version}. Function version {version} is already included in routing configuration."
    )]
    SameVersionTwice {
        /// The version.
        version: Version,
    },
    /// A weight is not between 0 and 1.
    #[error("the weight of version {version} must be from 0.0 to 1.0")]
    Weight {
        /// The version.
        version: u64,
    },
    /// A version that an alias leads to cannot be deleted.
    #[error("version {version} is referenced by the aliases {}", aliases.join(", "))]
    VersionInUse {
        /// The version.
        version: u64,
        /// The aliases.
        aliases: Vec<String>,
    },
    /// Provisioned concurrency is for versions and aliases.
    #[error("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")]
    ProvisionedLatest,
}

impl CatalogError {
    pub(crate) fn unknown(qualifier: impl Into<String>) -> Self {
        Self::Unknown { qualifier: qualifier.into() }
    }
}
