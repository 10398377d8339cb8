//! Reads one event so often: `read ours|incumbent SOURCE:RECORDS TIMES`.

use std::hint::black_box;

use lambda_events::{apigw::HttpRequest, aws::event, kinesis::Kinesis, sqs::Sqs};
use serde_json::from_slice;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (side, name) = (arguments.next().unwrap_or_default(), arguments.next().unwrap_or_default());
    let times: u32 = arguments.next().and_then(|times| times.parse().ok()).unwrap_or(1);
    let (source, records) = name.split_once(':').unwrap_or((&name, "1"));
    let json = peers::event(source, records.parse().expect("a number")).expect("an event");
    let read = |bytes: &[u8]| match (&*side, source) {
        ("ours", "sqs") => drop(black_box(lambda_events::from_slice::<Sqs<'_>>(bytes).expect("parses"))),
        ("ours", "kinesis") => {
            drop(black_box(lambda_events::from_slice::<Kinesis<'_>>(bytes).expect("parses")))
        }
        ("ours", "apigw") => {
            drop(black_box(lambda_events::from_slice::<HttpRequest<'_>>(bytes).expect("parses")))
        }
        ("incumbent", "sqs") => {
            drop(black_box(from_slice::<event::sqs::SqsEvent>(bytes).expect("parses")));
        }
        ("incumbent", "kinesis") => {
            drop(black_box(from_slice::<event::kinesis::KinesisEvent>(bytes).expect("parses")));
        }
        ("incumbent", "apigw") => {
            drop(black_box(from_slice::<event::apigw::ApiGatewayV2httpRequest>(bytes).expect("parses")));
        }
        other => panic!("{other:?} is nothing to read"),
    };
    for _ in 0..times {
        read(black_box(&json));
    }
}
