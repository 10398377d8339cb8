//! Opens the fronts of a configuration file.

use std::{net::SocketAddr, path::Path};

use mock_server::{MockLambda, OpenFront};

use super::{
    super::config::{Api, FrontConfiguration},
    ServeError,
};

/// Where the APIs of a template listen, if the command line says so.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Addresses {
    pub(super) http_api: Option<SocketAddr>,
    pub(super) rest_api: Option<SocketAddr>,
}

impl Addresses {
    fn of(self, front: &FrontConfiguration) -> SocketAddr {
        let given = match front.api {
            None => front.address,
            Some(Api::Http) => self.http_api,
            Some(Api::Rest) => self.rest_api,
        };
        given.unwrap_or_else(|| ([127, 0, 0, 1], 0).into())
    }
}

pub(super) fn open(
    mock: &MockLambda,
    file: &Path,
    fronts: Vec<FrontConfiguration>,
    addresses: Addresses,
) -> Result<Vec<OpenFront>, ServeError> {
    let open = fronts.into_iter().map(|front| {
        let (line, address) = (front.line, addresses.of(&front));
        let opened = mock.listen_front(address, front.function.unwrap_or_default(), front.front);
        opened.map_err(|source| ServeError::Front {
            file: file.display().to_string(),
            line,
            source: Box::new(source),
        })
    });
    open.collect()
}
