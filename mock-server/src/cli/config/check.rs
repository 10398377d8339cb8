//! What must fit together, whichever format it comes from: names, versions, aliases, qualifiers.

use std::collections::BTreeMap;

use lambda_api::limits;

use super::{
    model::{AliasConfiguration, FrontConfiguration, FunctionConfiguration, Qualifier, Triggers},
    problem::{Invalid, Problem},
    settings,
};

mod triggers;

const TENANTS: &str = "tenant isolation";

/// Refuses functions that Lambda would refuse, or that cannot be told apart.
/// The account allows so many invocations at once.
pub(super) fn check(functions: &[FunctionConfiguration], account_concurrency: usize) -> Result<(), Problem> {
    let mut names = BTreeMap::new();
    for function in functions {
        let name = function.name.clone();
        if let Some(first) = names.insert(&function.name, function.line) {
            return Err(Invalid::SameName { name, first }.at(function.line));
        }
        for alias in function.aliases.values() {
            check_alias(function, alias)?;
        }
        let of = function.urls.iter().map(|url| (&url.qualifier, url.line));
        check_qualifiers(function, "a function URL of", of)?;
        let of = function.asynchronous.iter().map(|events| (&events.qualifier, events.line));
        check_qualifiers(function, "the handling of asynchronous events of", of)?;
        check_conflicts(function)?;
    }
    check_reserved(functions, account_concurrency)
}

/// Refuses fronts that lead to nothing of this file.
pub(super) fn check_fronts(
    fronts: &[FrontConfiguration],
    functions: &[FunctionConfiguration],
) -> Result<(), Problem> {
    let named = fronts.iter().flat_map(|front| front.routed.iter().map(move |named| (front, named)));
    for (front, (line, name)) in named {
        let (function, qualifier) = match name.split_once(':') {
            Some((function, qualifier)) => (function, settings::qualifier(qualifier)),
            None => (name.as_str(), Qualifier::Latest),
        };
        let Some(function) = functions.iter().find(|known| known.name == function) else {
            return Err(Invalid::NotThere { what: "function", name: name.clone() }.at(*line));
        };
        // On AWS an API may name the tenant; a template that has one is for there.
        if function.per_tenant && front.api.is_none() {
            return Err(Invalid::Conflict { what: "a front", other: TENANTS }.at(*line));
        }
        check_qualifiers(function, "a front of", [(&qualifier, *line)].into_iter())?;
    }
    Ok(())
}

/// Refuses triggers that lead to nothing of this file, or that do not fit.
pub(super) fn check_triggers(
    triggers: &Triggers,
    functions: &[FunctionConfiguration],
) -> Result<(), Problem> {
    triggers::check(triggers, functions)
}

fn check_alias(function: &FunctionConfiguration, alias: &AliasConfiguration) -> Result<(), Problem> {
    let expected = |name: &str, expected: String, found: String| {
        Invalid::Expected { name: name.to_owned(), expected: expected.into(), found }.at(alias.line)
    };
    let published = || {
        let numbers = function.versions.keys().map(u32::to_string).collect::<Vec<_>>().join(", ");
        if numbers.is_empty() { "none is".to_owned() } else { numbers }
    };
    let named = alias.weights.keys().map(|version| ("an additional version", *version));
    let named = named.chain(match alias.version {
        Qualifier::Version(version) => Some(("the version of an alias", version)),
        Qualifier::Latest | Qualifier::Alias(_) => None,
    });
    for (name, version) in named {
        if !function.versions.contains_key(&version) {
            let versions = format!("one that {} publishes here ({})", function.name, published());
            return Err(expected(name, versions, version.to_string()));
        }
    }
    if alias.weights.len() > 1 {
        let found = alias.weights.len().to_string();
        return Err(expected("the additional versions of an alias", "at most 1".to_owned(), found));
    }
    match (&alias.version, alias.weights.keys().next()) {
        (Qualifier::Version(version), Some(other)) if version == other => Err(expected(
            "an additional version",
            "another than that of the alias".to_owned(),
            other.to_string(),
        )),
        (Qualifier::Latest, Some(_)) => {
            let version = "a number, if there is an additional version".to_owned();
            Err(expected("the version of an alias", version, "$LATEST".to_owned()))
        }
        (Qualifier::Latest, None) if alias.provisioned_concurrency.is_some() => {
            let what = "provisioned concurrency";
            Err(Invalid::Conflict { what, other: "an alias of $LATEST" }.at(alias.line))
        }
        _ => Ok(()),
    }
}

