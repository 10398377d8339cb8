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

/// The category of an extension's failure in a form that Lambda records: `Extension.` and a name of letters.
///
/// Lambda takes it from a header and keeps it if it contains `Extension.`, a capital and at least one more letter; the
/// pattern is that of AWS's open-source runtime interface emulator.
///
/// ```
/// use lambda_api::extension::error::ExtensionErrorType;
///
/// for (text, recorded) in [
///     ("Extension.BackendGone", "Extension.BackendGone"),
///     ("BackendGone", "Extension.BackendGone"),
///     ("no route to host\n", "Extension.NoRouteToHost"),
///     ("№ 7", "Extension.Unknown"),
/// ] {
///     assert_eq!(ExtensionErrorType::new(text).as_str(), recorded);
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ExtensionErrorType(String);

impl ExtensionErrorType {
    const PREFIX: &str = "Extension.";
    /// More is not shown anywhere.
    const NAME_BYTES: usize = 128;

    /// Makes a category of any text: its words become one name, and what is no letter is left out.
    pub fn new(text: &str) -> Self {
        let name = text.strip_prefix(Self::PREFIX).unwrap_or(text);
        let words = name.split(|letter: char| !letter.is_ascii_alphabetic());
        let mut category = Self::PREFIX.to_owned();
        for word in words {
            let Some((first, rest)) = word.split_at_checked(1) else { continue };
            category.push_str(&first.to_ascii_uppercase());
            category.push_str(rest);
        }
        category.truncate(Self::PREFIX.len() + Self::NAME_BYTES);
        if category.len() < Self::PREFIX.len() + 2 {
            return Self("Extension.Unknown".to_owned());
        }
        Self(category)
    }

    /// The category as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// Where it is posted.
    pub moment: Moment,
    /// Who calls.
    pub extension_id: ExtensionId,
    /// The category, such as `Extension.ConfigInvalid`; text, because what a service makes of any other is its own
    /// affair.
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
