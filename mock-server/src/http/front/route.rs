//! Which function a request to API Gateway goes to: methods and paths with variables.
//!
//! Sources: [routes of HTTP APIs](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html) and
//! [proxy resources of REST APIs](https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html).
//! The most specific route wins: a fixed segment before a variable, a variable before a greedy one, a method before `ANY`.
//! They differ in when the method counts: an HTTP API looks among the routes with the method, a REST API finds the resource
//! first. And a REST API takes no notice of a slash at the end.

use std::{cmp::Reverse, collections::BTreeMap};

use crate::StartError;

const DEFAULT: &str = "$default";
const ANY: &str = "ANY";

/// The routes of a front.
#[derive(Debug, Default)]
pub(super) struct Routes(Vec<Route>);

#[derive(Debug)]
struct Route {
    /// As it is given to functions: `GET /orders/{id}` or `$default`.
    key: String,
    function: String,
    /// `None` for `$default`.
    matcher: Option<Matcher>,
}

#[derive(Debug)]
struct Matcher {
    /// `None` for any.
    method: Option<String>,
    resource: String,
    segments: Vec<Segment>,
}

/// The more specific ones come first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Fixed(String),
    Variable(String),
    Greedy(String),
}

/// Where a request goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found<'a> {
    pub(super) key: &'a str,
    pub(super) resource: &'a str,
    pub(super) function: &'a str,
    pub(super) parameters: BTreeMap<String, String>,
}

impl Routes {
    /// Reads routes, each with its function. Later ones win over earlier ones.
    pub(super) fn read(routes: &[(String, String)]) -> Result<Self, StartError> {
        let read = routes.iter().rev().map(|(route, function)| {
            Route::read(route, function).ok_or_else(|| StartError::Route { route: route.clone() })
        });
        read.collect::<Result<_, _>>().map(Self)
    }

    /// The route of an HTTP API.
    pub(super) fn of_http_api(&self, method: &str, path: &str) -> Option<Found<'_>> {
        let matching = self.matching(path, false).filter(|(_, matcher, _)| matcher.takes(method));
        let best = matching.min_by_key(|(_, matcher, _)| matcher.rank());
        best.map(Route::found).or_else(|| self.default_route())
    }

    /// The method of a REST API.
    pub(super) fn of_rest_api(&self, method: &str, path: &str) -> Option<Found<'_>> {
        let rank = |matcher: &Matcher| matcher.kinds();
        let resource = self.matching(path, true).min_by_key(|(_, matcher, _)| rank(matcher));
        let resource = resource.map(|(_, matcher, _)| rank(matcher));
        let methods = self.matching(path, true).filter(|(_, matcher, _)| Some(rank(matcher)) == resource);
        let best = methods
            .filter(|(_, matcher, _)| matcher.takes(method))
            .min_by_key(|(_, matcher, _)| matcher.rank());
        best.map(Route::found).or_else(|| self.default_route())
    }

    fn default_route(&self) -> Option<Found<'_>> {
        let route = self.0.iter().find(|route| route.matcher.is_none())?;
        Some(Found {
            key: DEFAULT,
            resource: DEFAULT,
            function: &route.function,
            parameters: BTreeMap::new(),
        })
    }

    fn matching(&self, path: &str, trims: bool) -> impl Iterator<Item = Match<'_>> {
        let mut given: Vec<_> =
            path.strip_prefix('/').unwrap_or(path).split('/').map(str::to_owned).collect();
        if trims && given.len() > 1 && given.last().is_some_and(String::is_empty) {
            given.pop();
        }
        self.0.iter().filter_map(move |route| {
            let matcher = route.matcher.as_ref()?;
            Some((route, matcher, matcher.parameters(&given)?))
        })
    }
}

type Match<'a> = (&'a Route, &'a Matcher, BTreeMap<String, String>);

impl Route {
    fn read(text: &str, function: &str) -> Option<Self> {
        let function = function.to_owned();
        if text.trim() == DEFAULT {
            return Some(Self { key: DEFAULT.to_owned(), function, matcher: None });
        }
        let (method, resource) = text.trim().split_once(char::is_whitespace)?;
        let (method, resource) = (method.to_ascii_uppercase(), resource.trim());
        let is_method = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_alphabetic());
        let path = resource.strip_prefix('/').filter(|_| is_method)?;
        let segments: Vec<_> = path.split('/').map(Segment::read).collect::<Option<_>>()?;
        // After what takes all the rest there is no rest.
        let greedy = segments.iter().position(|segment| matches!(segment, Segment::Greedy(_)));
        if greedy.is_some_and(|at| at + 1 < segments.len()) {
            return None;
        }
        let key = format!("{method} {resource}");
        let method = (method != ANY).then_some(method);
        Some(Self {
            key,
            function,
            matcher: Some(Matcher { method, resource: resource.to_owned(), segments }),
        })
    }

    fn found((route, matcher, parameters): Match<'_>) -> Found<'_> {
        Found { key: &route.key, resource: &matcher.resource, function: &route.function, parameters }
    }
}

impl Segment {
    fn read(text: &str) -> Option<Self> {
        let Some(name) = text.strip_prefix('{') else {
            let is_fixed = !text.contains(['{', '}', '?', '#']) && !text.contains(char::is_whitespace);
            return is_fixed.then(|| Self::Fixed(text.to_owned()));
        };
        let name = name.strip_suffix('}')?;
        let (name, is_greedy) = name.strip_suffix('+').map_or((name, false), |name| (name, true));
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:".contains(&byte);
        if name.is_empty() || !name.bytes().all(is_name) {
            return None;
        }
        let name = name.to_owned();
        Some(if is_greedy { Self::Greedy(name) } else { Self::Variable(name) })
    }

