//! `POST …/extension/init/error` and `POST …/extension/exit/error`: an extension gives up.
//!
//! After either call the extension exits. Source:
//! [Extensions API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html).

use bytes::Bytes;
use http::{HeaderMap, Request};

use crate::{
    DecodeError, EncodeError, Endpoint, ErrorReport, ExtensionId,
    convert::{optional_id, required_text, set, set_json_type},
    header,
};

/// When the extension failed, which is also where the failure is posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Moment {
    /// Before its first next: init/error.
    Init,
    /// After its first next: exit/error.
    Exit,
}

/// The call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// Where it is posted.
    pub moment: Moment,
    /// Who calls.
    pub extension_id: ExtensionId,
    /// The category, such as `Extension.ConfigInvalid`.
    pub error_type: String,
    /// The report; Lambda does not check it.
    pub body: Bytes,
}

impl Call {
    /// Reports a failure with its category.
    pub fn new(moment: Moment, extension_id: ExtensionId, error_type: &str, report: &ErrorReport) -> Self {
        Self { moment, extension_id, error_type: error_type.to_owned(), body: report.to_bytes() }
    }

    /// Encodes the call.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if the category cannot stand in a header.
    pub fn to_http(&self) -> Result<Request<Bytes>, EncodeError> {
        let endpoint = match self.moment {
            Moment::Init => Endpoint::ExtensionInitError,
            Moment::Exit => Endpoint::ExtensionExitError,
        };
        let mut request = endpoint.to_http(self.body.clone());
        let headers = request.headers_mut();
        set(headers, header::EXTENSION_ID, Some(self.extension_id.as_str()))?;
        set(headers, header::EXTENSION_ERROR_TYPE, Some(&self.error_type))?;
        set_json_type(headers);
        Ok(request)
    }

    /// Decodes the call; the moment comes from the [`Endpoint`].
    ///
    /// # Errors
    ///
    /// [`DecodeError`] naming the header that is missing.
    pub fn from_http(moment: Moment, headers: &HeaderMap, body: Bytes) -> Result<Self, DecodeError> {
        let extension_id = optional_id(headers, &header::EXTENSION_ID)?
            .ok_or(DecodeError::MissingHeader { name: header::EXTENSION_ID })?;
        let error_type = required_text(headers, &header::EXTENSION_ERROR_TYPE)?.to_owned();
        Ok(Self { moment, extension_id, error_type, body })
    }
}
