//! What invokes a function of SAM: routes of its two APIs. Other events are in `triggers`; what is not served is named.
//!
//! Sources: events of type
//! [HttpApi](https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-httpapi.html)
//! and [Api](https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-api.html).
//! SAM makes one API of each kind of those that name none; here others are not told apart from it.

use mock_server::Front;

use super::{
    Reader,
    function::{sub_table, text},
    sections::Resource,
    triggers::TYPES,
};
use crate::cli::config::{
    model::{Api, FrontConfiguration, FunctionConfiguration, Qualifier, RouteConfiguration},
    problem::{Problem, Remark},
    table::{Field, Table},
};

/// The stage that SAM gives to a REST API.
const STAGE: &str = "Prod";

/// What an event of an API has beside its route.
const WITHOUT_EFFECT: &[&str] = &[
    "Auth",
    "ApiId",
    "RestApiId",
    "PayloadFormatVersion",
    "RequestModel",
    "RequestParameters",
    "ResponseTransferMode",
    "RouteSettings",
    "TimeoutInMillis",
];

impl Reader<'_> {
    /// Reads the events, and names those that are not served.
    pub(super) fn events(
        &mut self,
        resource: &Resource,
        events: Field<'_>,
        qualifier: &Qualifier,
        function: &mut FunctionConfiguration,
    ) -> Result<(), Problem> {
        for event in events.table()?.take_all()? {
            let (path, line, name) = (event.path.clone(), event.key_line, event.name.clone());
            let mut event = event.table()?;
            let Some(kind) = text(&mut event, "Type")? else {
                return Err(event.missing("Type", "such as HttpApi"));
            };
            let api = match &*kind {
                "HttpApi" => Api::Http,
                "Api" => Api::Rest,
                kind if TYPES.contains(&kind) => {
                    let Some(mut properties) = sub_table(&mut event, "Properties")? else {
                        return Err(event.missing("Properties", "with what the event comes from"));
                    };
                    properties.line = line;
                    self.trigger(resource, (&name, kind), properties, qualifier, function)?;
                    self.rest(resource, &event);
                    continue;
                }
                _ => {
                    self.template.remark(line, Remark::EventSource { path, kind });
                    continue;
                }
            };
            let route = match sub_table(&mut event, "Properties")? {
                Some(mut properties) => {
                    let route = route(&mut properties, api)?;
                    self.without_effect(resource, &mut properties, WITHOUT_EFFECT);
                    self.rest(resource, &properties);
                    route
                }
                None if api == Api::Http => DEFAULT.to_owned(),
                None => return Err(event.missing("Properties", "with Path and Method")),
            };
            self.rest(resource, &event);
            function.routes.push(RouteConfiguration { line, api, route, qualifier: qualifier.clone() });
        }
        Ok(())
    }
}

const DEFAULT: &str = "$default";

/// The route of an event. An HTTP API has one for everything else, which has neither path nor method.
fn route(properties: &mut Table<'_>, api: Api) -> Result<String, Problem> {
    const PATH: &str = "a path that begins with /";
    const METHOD: &str = "a method or ANY";

    let (path, method) = (properties.take("Path")?, properties.take("Method")?);
    let (path, method) = match (path, method) {
        (None, None) if api == Api::Http => return Ok(DEFAULT.to_owned()),
        (None, _) => return Err(properties.missing("Path", PATH)),
        (Some(path), Some(method)) => (path, method),
        (Some(path), None) if api == Api::Http && path.text()? == DEFAULT => return Ok(DEFAULT.to_owned()),
        (Some(_), None) => return Err(properties.missing("Method", METHOD)),
    };
    let method_text = match method.text_or(METHOD)? {
        "x-amazon-apigateway-any-method" => "ANY",
        method => method,
    };
    if method_text.is_empty() || !method_text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Err(method.expected(METHOD));
    }
    let text = path.text_or(PATH)?;
    if !text.starts_with('/') {
        return Err(path.expected(PATH));
    }
    Ok(format!("{} {text}", method_text.to_ascii_uppercase()))
}

/// The APIs of all routes.
pub(super) fn fronts(functions: &[FunctionConfiguration]) -> Vec<FrontConfiguration> {
    let apis = [(Api::Http, Front::http_api()), (Api::Rest, Front::rest_api().stage(STAGE))];
    let fronts = apis.into_iter().filter_map(|(api, front)| {
        let mut routes = functions
            .iter()
            .flat_map(|function| function.routes.iter().map(move |route| (function, route)))
            .filter(|(_, route)| route.api == api)
            .peekable();
        let line = routes.peek()?.1.line;
        let (mut front, mut routed) = (front.only_routes(), Vec::new());
        for (function, route) in routes {
            let name = match &route.qualifier {
                Qualifier::Latest => function.name.clone(),
                qualifier => format!("{}:{qualifier}", function.name),
            };
            front = front.route(&route.route, &name);
            routed.push((route.line, name));
        }
        Some(FrontConfiguration { line, address: None, api: Some(api), function: None, routed, front })
    });
    fronts.collect()
}
