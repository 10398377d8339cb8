//! The smallest typed function: a weather report in, a sentence out.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Weather {
    temperature_k: f64,
    wind_kmh: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    sentence: String,
    temperature_c: f64,
    wind_kmh: f64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(hello)).await
}

async fn hello(event: LambdaEvent<Weather>) -> Result<Report, Error> {
    let weather = event.payload;
    // Tenths are what a weather report gives, and what a floating-point difference does not.
    let temperature_c = ((weather.temperature_k - 273.15) * 10.0).round() / 10.0;
    // A gauge that is mounted the wrong way round measures the same wind.
    let wind_kmh = weather.wind_kmh.abs();
    let sentence = format!("Hello! It is {temperature_c} °C, and the wind blows at {wind_kmh} km/h.");
    Ok(Report { sentence, temperature_c, wind_kmh })
}