    fn kind(&self) -> u8 {
        match self {
            Self::Fixed(_) => 0,
            Self::Variable(_) => 1,
            Self::Greedy(_) => 2,
        }
    }
}

impl Matcher {
    /// How specific it is: the smaller, the more.
    fn rank(&self) -> (Vec<u8>, Reverse<bool>) {
        (self.kinds(), Reverse(self.method.is_some()))
    }

    fn kinds(&self) -> Vec<u8> {
        self.segments.iter().map(Segment::kind).collect()
    }

    fn takes(&self, method: &str) -> bool {
        self.method.as_ref().is_none_or(|own| own == method)
    }

    /// The variables of a path, if it is one of this route's.
    fn parameters(&self, given: &[String]) -> Option<BTreeMap<String, String>> {
        let mut parameters = BTreeMap::new();
        for (at, segment) in self.segments.iter().enumerate() {
            // A variable stands for something.
            match (segment, given.get(at)?) {
                (Segment::Fixed(own), given) if own == given => {}
                (Segment::Variable(name), given) if !given.is_empty() => {
                    parameters.insert(name.clone(), given.clone());
                }
                (Segment::Greedy(name), _) => {
                    let rest = given.get(at..)?.join("/");
                    return (!rest.is_empty()).then(|| {
                        parameters.insert(name.clone(), rest);
                        parameters
                    });
                }
                _ => return None,
            }
        }
        (given.len() == self.segments.len()).then_some(parameters)
    }
}

#[cfg(test)]
mod test {
    use super::*;

    fn routes(routes: &[&str]) -> Routes {
        let routes: Vec<_> = routes.iter().map(|route| ((*route).to_owned(), (*route).to_owned())).collect();
        Routes::read(&routes).unwrap()
    }

    fn seen(found: Option<Found<'_>>) -> String {
        let Some(found) = found else { return "none".to_owned() };
        let parameters: Vec<_> =
            found.parameters.iter().map(|(name, value)| format!(" {name}={value}")).collect();
        format!("{}{}", found.key, parameters.concat())
    }

    #[test]
    fn the_most_specific_route_wins() {
        // The first five are those of the documentation of HTTP APIs.
        let documented =
            ["GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default"];
        let routes = routes(&documented);
        for (method, path, expected) in [
            ("GET", "/pets/dog/1", "GET /pets/dog/1"),
            ("GET", "/pets/dog/2", "GET /pets/dog/{id} id=2"),
            ("GET", "/pets/cat/1", "GET /pets/{proxy+} proxy=cat/1"),
            ("POST", "/test/5", "ANY /{proxy+} proxy=test/5"),
            ("GET", "/pets/dog/1/", "GET /pets/{proxy+} proxy=dog/1/"),
            ("GET", "/pets", "ANY /{proxy+} proxy=pets"),
            ("GET", "/pets/", "ANY /{proxy+} proxy=pets/"),
            ("GET", "/", "$default"),
        ] {
            assert_eq!(seen(routes.of_http_api(method, path)), expected, "{method} {path}");
        }
    }

    #[test]
    fn a_method_wins_over_any_and_the_later_of_two_equal_routes_over_the_earlier() {
        let routes = Routes::read(&[
            ("ANY /a".to_owned(), "any".to_owned()),
            ("get /a".to_owned(), "first".to_owned()),
            ("GET  /a".to_owned(), "second".to_owned()),
        ])
        .unwrap();
        assert_eq!(routes.of_http_api("GET", "/a").map(|found| found.function), Some("second"));
        assert_eq!(routes.of_http_api("PUT", "/a").map(|found| found.function), Some("any"));
        assert_eq!(routes.of_http_api("PUT", "/b"), None);
    }

    #[test]
    fn a_rest_api_finds_the_resource_before_the_method_and_takes_no_notice_of_a_last_slash() {
        let routes = routes(&["POST /orders/new", "GET /orders/{id}", "GET /files/{proxy+}", "GET /"]);
        assert_eq!(seen(routes.of_rest_api("GET", "/orders/new")), "none");
        assert_eq!(seen(routes.of_http_api("GET", "/orders/new")), "GET /orders/{id} id=new");
        assert_eq!(seen(routes.of_rest_api("GET", "/orders/7/")), "GET /orders/{id} id=7");
        assert_eq!(seen(routes.of_http_api("GET", "/orders/7/")), "none");
        assert_eq!(seen(routes.of_rest_api("GET", "/files/a/b/")), "GET /files/{proxy+} proxy=a/b");
        assert_eq!(seen(routes.of_rest_api("GET", "/")), "GET /");
        assert_eq!(seen(routes.of_rest_api("GET", "/files/")), "none");
    }

    #[test]
    fn what_is_no_route_is_named() {
        for route in [
            "",
            "GET",
            "GET orders",
            "/orders",
            "G3T /",
            "GET /{",
            "GET /{}",
            "GET /{a",
            "GET /a{b}",
            "GET /{a b}",
            "GET /{a+}/b",
            "GET /a b",
            "GET /a?b",
            "$other",
        ] {
            let refused = Routes::read(&[(route.to_owned(), "f".to_owned())]).unwrap_err();
            assert!(matches!(refused, StartError::Route { route: named } if named == route), "{route}");
        }
    }
}
