//! Bodies of requests as types.

use lambda_api::json::JsonError;
use lambda_events::http::Request;
use serde::de::DeserializeOwned;

use http::header::CONTENT_TYPE;

/// The body is not what the handler wants.
///
/// The text names the path and the type that was expected; it never holds the body.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// It is no JSON, or other JSON.
    #[error("the body cannot be decoded: {0}")]
    Json(JsonError),
    /// It is no form, or another form.
    #[error("the form cannot be decoded: {0}")]
    Form(serde_html_form::de::Error),
}

/// The body of a request as a type.
///
/// ```
/// use lambda_runtime::http::{Request, RequestPayloadExt};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Order {
///     id: u32,
/// }
///
/// let request = Request::new(r#"{"id":7}"#.into());
/// let order: Option<Order> = request.json()?;
/// assert_eq!(order.map(|order| order.id), Some(7));
/// # Ok::<(), lambda_runtime::http::BodyError>(())
/// ```
pub trait RequestPayloadExt {
    /// The body as JSON or as a form, as its content type says; `None` if there is no body, or if it is neither.
    ///
    /// # Errors
    ///
    /// [`BodyError`] if it is not what its content type says, or of another type.
    fn payload<T: DeserializeOwned>(&self) -> Result<Option<T>, BodyError>;

    /// The body as JSON, whatever its content type says; `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`BodyError::Json`] naming the path.
    fn json<T: DeserializeOwned>(&self) -> Result<Option<T>, BodyError>;

    /// The body as a form, whatever its content type says; `None` if there is none. A name that comes several times fills a
    /// list.
    ///
    /// # Errors
    ///
    /// [`BodyError::Form`].
    fn form_url_encoded<T: DeserializeOwned>(&self) -> Result<Option<T>, BodyError>;
}

impl RequestPayloadExt for Request {
    fn payload<T: DeserializeOwned>(&self) -> Result<Option<T>, BodyError> {
        let content_type = self.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = content_type.and_then(|value| value.split(';').next()).unwrap_or_default();
        match &*essence.trim().to_ascii_lowercase() {
            "application/x-www-form-urlencoded" => self.form_url_encoded(),
            json if json == "application/json" || json.ends_with("+json") => self.json(),
            _ => Ok(None),
        }
    }

    fn json<T: DeserializeOwned>(&self) -> Result<Option<T>, BodyError> {
        let body: &[u8] = self.body();
        (!body.is_empty()).then(|| lambda_api::json::decode(body)).transpose().map_err(BodyError::Json)
    }

    fn form_url_encoded<T: DeserializeOwned>(&self) -> Result<Option<T>, BodyError> {
        let body: &[u8] = self.body();
        (!body.is_empty()).then(|| serde_html_form::from_bytes(body)).transpose().map_err(BodyError::Form)
    }
}

#[cfg(test)]
mod test {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Order {
        id: String,
        part: Vec<String>,
    }

    fn request(content_type: &str, body: &str) -> Request {
        let mut request = Request::new(body.into());
        request.headers_mut().insert(CONTENT_TYPE, content_type.parse().unwrap());
        request
    }

    #[test]
    fn a_body_is_read_as_its_content_type_says() {
        let order = Order { id: "a b".to_owned(), part: vec!["1".to_owned(), "2".to_owned()] };
        for request in [
            request("application/x-www-form-urlencoded; charset=utf-8", "id=a+b&part=1&part=2"),
            request("Application/JSON", r#"{"id":"a b","part":["1","2"]}"#),
            request("application/vnd.order+json", r#"{"id":"a b","part":["1","2"]}"#),
        ] {
            assert_eq!(request.payload::<Order>().unwrap().unwrap(), order);
        }
        assert!(request("text/plain", "id=1").payload::<Order>().unwrap().is_none());
        assert!(request("application/json", "").payload::<Order>().unwrap().is_none());
    }

    #[test]
    fn an_error_names_the_path_and_not_what_was_there() {
        let refused =
            request("application/json", r#"{"id":"secret","part":["secret",7]}"#).payload::<Order>();
        let text = refused.unwrap_err().to_string();
        assert!(text.contains("part[1]") && !text.contains("secret"), "{text}");
        assert!(matches!(request("", "id=secret").form_url_encoded::<Order>(), Err(BodyError::Form(_))));
    }
}