/// Each for another qualifier, and for one that there is.
fn check_qualifiers<'a>(
    function: &FunctionConfiguration,
    what: &'static str,
    of: impl Iterator<Item = (&'a Qualifier, usize)>,
) -> Result<(), Problem> {
    let mut seen = BTreeMap::new();
    for (qualifier, line) in of {
        let name = format!("{}:{qualifier}", function.name);
        if !qualified(function, qualifier) {
            return Err(Invalid::NotThere { what: "function", name }.at(line));
        }
        if let Some(first) = seen.insert(qualifier, line) {
            return Err(Invalid::Second { what, name, first }.at(line));
        }
    }
    Ok(())
}

/// Whether a function has such a version or alias.
fn qualified(function: &FunctionConfiguration, qualifier: &Qualifier) -> bool {
    match qualifier {
        Qualifier::Latest => true,
        Qualifier::Version(version) => function.versions.contains_key(version),
        Qualifier::Alias(alias) => function.aliases.contains_key(alias),
    }
}

/// What is reserved, or without that provisioned, leaves as much of the account's concurrency as it has to.
///
/// Source: [reserved concurrency](https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html).
fn check_reserved(functions: &[FunctionConfiguration], account_concurrency: usize) -> Result<(), Problem> {
    let mut left = account_concurrency;
    for function in functions {
        let of_versions = function.versions.values().filter_map(|version| version.provisioned_concurrency);
        let of_aliases = function.aliases.values().filter_map(|alias| alias.provisioned_concurrency);
        let provisioned = || of_versions.chain(of_aliases).fold(0, u32::saturating_add);
        let (name, taken) = match function.reserved_concurrency {
            Some(reserved) => ("the reserved concurrency of", reserved),
            None => ("the provisioned concurrency of", provisioned()),
        };
        let most = left.saturating_sub(limits::UNRESERVED_CONCURRENCY_MIN);
        let count = usize::try_from(taken).unwrap_or(usize::MAX);
        // Nothing is taken by a function that is not to run at all.
        if count > 0 && count > most {
            let (name, found) = (format!("{name} {}", function.name), taken.to_string());
            let expected = format!(
                "at most {most}, for {} of the account's {account_concurrency} have to stay unreserved",
                limits::UNRESERVED_CONCURRENCY_MIN
            );
            return Err(Invalid::Expected { name, expected: expected.into(), found }.at(function.line));
        }
        left = left.saturating_sub(count);
    }
    Ok(())
}

/// Source: [tenant isolation](https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation.html) and
/// [SnapStart](https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html).
fn check_conflicts(function: &FunctionConfiguration) -> Result<(), Problem> {
    const PROVISIONED: &str = "provisioned concurrency";
    const SNAP_START: &str = "SnapStart";

    let conflict = |what, other, line: usize| Err(Invalid::Conflict { what, other }.at(line));
    let of_aliases = function.aliases.values().map(|alias| (alias.provisioned_concurrency, alias.line));
    let of_versions =
        function.versions.values().map(|version| (version.provisioned_concurrency, version.line));
    let provisioned = of_aliases.chain(of_versions).find(|(provisioned, _)| provisioned.is_some());
    match (provisioned, function.snap_start, function.per_tenant) {
        (Some((_, line)), true, _) => conflict(PROVISIONED, SNAP_START, line),
        (Some((_, line)), _, true) => conflict(PROVISIONED, TENANTS, line),
        (_, true, true) => conflict(SNAP_START, TENANTS, function.line),
        (_, _, true) => match function.urls.first() {
            Some(url) => conflict("a function URL", TENANTS, url.line),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}
