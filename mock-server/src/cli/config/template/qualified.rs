//! Resources that belong to a function: versions, aliases, URLs, what becomes of events.
//!
//! Sources: the properties of
//! [AWS::Lambda::Version](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-version.html),
//! [Alias](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-alias.html),
//! [Url](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-url.html) and
//! [EventInvokeConfig](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventinvokeconfig.html).

use std::{collections::BTreeMap, time::Duration};

use lambda_api::limits;

use super::{
    Reader,
    function::{sub_table, text},
    kinds::Role,
    references::{Target, properties},
    scope::Scope,
    sections::Resource,
    serverless::made_destination,
};
use crate::cli::config::{
    model::{
        AliasConfiguration, AsynchronousConfiguration, Cors, FunctionConfiguration, InvokeMode, Qualifier,
        UrlAuth, UrlConfiguration, VersionConfiguration,
    },
    problem::{Invalid, Problem},
    settings::{self, Sent},
    table::{Field, Table},
};

impl Reader<'_> {
    /// Adds a version, an alias, a URL or the like to its function.
    pub(super) fn qualified(&mut self, resource: &Resource) -> Result<(), Problem> {
        let scope = Scope { template: self.template, user: Some(&resource.id) };
        let mut table = properties(&scope, resource);
        let property = if resource.role == Role::Url { "TargetFunctionArn" } else { "FunctionName" };
        let target = self.template.function_of(resource, property)?;
        let line = table.take(property)?.map_or(resource.line, |field| field.line());
        if self.left_out.contains(&target.name) {
            return Ok(());
        }
        let Some(at) = self.configuration.functions.iter().position(|function| function.name == target.name)
        else {
            return Err(Invalid::NotThere { what: "function", name: target.name }.at(line));
        };
        let mut function = self.configuration.functions.remove(at);
        let added = self.add(resource, &mut table, target, &mut function);
        self.configuration.functions.insert(at, function);
        added?;
        self.rest(resource, &table);
        Ok(())
    }

    fn add(
        &self,
        resource: &Resource,
        table: &mut Table<'_>,
        target: Target,
        function: &mut FunctionConfiguration,
    ) -> Result<(), Problem> {
        match resource.role {
            Role::Version => {
                let before = self.template.versions(&function.name)?;
                let at = before.iter().position(|version| version.id == resource.id).unwrap_or_default();
                let number = u32::try_from(at + 1).unwrap_or(u32::MAX);
                let version = self.version(resource, table)?;
                function.versions.insert(number, version);
            }
            Role::Alias => {
                let (name, alias) = self.alias(resource, table)?;
                if let Some(other) = function.aliases.get(&name) {
                    return Err(Invalid::Second { what: "alias", name, first: other.line }.at(alias.line));
                }
                function.aliases.insert(name, alias);
            }
            Role::Url => {
                let given = text(table, "Qualifier")?.or(target.qualifier);
                let qualifier = given.map_or(Qualifier::Latest, |given| settings::qualifier(&given));
                table.line = resource.line;
                function.urls.push(self.url(resource, table, qualifier)?);
            }
            _ => {
                let Some(given) = text(table, "Qualifier")? else {
                    return Err(table.missing("Qualifier", "$LATEST, a version or an alias"));
                };
                let config = self.asynchronous(resource, table, settings::qualifier(&given))?;
                function.asynchronous.push(config);
            }
        }
        Ok(())
    }

    fn version(&self, resource: &Resource, table: &mut Table<'_>) -> Result<VersionConfiguration, Problem> {
        for silent in ["CodeSha256", "RuntimePolicy", "FunctionScalingConfig"] {
            table.ignore(silent);
        }
        Ok(VersionConfiguration {
            line: resource.line,
            description: text(table, "Description")?.unwrap_or_default(),
            provisioned_concurrency: self.provisioned_config(resource, table)?,
        })
    }

    fn provisioned_config(&self, resource: &Resource, table: &mut Table<'_>) -> Result<Option<u32>, Problem> {
        let config = sub_table(table, "ProvisionedConcurrencyConfig")?;
        config.map(|config| self.provisioned(resource, config)).transpose()
    }

    fn alias(
        &self,
        resource: &Resource,
        table: &mut Table<'_>,
    ) -> Result<(String, AliasConfiguration), Problem> {
        let Some(name) = table.take("Name")? else {
            return Err(table.missing("Name", "the name of an alias"));
        };
        settings::alias_name(name.text()?, name.line())?;
        let expected = "the number of a version or $LATEST";
        let Some(version) = table.take("FunctionVersion")? else {
            return Err(table.missing("FunctionVersion", expected));
        };
        let mut weights = BTreeMap::new();
        if let Some(mut routing) = sub_table(table, "RoutingConfig")? {
            if let Some(list) = routing.take("AdditionalVersionWeights")? {
                for weight in list.list()? {
                    let mut weight = weight.table()?;
                    let (Some(version), Some(share)) =
                        (weight.take("FunctionVersion")?, weight.take("FunctionWeight")?)
                    else {
                        return Err(
                            weight.missing("FunctionVersion and FunctionWeight", "the share of a version")
                        );
                    };
                    weights.insert(version.whole("", 1..=u32::MAX)?, share.share()?);
                    self.rest(resource, &weight);
                }
            }
            self.rest(resource, &routing);
        }
        let alias = AliasConfiguration {
            line: resource.line,
            version: settings::version(&version)?,
            weights,
            description: text(table, "Description")?.unwrap_or_default(),
            provisioned_concurrency: self.provisioned_config(resource, table)?,
        };
        Ok((name.text()?.to_owned(), alias))
    }

    /// A function URL; the rest of the table is left for the caller to look at.
    pub(super) fn url(
        &self,
        resource: &Resource,
        table: &mut Table<'_>,
        qualifier: Qualifier,
    ) -> Result<UrlConfiguration, Problem> {
        let Some(auth) = table.take("AuthType")? else {
            return Err(table.missing("AuthType", "AWS_IAM or NONE"));
        };
        let modes = [("BUFFERED", InvokeMode::Buffered), ("RESPONSE_STREAM", InvokeMode::ResponseStream)];
        let mode = table.take("InvokeMode")?.map(|mode| mode.choice(&modes)).transpose()?;
        let cors = sub_table(table, "Cors")?.map(|cors| self.cors(resource, cors)).transpose()?;
        Ok(UrlConfiguration {
            line: table.line,
            qualifier,
            address: None,
            auth: auth.choice(&[("AWS_IAM", UrlAuth::Iam), ("NONE", UrlAuth::None)])?,
            mode: mode.unwrap_or_default(),
            cors,
        })
    }

    /// What becomes of events; the rest of the table is left for the caller to look at.
    pub(super) fn asynchronous(
        &self,
        resource: &Resource,
        table: &mut Table<'_>,
        qualifier: Qualifier,
    ) -> Result<AsynchronousConfiguration, Problem> {
        let (line, range) = (table.line, limits::EVENT_AGE);
        let seconds = range.min.as_secs()..=range.max.as_secs();
        let age = table.take("MaximumEventAgeInSeconds")?;
        let age = age.map(|age| age.whole("of seconds", seconds)).transpose()?;
        let retries = table.take("MaximumRetryAttempts")?;
        let max_retries = retries.as_ref().map(settings::retries).transpose()?;
        let mut destinations = sub_table(table, "DestinationConfig")?;
        let mut destination = |event, sent| match &mut destinations {
            Some(destinations) => self.destination(resource, destinations, event, sent),
            None => Ok(None),
        };
        let (on_success, on_failure) =
            (destination("OnSuccess", Sent::Successes)?, destination("OnFailure", Sent::Failures)?);
        if let Some(destinations) = &destinations {
            self.rest(resource, destinations);
        }
        let max_event_age = age.map(Duration::from_secs);
        Ok(AsynchronousConfiguration { line, qualifier, max_event_age, max_retries, on_success, on_failure })
    }

    fn destination(
        &self,
        resource: &Resource,
        destinations: &mut Table<'_>,
        event: &'static str,
        sent: Sent,
    ) -> Result<Option<String>, Problem> {
        let Some(mut table) = sub_table(destinations, event)? else { return Ok(None) };
        let kinds = ["SQS", "SNS", "Lambda", "EventBridge", "S3Bucket"].map(|kind| (kind, kind));
        let is_sam = resource.role == Role::ServerlessFunction;
        let kind = if is_sam { table.take("Type")? } else { None };
        let kind = kind.map(|kind| kind.choice(&kinds)).transpose()?;
        let arn =
            match (table.take("Destination")?, kind.and_then(|kind| made_destination(resource, event, kind)))
            {
                (Some(destination), _) => settings::destination(&destination, sent)?,
                (None, Some(made)) => made,
                (None, None) => return Err(table.missing("Destination", sent.expected())),
            };
        self.rest(resource, &table);
        Ok(Some(arn))
    }
    /// Who may call a function URL from a browser.
    fn cors(&self, resource: &Resource, mut table: Table<'_>) -> Result<Cors, Problem> {
        let mut texts = |name| table.take(name)?.map_or_else(|| Ok(Vec::new()), Field::texts);
        let mut cors = Cors {
            allow_headers: texts("AllowHeaders")?,
            allow_methods: texts("AllowMethods")?,
            allow_origins: texts("AllowOrigins")?,
            expose_headers: texts("ExposeHeaders")?,
            ..Cors::default()
        };
        if let Some(allowed) = table.take("AllowCredentials")? {
            cors.allow_credentials = allowed.flag()?;
        }
        if let Some(age) = table.take("MaxAge")? {
            let age = age.whole("of seconds", 0..=limits::CORS_MAX_AGE.as_secs())?;
            cors.max_age = Some(Duration::from_secs(age));
        }
        self.rest(resource, &table);
        Ok(cors)
    }
}
