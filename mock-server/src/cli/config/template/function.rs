//! Functions: `AWS::Lambda::Function` and `AWS::Serverless::Function`.
//!
//! What both have is read here, what only SAM has in `serverless`. Sources: the properties of
//! [AWS::Lambda::Function](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html)
//! and
//! [AWS::Serverless::Function](https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html).

use std::{collections::BTreeMap, time::Duration};

use lambda_api::limits;

use super::{
    Reader,
    code::{self, Build, Found},
    kinds::Role,
    references::properties,
    scope::Scope,
    sections::Resource,
};
use crate::cli::config::{
    model::{Code, FunctionConfiguration, Layer, LoggingConfiguration, Tracing},
    node::Value,
    problem::{Problem, Remark},
    settings::{self, Compute, Sent},
    table::{Field, Table},
};

/// Who may do what, and what things are called by: nobody expects an effect here.
const SILENT: &[&str] = &[
    "Role",
    "Policies",
    "PermissionsBoundary",
    "AssumeRolePolicyDocument",
    "RolePath",
    "Tags",
    "PropagateTags",
];

/// What changes nothing about how a function runs here, although it does on AWS.
const WITHOUT_EFFECT: &[&str] = &[
    "VpcConfig",
    "KmsKeyArn",
    "SourceKMSKeyArn",
    "CodeSigningConfigArn",
    "RuntimeManagementConfig",
    "RecursiveLoop",
    "DeploymentPreference",
    "VersionDescription",
    "VersionDeletionPolicy",
    "AutoPublishCodeSha256",
    "AutoPublishAliasAllProperties",
    "PublishToLatestPublished",
    "FunctionScalingConfig",
];

