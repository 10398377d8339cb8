//! What a function of SAM has beside its own settings: an alias, a URL, destinations. What invokes it is in `events`.
//!
//! SAM makes resources of their own of these, so they may refer to what refers to the function.

use super::{
    Reader,
    function::sub_table,
    kinds::{self},
    references::properties,
    sections::Resource,
};
use crate::cli::config::{
    model::{AliasConfiguration, FunctionConfiguration, Qualifier, Tracing, VersionConfiguration},
    problem::{Invalid, Problem},
    settings::{self, Sent},
    table::Table,
};

impl Reader<'_> {
    /// Reads what only functions of SAM have.
    pub(super) fn serverless(
        &mut self,
        resource: &Resource,
        table: &mut Table<'_>,
        function: &mut FunctionConfiguration,
    ) -> Result<(), Problem> {
        if let Some(mode) = table.take("Tracing")? {
            let modes = [
                ("Active", Tracing::Active),
                ("PassThrough", Tracing::PassThrough),
                ("Disabled", Tracing::PassThrough),
            ];
            function.tracing = mode.choice(&modes)?;
        }
        if let Some(mut dead_letter) = sub_table(table, "DeadLetterQueue")? {
            if let Some(kind) = dead_letter.take("Type")? {
                kind.choice(&[("SQS", ()), ("SNS", ())])?;
            }
            let target = dead_letter.take("TargetArn")?;
            let target = target.map(|target| settings::destination(&target, Sent::DeadLetters));
            function.dead_letter = target.transpose()?;
            self.rest(resource, &dead_letter);
        }
        let qualifier = self.auto_published(resource, table, function)?;

        let template = self.template;
        let outside = template.scope();
        let mut made = properties(&outside, resource);
        table.ignore("FunctionUrlConfig");
        if let Some(mut url) = sub_table(&mut made, "FunctionUrlConfig")? {
            function.urls.push(self.url(resource, &mut url, qualifier.clone())?);
            self.rest(resource, &url);
        }
        table.ignore("EventInvokeConfig");
        if let Some(mut config) = sub_table(&mut made, "EventInvokeConfig")? {
            function.asynchronous.push(self.asynchronous(resource, &mut config, qualifier.clone())?);
            self.rest(resource, &config);
        }
        table.ignore("Events");
        if let Some(events) = made.take("Events")? {
            self.events(resource, events, &qualifier, function)?;
        }
        Ok(())
    }

    /// The alias that SAM publishes, with its version; gives what the function's URL and the like are for.
    fn auto_published(
        &self,
        resource: &Resource,
        table: &mut Table<'_>,
        function: &mut FunctionConfiguration,
    ) -> Result<Qualifier, Problem> {
        let provisioned = sub_table(table, "ProvisionedConcurrencyConfig")?;
        let Some(alias) = table.take("AutoPublishAlias")? else {
            return match provisioned {
                Some(provisioned) => {
                    let (of, name) = (format!("Resources.{}", resource.id), "AutoPublishAlias");
                    let expected = "to which ProvisionedConcurrencyConfig applies".into();
                    Err(Invalid::Missing { of, name, expected }.at(provisioned.line))
                }
                None => Ok(Qualifier::Latest),
            };
        };
        let name = alias.text()?.to_owned();
        settings::alias_name(&name, alias.line())?;
        let before = self.template.versions(&function.name)?.len();
        let version = u32::try_from(before + 1).unwrap_or(u32::MAX);
        let provisioned_concurrency = match provisioned {
            Some(provisioned) => Some(self.provisioned(resource, provisioned)?),
            None => None,
        };
        function.versions.insert(version, VersionConfiguration { line: alias.line(), ..Default::default() });
        let configuration = AliasConfiguration {
            line: alias.line(),
            version: Qualifier::Version(version),
            weights: Default::default(),
            description: String::new(),
            provisioned_concurrency,
        };
        function.aliases.insert(name.clone(), configuration);
        function.auto_published = Some(name.clone());
        Ok(Qualifier::Alias(name))
    }

    pub(super) fn provisioned(&self, resource: &Resource, mut table: Table<'_>) -> Result<u32, Problem> {
        const PROPERTY: &str = "ProvisionedConcurrentExecutions";

        let Some(provisioned) = table.take(PROPERTY)? else {
            return Err(table.missing(PROPERTY, "a whole number, 1 or more"));
        };
        self.rest(resource, &table);
        provisioned.count(1)
    }
}

/// The queue or topic that SAM makes for a destination that names none.
pub(super) fn made_destination(resource: &Resource, event: &str, kind: &str) -> Option<String> {
    let (kind, word) = match kind {
        "SQS" => ("AWS::SQS::Queue", "Queue"),
        "SNS" => ("AWS::SNS::Topic", "Topic"),
        _ => return None,
    };
    kinds::attribute(kind, &format!("{}EventInvokeConfig{event}{word}", resource.id), "Arn")
}
