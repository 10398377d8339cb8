//! One application behind each front of the mock and on a server of its own: the answers are the same, byte for byte.
//!
//! Where a format forces a difference, there is a row for it in `differences`, and no difference without a row.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::net::SocketAddr;

use lambda_runtime::{
    RawPayload, Runtime,
    http::{HttpLayer, InvokeMode},
};
use mock_server::{Front, FunctionUrl, MockLambda, OpenFront, UrlSettings};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner},
};
use tokio::net::TcpListener;

mod app;
mod client;
mod differences;
mod generated;

use client::{Seen, Sent};
use differences::{DIFFERENCES, Difference, Normaliser, change_echo};

/// A way from a client to the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Url,
    UrlStream,
    HttpApi,
    HttpApi1,
    Rest,
    RestStream,
    Alb,
    AlbMulti,
    Lattice,
    Lattice1,
}

/// What is open as long as it is needed.
enum Open {
    Url(FunctionUrl),
    Front(OpenFront),
}

impl Way {
    fn open(self, mock: &MockLambda) -> Open {
        let any = ([127, 0, 0, 1], 0).into();
        let front = |name, front| Open::Front(mock.listen_front(any, name, front).unwrap());
        match self {
            Self::Url => Open::Url(mock.listen_url(any, "whole", UrlSettings::default()).unwrap()),
            Self::UrlStream => {
                let settings = UrlSettings::default().invoke_mode(mock_server::InvokeMode::ResponseStream);
                Open::Url(mock.listen_url(any, "streams", settings).unwrap())
            }
            Self::HttpApi => front("whole", Front::http_api()),
            Self::HttpApi1 => front("whole", Front::http_api().payload_format_1()),
            Self::Rest => front("whole", Front::rest_api().binary_media_types(["*/*"])),
            Self::RestStream => {
                front("streams", Front::rest_api().binary_media_types(["*/*"]).response_stream())
            }
            Self::Alb => front("whole", Front::load_balancer()),
            Self::AlbMulti => front("whole", Front::load_balancer().multi_value_headers()),
            Self::Lattice => front("whole", Front::lattice()),
            Self::Lattice1 => front("whole", Front::lattice().event_version_1()),
        }
    }

    fn differences(self) -> impl Iterator<Item = &'static Difference> {
        DIFFERENCES.iter().filter(move |difference| difference.ways.contains(&self))
    }
}

impl Open {
    fn address(&self) -> SocketAddr {
        match self {
            Self::Url(url) => url.address(),
            Self::Front(front) => front.address(),
        }
    }
}

/// The application on a server, and behind a front.
struct Both {
    way: Way,
    runtime: tokio::runtime::Runtime,
    server: SocketAddr,
    front: SocketAddr,
    _open: Open,
    _mock: MockLambda,
}

impl Both {
    fn new(way: Way) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (server, front, open, mock) = runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let server = listener.local_addr().unwrap();
            tokio::spawn(async move { axum::serve(listener, app::app()).await });

            let mock = MockLambda::new();
            for (name, mode) in [("whole", InvokeMode::Buffered), ("streams", InvokeMode::ResponseStream)] {
                mock.function(name).in_process(move |api| {
                    let layer = HttpLayer::new().invoke_mode(mode);
                    Runtime::new(app::app()).layer(layer).endpoint(api).run::<RawPayload>()
                });
            }
            let open = way.open(&mock);
            (server, open.address(), open, mock)
        });
        Self { way, runtime, server, front, _open: open, _mock: mock }
    }

    /// Both answers, without the differences that are not `left_out`.
    fn answers(&self, sent: &Sent, left_out: Option<&str>) -> (Seen, Seen) {
        let mut for_server = sent.clone();
        let differences = || self.way.differences().filter(|one| left_out != Some(one.name));
        for difference in differences() {
            if let Normaliser::Request(change) = difference.normaliser {
                change(&mut for_server);
            }
        }
        let (mut of_server, mut of_front) =
            self.runtime.block_on(async { (for_server.ask(self.server).await, sent.ask(self.front).await) });
        for difference in differences() {
            match difference.normaliser {
                Normaliser::Request(_) => {}
                Normaliser::Answer(change) => [&mut of_server, &mut of_front].into_iter().for_each(change),
                Normaliser::Front(change) => change(&mut of_front, &of_server),
                Normaliser::Echo(change) => {
                    [&mut of_server, &mut of_front].into_iter().for_each(|seen| change_echo(seen, change));
                }
            }
        }
        (of_server, of_front)
    }

    /// The answers to 1,000 requests are the same.
    fn agree(self) {
        let config = Config { cases: 1_000, failure_persistence: None, ..Config::default() };
        let result = TestRunner::new(config).run(&generated::request(), |sent| {
            let (of_server, of_front) = self.answers(&sent, None);
            if of_server == of_front {
                return Ok(());
            }
            let shown = |seen: &Seen| {
                format!("{} {:?}\n{}", seen.status, seen.headers, String::from_utf8_lossy(&seen.body))
            };
            Err(TestCaseError::fail(format!("server: {}\nfront:  {}", shown(&of_server), shown(&of_front))))
        });
        if let Err(failed) = result {
            panic!("{:?}: {failed}", self.way);
        }
    }
}

macro_rules! agree {
    ($($name:ident: $way:ident;)*) => {$(
        #[test]
        fn $name() {
            Both::new(Way::$way).agree();
        }
    )*};
}

agree! {
    a_function_url_answers_as_a_server_does: Url;
    a_function_url_that_streams_answers_as_a_server_does: UrlStream;
    an_http_api_answers_as_a_server_does: HttpApi;
    an_http_api_with_format_1_answers_as_a_server_does: HttpApi1;
    a_rest_api_answers_as_a_server_does: Rest;
    a_rest_api_that_streams_answers_as_a_server_does: RestStream;
    a_load_balancer_answers_as_a_server_does: Alb;
    a_load_balancer_with_multi_value_headers_answers_as_a_server_does: AlbMulti;
    a_service_of_lattice_answers_as_a_server_does: Lattice;
    a_service_of_lattice_with_version_1_answers_as_a_server_does: Lattice1;
}

/// Without one of its rows, each front answers some request in another way: there is no row too many.
#[test]
fn each_difference_is_one() {
    let mut idle = Vec::new();
    for way in [
        Way::Url,
        Way::UrlStream,
        Way::HttpApi,
        Way::HttpApi1,
        Way::Rest,
        Way::RestStream,
        Way::Alb,
        Way::AlbMulti,
        Way::Lattice,
        Way::Lattice1,
    ] {
        let both = Both::new(way);
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let requests: Vec<_> =
            (0..400).map(|_| generated::request().new_tree(&mut runner).unwrap().current()).collect();
        for difference in way.differences() {
            let differs = |sent: &Sent| {
                let (of_server, of_front) = both.answers(sent, Some(difference.name));
                of_server != of_front
            };
            if !requests.iter().any(differs) {
                idle.push(format!("{way:?}: {}", difference.name));
            }
        }
    }
    assert!(idle.is_empty(), "{idle:#?}");
}