impl Reader<'_> {
    /// Reads a function; none if it could not run here, which is remarked.
    pub(super) fn function(&mut self, resource: &Resource) -> Result<Option<FunctionConfiguration>, Problem> {
        let template = self.template;
        let scope = Scope { template, user: Some(&resource.id) };
        let mut table = properties(&scope, resource);
        let name = template.name(resource)?;
        let given = table.take("FunctionName")?;
        settings::function_name(&name, given.map_or(resource.line, |field| field.line()))?;
        let handler = text(&mut table, "Handler")?;

        let layers = table.take("Layers")?.map(Field::list).transpose()?;
        let code = match self.code(resource, &mut table, handler.as_deref(), &name, layers.is_some())? {
            Found::Code(code) => code,
            Found::Elsewhere(reason) => {
                template.remark(resource.line, Remark::Function { id: resource.id.clone(), reason });
                return Ok(None);
            }
        };
        let mut function = FunctionConfiguration::new(name, resource.line, code);
        function.handler = handler.unwrap_or(function.handler);
        self.layers(layers.unwrap_or_default(), &mut function)?;
        self.limits(resource, &mut table, &mut function)?;

        if let Some(description) = text(&mut table, "Description")? {
            function.description = description;
        }
        if let Some(mut environment) = sub_table(&mut table, "Environment")? {
            if let Some(variables) = environment.take("Variables")? {
                let lines = lines(&variables);
                function.environment = settings::environment(variables)?;
                self.remark_dynamic(&function, &lines);
            }
            self.rest(resource, &environment);
        }
        if let Some(field) = table.take("Architectures")? {
            let expected = field.expected("a list of one, x86_64 or arm64");
            let [architecture] = field.list()?.try_into().map_err(|_| expected)?;
            function.architecture = settings::architecture(&architecture)?;
        }
        if let Some(mut logging) = sub_table(&mut table, "LoggingConfig")? {
            function.logging = read_logging(&mut logging)?;
            self.rest(resource, &logging);
        }
        if let Some(mut snap_start) = sub_table(&mut table, "SnapStart")? {
            if let Some(when) = snap_start.take("ApplyOn")? {
                function.snap_start = when.choice(&[("PublishedVersions", true), ("None", false)])?;
            }
            self.rest(resource, &snap_start);
        }
        if let Some(mut tenancy) = sub_table(&mut table, "TenancyConfig")? {
            if let Some(mode) = tenancy.take("TenantIsolationMode")? {
                function.per_tenant = mode.choice(&[("PER_TENANT", true)])?;
            }
            self.rest(resource, &tenancy);
        }
        if resource.role == Role::ServerlessFunction {
            self.serverless(resource, &mut table, &mut function)?;
        } else {
            if let Some(mut tracing) = sub_table(&mut table, "TracingConfig")? {
                if let Some(mode) = tracing.take("Mode")? {
                    let modes = [("Active", Tracing::Active), ("PassThrough", Tracing::PassThrough)];
                    function.tracing = mode.choice(&modes)?;
                }
                self.rest(resource, &tracing);
            }
            if let Some(mut dead_letter) = sub_table(&mut table, "DeadLetterConfig")? {
                let target = dead_letter.take("TargetArn")?;
                let target = target.map(|target| settings::destination(&target, Sent::DeadLetters));
                function.dead_letter = target.transpose()?;
                self.rest(resource, &dead_letter);
            }
        }
        for silent in SILENT {
            table.ignore(silent);
        }
        self.without_effect(resource, &mut table, WITHOUT_EFFECT);
        self.rest(resource, &table);
        Ok(Some(function))
    }

    fn code(
        &self,
        resource: &Resource,
        table: &mut Table<'_>,
        handler: Option<&str>,
        name: &str,
        has_layers: bool,
    ) -> Result<Found, Problem> {
        let elsewhere = |reason: &str| Ok(Found::Elsewhere(reason.to_owned()));
        if let Some(kind) = table.take("PackageType")?
            && kind.choice(&[("Image", true), ("Zip", false)])?
        {
            return elsewhere("container images are not emulated");
        }
        if table.ignore("ImageUri") {
            return elsewhere("container images are not emulated");
        }
        let Some(runtime) = table.take("Runtime")? else {
            return Err(table.missing("Runtime", "such as provided.al2023"));
        };
        if !matches!(runtime.text()?, runtime if runtime == "provided" || runtime.starts_with("provided.")) {
            return Ok(Found::Elsewhere(format!("runtime {} has no bootstrap here", runtime.text()?)));
        }
        if table.ignore("InlineCode") {
            return elsewhere("code in the template is for other runtimes");
        }
        let property = if resource.role == Role::ServerlessFunction { "CodeUri" } else { "Code" };
        let Some(code) = table.take(property)? else {
            return Err(table.missing(property, "a folder with a bootstrap, a .zip file or an executable"));
        };
        if let Value::Map(entries) = &code.node.value {
            let has = |key: &str| entries.iter().any(|entry| entry.key == key);
            if has("ZipFile") {
                return elsewhere("code in the template is for other runtimes");
            }
            if has("ImageUri") {
                return elsewhere("container images are not emulated");
            }
        }
        let scope = self.template.scope();
        if let Some(made) = self.products.get(&resource.id) {
            let made = made.clone();
            let code = if made.is_dir() { Code::Folder(made) } else { Code::Executable(made) };
            return Ok(Found::Code(code));
        }
        let build = Build::read(resource, &scope)?;
        let names = [handler.filter(|handler| *handler != "bootstrap"), Some(&*resource.id), Some(name)];
        let names: Vec<_> = names.into_iter().flatten().collect();
        code::find(&code, &self.folder, &build, &names, has_layers)
    }

    /// Dynamic references are resolved by nobody here.
    fn remark_dynamic(&self, function: &FunctionConfiguration, lines: &BTreeMap<String, usize>) {
        for (name, _) in function.environment.iter().filter(|(_, value)| value.contains("{{resolve:")) {
            let line = lines.get(name).copied().unwrap_or(function.line);
            self.template.remark(line, Remark::Dynamic { name: name.clone() });
        }
    }

    fn layers(&self, layers: Vec<Field<'_>>, function: &mut FunctionConfiguration) -> Result<(), Problem> {
        if let Some(last) = layers.last() {
            settings::count_layers(layers.len(), last)?;
        }
        for field in layers {
            let arn = field.text_or("the ARN of a layer")?;
            match self.layers.get(arn) {
                Some(Some(layer)) => function.layers.push(Layer::clone(layer)),
                _ => self.template.remark(field.line(), Remark::Layer { layer: arn.to_owned() }),
            }
        }
        Ok(())
    }

    /// Time, memory and concurrency.
    fn limits(
        &self,
        resource: &Resource,
        table: &mut Table<'_>,
        function: &mut FunctionConfiguration,
    ) -> Result<(), Problem> {
        let managed = self.capacity_provider(resource, table)?;
        let compute = if managed.is_some() { Compute::ManagedInstances } else { Compute::Lambda };
        if let Some(timeout) = table.take("Timeout")? {
            let range = limits::TIMEOUT_MIN.as_secs()..=compute.timeout_max().as_secs();
            function.timeout = Duration::from_secs(timeout.whole("of seconds", range)?);
        }
        if let Some(memory) = table.take("MemorySize")? {
            function.memory_mb = settings::memory(&memory, compute)?;
        }
        if let Some(mut storage) = sub_table(table, "EphemeralStorage")? {
            match storage.take("Size")? {
                Some(size) => function.ephemeral_storage_mb = settings::ephemeral_storage(&size)?,
                None => return Err(storage.missing("Size", "a whole number of MB")),
            }
            self.rest(resource, &storage);
        }
        if let Some(reserved) = table.take("ReservedConcurrentExecutions")? {
            function.reserved_concurrency = Some(reserved.count(0)?);
        }
        if let Some(mut provider) = managed {
            function.max_concurrency = Some(max_concurrency(&mut provider, function.memory_mb)?);
            self.rest(resource, &provider);
        }
        Ok(())
    }

    /// What says that a function runs on Lambda Managed Instances; SAM has it one level higher.
    fn capacity_provider<'a>(
        &self,
        resource: &Resource,
        table: &mut Table<'a>,
    ) -> Result<Option<Table<'a>>, Problem> {
        const INNER: &str = "LambdaManagedInstancesCapacityProviderConfig";

        let Some(mut outer) = sub_table(table, "CapacityProviderConfig")? else { return Ok(None) };
        if resource.role == Role::ServerlessFunction {
            outer.ignore("Arn");
            return Ok(Some(outer));
        }
        let Some(mut inner) = sub_table(&mut outer, INNER)? else {
            return Err(outer.missing(INNER, "a map"));
        };
        self.rest(resource, &outer);
        inner.ignore("CapacityProviderArn");
        Ok(Some(inner))
    }
}

