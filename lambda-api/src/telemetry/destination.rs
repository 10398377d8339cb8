//! Where a subscriber listens.
//!
//! Lambda delivers inside the execution environment only, whence the two host names that it takes.

use std::{fmt, str::FromStr};

use http::Uri;

use super::{Problem, Problems};

/// The host under which a listener is reached from the platform's side; `sandbox` will do as well.
const HOST: &str = "sandbox.localdomain";
const SHORT_HOST: &str = "sandbox";

/// Where events are delivered to, and how.
///
/// Source: [Telemetry API](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Destination {
    /// Batches are sent to this URI, each as a JSON array; lost ones are sent again.
    Http {
        /// The listener.
        uri: ListenerUri,
    },
    /// Events are sent to this port, one JSON object per line.
    Tcp {
        /// The listener's port, 1 to 65,535.
        port: u16,
    },
}

/// The URI of an HTTP listener inside the execution environment.
///
/// ```
/// use lambda_api::telemetry::ListenerUri;
///
/// let uri: ListenerUri = "http://sandbox.localdomain:8080/events".parse()?;
/// assert_eq!((uri.host(), uri.port(), uri.path()), ("sandbox.localdomain", 8080, "/events"));
/// assert_eq!(ListenerUri::local(8080).to_string(), "http://sandbox.localdomain:8080/");
/// # Ok::<(), lambda_api::telemetry::Problems>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ListenerUri {
    host: String,
    port: u16,
    path: String,
}

impl Destination {
    /// The same on Lambda, where the host has a name of its own.
    pub(super) fn on_lambda(&self) -> Self {
        match self {
            Self::Http { uri } => Self::Http { uri: ListenerUri { host: HOST.to_owned(), ..uri.clone() } },
            Self::Tcp { port } => Self::Tcp { port: *port },
        }
    }
}

impl ListenerUri {
    /// The URI of a listener on this port, at the root.
    pub fn local(port: u16) -> Self {
        Self { host: HOST.to_owned(), port, path: "/".to_owned() }
    }

    /// The same with another path, which Lambda is free to ignore.
    ///
    /// # Errors
    ///
    /// [`Problems`] if it is no path.
    pub fn with_path(self, path: &str) -> Result<Self, Problems> {
        let is_path = path.starts_with('/') && path.parse::<http::uri::PathAndQuery>().is_ok();
        if is_path { Ok(Self { path: path.to_owned(), ..self }) } else { Err(Problem::Uri.into()) }
    }

    /// The same under another name of the host, for emulators that have none called `sandbox.localdomain`. Lambda
    /// refuses all but that and `sandbox`.
    ///
    /// # Errors
    ///
    /// [`Problems`] if it is no name of a host.
    pub fn with_host(self, host: &str) -> Result<Self, Problems> {
        let uri = format!("http://{host}:{}{}", self.port, self.path);
        let is_host = uri.parse::<Uri>().is_ok_and(|uri| uri.host() == Some(host));
        if is_host { Ok(Self { host: host.to_owned(), ..self }) } else { Err(Problem::Uri.into()) }
    }

    /// `sandbox.localdomain` or `sandbox`: this environment itself.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The path, with the query if there is one; at least `/`.
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl FromStr for ListenerUri {
    type Err = Problems;

    /// Reads a URI as the service does.
    ///
    /// # Errors
    ///
    /// [`Problems`] lists everything that the service would refuse.
    fn from_str(text: &str) -> Result<Self, Problems> {
        let uri: Uri = text.parse().map_err(|_| Problems::from(Problem::Uri))?;
        let host = uri.host().unwrap_or_default();
        let mut problems = Vec::new();
        if uri.scheme_str() != Some("http") {
            problems.push(Problem::UriScheme);
        }
        if !host.eq_ignore_ascii_case(HOST) && !host.eq_ignore_ascii_case(SHORT_HOST) {
            problems.push(Problem::UriHost);
        }
        let port = match (uri.port_u16(), port_text(&uri)) {
            (Some(port @ 1..), _) => port,
            (_, "") => {
                problems.push(Problem::UriPortMissing);
                0
            }
            _ => {
                problems.push(Problem::UriPort);
                0
            }
        };
        if !problems.is_empty() {
            return Err(Problems::from(problems));
        }
        // A query may follow the authority at once; the path before it is the root.
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        Ok(Self { host: host.to_owned(), port, path: format!("{}{query}", uri.path()) })
    }
}

/// What stands where the port should be.
fn port_text(uri: &Uri) -> &str {
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let after_user = authority.rsplit('@').next().unwrap_or_default();
    after_user.rsplit_once(':').map_or("", |(_, port)| port)
}

impl fmt::Display for ListenerUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, path } = self;
        write!(f, "http://{host}:{port}{path}")
    }
}
