//! The tables `[[front]]`: API Gateway, load balancers, VPC Lattice.

use mock_server::Front;

use super::address;
use crate::cli::config::{
    model::FrontConfiguration,
    problem::Problem,
    table::{Field, Table},
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    HttpApi,
    RestApi,
    LoadBalancer,
    Lattice,
}

const KINDS: [(&str, Kind); 4] = [
    ("http-api", Kind::HttpApi),
    ("rest-api", Kind::RestApi),
    ("load-balancer", Kind::LoadBalancer),
    ("lattice", Kind::Lattice),
];

const FUNCTION: &str = "the name of a function";

pub(super) fn read(field: Field<'_>) -> Result<FrontConfiguration, Problem> {
    let mut table = field.table()?;
    let Some(kind) = table.take("kind")? else {
        return Err(table.missing("kind", "http-api, rest-api, load-balancer or lattice"));
    };
    let kind = kind.choice(&KINDS)?;
    let (line, address) = (table.line, address(&mut table)?);
    let function = table.take("function")?;
    let function = function.map(|function| Ok((function.line(), function.text_or(FUNCTION)?.to_owned())));
    let function = function.transpose()?;
    let mut front = match kind {
        Kind::HttpApi if is_first(&mut table, "payload-format")? => Front::http_api().payload_format_1(),
        Kind::HttpApi => Front::http_api(),
        Kind::RestApi => rest_api(&mut table)?,
        Kind::LoadBalancer => match table.take("multi-value-headers")? {
            Some(flag) if flag.flag()? => Front::load_balancer().multi_value_headers(),
            _ => Front::load_balancer(),
        },
        Kind::Lattice if is_first(&mut table, "event-version")? => Front::lattice().event_version_1(),
        Kind::Lattice => Front::lattice(),
    };
    let mut routed: Vec<_> = function.clone().into_iter().collect();
    if matches!(kind, Kind::HttpApi | Kind::RestApi) {
        if let Some(stage) = table.take("stage")? {
            front = front.stage(stage.text()?);
        }
        let routes = table.take("routes")?.map(Field::table).transpose()?;
        for route in routes.map(|mut table| table.take_all()).transpose()?.unwrap_or_default() {
            let function = route.text_or(FUNCTION)?;
            routed.push((route.line(), function.to_owned()));
            front = front.route(&route.name, function);
        }
    }
    if routed.is_empty() {
        return Err(table.missing("function", FUNCTION));
    }
    if function.is_none() {
        front = front.only_routes();
    }
    table.finish()?;
    let function = function.map(|(_, function)| function);
    Ok(FrontConfiguration { line, address, api: None, function, routed, front })
}

fn rest_api(table: &mut Table<'_>) -> Result<Front, Problem> {
    let mut front = Front::rest_api();
    if let Some(types) = table.take("binary-media-types")? {
        front = front.binary_media_types(types.texts()?);
    }
    if let Some(mode) = table.take("mode")?
        && mode.choice(&[("buffer", false), ("stream", true)])?
    {
        front = front.response_stream();
    }
    Ok(front)
}

/// Whether the first of two versions is wanted; without a word it is the second.
fn is_first(table: &mut Table<'_>, name: &'static str) -> Result<bool, Problem> {
    let Some(version) = table.take(name)? else { return Ok(false) };
    version.choice(&[("1.0", true), ("1", true), ("2.0", false), ("2", false)])
}