/// Where the variables stand.
fn lines(variables: &Field<'_>) -> BTreeMap<String, usize> {
    match &variables.node.value {
        Value::Map(entries) => entries.iter().map(|entry| (entry.key.clone(), entry.line)).collect(),
        _ => BTreeMap::new(),
    }
}

/// How many invocations an execution environment on a managed instance serves at once.
fn max_concurrency(provider: &mut Table<'_>, memory_mb: u32) -> Result<u32, Problem> {
    let ratios = [("2", 2), ("2.0", 2), ("4", 4), ("4.0", 4), ("8", 8), ("8.0", 8)];
    let gib_per_cpu = provider.take("ExecutionEnvironmentMemoryGiBPerVCpu")?;
    let gib_per_cpu = gib_per_cpu.map(|ratio| ratio.choice(&ratios)).transpose()?;
    if let Some(most) = provider.take("PerExecutionEnvironmentMaxConcurrency")? {
        return settings::max_concurrency(&most);
    }
    let cpus = (memory_mb / 1024 / gib_per_cpu.unwrap_or(2)).max(1);
    Ok(cpus * limits::CONCURRENCY_PER_CPU_DEFAULT)
}

fn read_logging(table: &mut Table<'_>) -> Result<LoggingConfiguration, Problem> {
    Ok(LoggingConfiguration {
        format: table.take("LogFormat")?.map(|field| settings::log_format(&field)).transpose()?,
        level: table.take("ApplicationLogLevel")?.map(|field| settings::log_level(&field)).transpose()?,
        system_level: table
            .take("SystemLogLevel")?
            .map(|field| settings::system_level(&field))
            .transpose()?,
        group: text(table, "LogGroup")?,
    })
}

pub(super) fn text(table: &mut Table<'_>, name: &'static str) -> Result<Option<String>, Problem> {
    table.take(name)?.map(|field| field.text().map(str::to_owned)).transpose()
}

pub(super) fn sub_table<'a>(table: &mut Table<'a>, name: &'static str) -> Result<Option<Table<'a>>, Problem> {
    table.take(name)?.map(Field::table).transpose()
}
