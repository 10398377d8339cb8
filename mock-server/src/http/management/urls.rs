//! URLs that lead to a function.
//!
//! Each is opened on a port of its own, where a browser reaches it. Source:
//! [function URLs](https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html).

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{Response, StatusCode};
use serde::{Deserialize, Serialize};

use super::{
    Request, arn, date, no_content, ok, or_latest,
    page::{Page, page},
    reply,
    violations::Violations,
};
use crate::http::{
    function_url::{self, FunctionUrl, InvokeMode, OpenUrl, UrlAuth, UrlSettings},
    refusal::Refusal,
    target::Target,
};

const QUALIFIER_PATTERN: &str = r"((?!^\d+$)^[0-9a-zA-Z-_]+$)";

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Wanted {
    auth_type: Option<String>,
    cors: Option<Cors>,
    invoke_mode: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
struct Cors {
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_credentials: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_headers: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_methods: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_origins: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expose_headers: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_age: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shown {
    function_url: String,
    function_arn: String,
    auth_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cors: Option<Cors>,
    creation_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_modified_time: Option<String>,
    invoke_mode: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    function_url_configs: Vec<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

impl Wanted {
    fn check(&self, is_new: bool) -> Result<(), Refusal> {
        let mut violations = Violations::default();
        if is_new {
            violations.present(&self.auth_type, "authType");
        }
        violations.one_of(self.auth_type.as_deref(), "authType", &["NONE", "AWS_IAM"]);
        violations.one_of(self.invoke_mode.as_deref(), "invokeMode", &["BUFFERED", "RESPONSE_STREAM"]);
        let max_age = self.cors.as_ref().and_then(|cors| cors.max_age);
        violations.range(max_age, "cors.maxAge", 0..=86_400);
        for method in self.cors.iter().flat_map(|cors| cors.allow_methods.iter().flatten()) {
            violations.length(Some(method), "cors.allowMethods", 0..=6);
        }
        violations.end()
    }

    fn apply(self, mut settings: UrlSettings) -> UrlSettings {
        if let Some(auth_type) = self.auth_type {
            settings.auth = if auth_type == "AWS_IAM" { UrlAuth::AwsIam } else { UrlAuth::None };
        }
        if let Some(invoke_mode) = self.invoke_mode {
            let streams = invoke_mode == "RESPONSE_STREAM";
            settings.mode = if streams { InvokeMode::ResponseStream } else { InvokeMode::Buffered };
        }
        if let Some(cors) = self.cors {
            settings.cors = Some(cors.into());
        }
        settings
    }
}

impl From<Cors> for function_url::Cors {
    fn from(cors: Cors) -> Self {
        let max_age = cors.max_age.and_then(|seconds| u64::try_from(seconds).ok());
        Self {
            allow_credentials: cors.allow_credentials,
            allow_headers: cors.allow_headers.unwrap_or_default(),
            allow_methods: cors.allow_methods.unwrap_or_default(),
            allow_origins: cors.allow_origins.unwrap_or_default(),
            expose_headers: cors.expose_headers.unwrap_or_default(),
            max_age: max_age.map(Duration::from_secs),
        }
    }
}

impl From<&function_url::Cors> for Cors {
    fn from(cors: &function_url::Cors) -> Self {
        let list = |items: &Vec<String>| Some(items.clone()).filter(|items| !items.is_empty());
        Self {
            allow_credentials: cors.allow_credentials,
            allow_headers: list(&cors.allow_headers),
            allow_methods: list(&cors.allow_methods),
            allow_origins: list(&cors.allow_origins),
            expose_headers: list(&cors.expose_headers),
            max_age: cors.max_age.and_then(|age| i64::try_from(age.as_secs()).ok()),
        }
    }
}

/// The URLs that this API has opened: they are closed with what they lead to.
#[derive(Debug)]
pub(super) struct Opened {
    ip: IpAddr,
    urls: Mutex<Vec<FunctionUrl>>,
}

impl Opened {
    /// They are opened beside the API, which is at this address.
    pub(super) fn new(ip: IpAddr) -> Self {
        Self { ip, urls: Mutex::default() }
    }

    /// Closes all that lead to a function.
    pub(super) fn close_of(&self, function: &str) {
        self.keep(|url| url.function != function);
    }

    /// Closes what leads to an alias.
    pub(super) fn close(&self, function: &str, alias: &str) {
        self.keep(|url| url.function != function || url.settings().qualifier.as_deref() != Some(alias));
    }

    fn keep(&self, is_kept: impl Fn(&OpenUrl) -> bool) {
        self.urls.lock().unwrap_or_else(PoisonError::into_inner).retain(|url| is_kept(url.opened()));
    }
}

/// How it is shown. Its address is where it can be opened here, and not that of Lambda.
fn shown(url: &OpenUrl) -> Shown {
    let settings = url.settings();
    // Nobody can open what means all addresses.
    let ip = if url.address.ip().is_unspecified() { Ipv4Addr::LOCALHOST.into() } else { url.address.ip() };
    Shown {
        function_url: format!("http://{}/", SocketAddr::new(ip, url.address.port())),
        function_arn: arn(&url.function, settings.qualifier.as_deref()),
        auth_type: match settings.auth {
            UrlAuth::AwsIam => "AWS_IAM",
            UrlAuth::None => "NONE",
        },
        cors: settings.cors.as_ref().map(Cors::from),
        creation_time: date(url.opened),
        last_modified_time: Some(date(url.configured())),
        invoke_mode: match settings.mode {
            InvokeMode::Buffered => "BUFFERED",
            InvokeMode::ResponseStream => "RESPONSE_STREAM",
        },
    }
}

/// The function that is meant, with the alias; a version cannot be.
fn target(request: &Request<'_>) -> Result<Target, Refusal> {
    let target = request.target()?;
    let is_alias = |text: &str| text != "$LATEST" && !text.bytes().all(|byte| byte.is_ascii_digit());
    let mut violations = Violations::default();
    violations.pattern(target.qualifier.as_deref(), "qualifier", is_alias, QUALIFIER_PATTERN);
    violations.end()?;
    Ok(target)
}

fn no_function() -> Refusal {
    Refusal::no_resource("Function does not exist".to_owned())
}

fn no_url() -> Refusal {
    Refusal::no_resource("The resource you requested does not exist.".to_owned())
}

/// Refuses what there is no function or alias for.
fn check(request: &Request<'_>, target: &Target) -> Result<(), Refusal> {
    let hub = request.service.world.hub();
    let function = hub.catalog.find(&target.name).ok_or_else(no_function)?;
    hub.catalog.check(function, target.qualifier.as_deref()).map_err(|_| no_function())
}

/// The URL of a function or an alias, if there is one.
fn find(request: &Request<'_>, target: &Target) -> Option<Arc<OpenUrl>> {
    let urls = request.service.world.urls.of(&target.name);
    urls.into_iter().find(|url| url.settings().qualifier == target.qualifier)
}

pub(super) fn create(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let target = target(request)?;
    let wanted: Wanted = request.read()?;
    wanted.check(true)?;
    check(request, &target)?;
    if find(request, &target).is_some() {
        return Err(Refusal::conflict(format!(
            "Failed to create function url config for [functionArn = {}]. Error message:  FunctionUrlConfig exists for \
             this Lambda function",
            arn(&target.name, target.qualifier.as_deref())
        )));
    }
    let Opened { ip, urls } = &request.service.managed.urls;
    let settings = wanted.apply(UrlSettings { qualifier: target.qualifier, ..UrlSettings::default() });
    let opened = FunctionUrl::open(&request.service.world, (*ip, 0).into(), target.name, settings);
    let url = opened
        .map_err(|error| Refusal::service(format!("there is no port for the function URL: {error}")))?;
    let shown = Shown { last_modified_time: None, ..shown(url.opened()) };
    urls.lock().unwrap_or_else(PoisonError::into_inner).push(url);
    reply(StatusCode::CREATED, &shown)
}

pub(super) fn get(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let target = target(request)?;
    ok(&shown(&*find(request, &target).ok_or_else(no_url)?))
}

pub(super) fn update(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let target = target(request)?;
    let wanted: Wanted = request.read()?;
    wanted.check(false)?;
    check(request, &target)?;
    let url = find(request, &target).ok_or_else(no_url)?;
    let settings = wanted.apply(UrlSettings::clone(&url.settings()));
    url.configure(settings, request.now());
    ok(&shown(&url))
}

pub(super) fn delete(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let target = target(request)?;
    let url = find(request, &target).ok_or_else(no_url)?;
    request.service.managed.urls.keep(|kept| kept.id != url.id);
    // It may be one that somebody else has opened.
    request.service.world.urls.close(&url.id);
    Ok(no_content())
}

pub(super) fn list(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let target = request.whole_function()?;
    check(request, &target)?;
    let urls = request.service.world.urls.of(&target.name);
    let items = urls.iter().map(|url| {
        let qualifier = url.settings().qualifier.clone();
        (or_latest(qualifier.as_deref()).into_owned(), shown(url))
    });
    let Page { items, next_marker } = page(request, 50, items.collect())?;
    ok(&List { function_url_configs: items, next_marker })
}
