//! What handlers return: any error, with its type's name and the place of the `?`.

use std::{backtrace::Backtrace, borrow::Cow, error::Error as StdError, fmt, panic::Location};

use lambda_api::{ErrorReport, describe};

use crate::stack;

/// Any error, boxed.
pub type BoxError = Box<dyn StdError + Send + Sync + 'static>;

/// Any error at all, converted by `?`.
///
/// Takes every [`std::error::Error`], `&str`, `String`, boxed errors and `anyhow::Error`. The name of the
/// concrete type and the place of the `?` are kept, so that the caller sees `errorType: "ParseIntError"` and
/// not the name of a box; errors that were boxed before have lost their name and are a `HandlerError`, unless
/// [`with_type`](Self::with_type) gives them one.
///
/// It does not implement [`std::error::Error`]; nothing that does could convert from everything. A tower service
/// of your own that goes into layers which box errors (tower's time-out, load-shed) returns a
/// [`HandlerError`](crate::HandlerError), as [`service_fn`](crate::service_fn) does, or an error type of yours.
///
/// ```
/// use lambda_runtime::Error;
///
/// fn parse(text: &str) -> Result<u32, Error> {
///     Ok(text.parse()?)
/// }
/// let report = parse("x").unwrap_err().report();
/// assert_eq!(report.error_type, "ParseIntError");
/// assert_eq!(report.error_message, "invalid digit found in string");
/// assert!(report.stack_trace[0].contains(".rs:"));
/// ```
pub struct Error {
    // One word wide, so that results stay small.
    inner: Box<Inner>,
}

struct Inner {
    error_type: Cow<'static, str>,
    /// Whether the type is the error's own and not the user's choice.
    has_own_type: bool,
    source: BoxError,
    /// Where it became one of ours; `None` if that was not in the user's code.
    location: Option<&'static Location<'static>>,
    backtrace: Backtrace,
}

impl<E: Into<BoxError>> From<E> for Error {
    #[track_caller]
    fn from(error: E) -> Self {
        let error_type = describe::short_type_name::<E>();
        let location = Some(Location::caller());
        // Costs nothing unless `RUST_BACKTRACE` or `RUST_LIB_BACKTRACE` asks for it.
        let backtrace = Backtrace::capture();
        Self {
            inner: Box::new(Inner {
                error_type,
                has_own_type: true,
                source: error.into(),
                location,
                backtrace,
            }),
        }
    }
}

impl Error {
    /// Names the type that the caller sees: short, stable, letters only, such as `OrderNotFound`.
    ///
    /// ```
    /// use lambda_runtime::Error;
    ///
    /// let error = Error::from("no order 42").with_type("OrderNotFound");
    /// assert_eq!(error.error_type(), "OrderNotFound");
    /// ```
    #[must_use]
    pub fn with_type(mut self, error_type: impl Into<Cow<'static, str>>) -> Self {
        self.inner.error_type = error_type.into();
        self.inner.has_own_type = false;
        self
    }

    /// The same without a place, for an error that the runtime has converted.
    #[cfg(any(feature = "anyhow", feature = "eyre", feature = "miette"))]
    pub(crate) fn without_place(mut self) -> Self {
        self.inner.location = None;
        self
    }

    pub(crate) fn has_own_type(&self) -> bool {
        self.inner.has_own_type
    }

    /// The type that the caller sees.
    pub fn error_type(&self) -> &str {
        &self.inner.error_type
    }

    /// The error inside, if it is of this type.
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        self.inner.source.downcast_ref()
    }

    /// Whether the error inside is of this type.
    pub fn is<E: StdError + 'static>(&self) -> bool {
        self.inner.source.is::<E>()
    }

    /// Takes the error inside, if it is of this type.
    ///
    /// # Errors
    ///
    /// The error itself, if it is not.
    pub fn downcast<E: StdError + 'static>(mut self) -> Result<E, Self> {
        match self.inner.source.downcast() {
            Ok(error) => Ok(*error),
            Err(source) => {
                self.inner.source = source;
                Err(self)
            }
        }
    }

    /// What caused the error inside.
    pub fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner.source.source()
    }

    /// The error inside, for whoever wants a `Box<dyn Error>`.
    ///
    /// ```
    /// use std::error::Error as StdError;
    ///
    /// fn boxed() -> Result<(), Box<dyn StdError + Send + Sync>> {
    ///     let result: Result<(), lambda_runtime::Error> = Ok(());
    ///     result.map_err(lambda_runtime::Error::into_inner)
    /// }
    /// # boxed().unwrap();
    /// ```
    pub fn into_inner(self) -> BoxError {
        self.inner.source
    }

    /// The error inside.
    pub fn as_std(&self) -> &(dyn StdError + Send + Sync + 'static) {
        &*self.inner.source
    }

    /// What the caller sees: type, message, place, causes, and the backtrace if one is enabled.
    pub fn report(&self) -> ErrorReport {
        let mut report = describe::report_of(self.error_type(), self.as_std());
        // Converted by a function that was passed on, such as in `map_err(Error::from)`, an error comes from
        // inside the standard library, which tells nobody anything.
        if let Some(location) = self.inner.location.filter(|location| !location.file().starts_with("/rustc/"))
        {
            report.stack_trace.insert(0, location.to_string());
        }
        report.stack_trace.extend(stack::lines(&self.inner.backtrace));
        report
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.source.fmt(f)
    }
}

impl fmt::Debug for Error {
    /// The message and its causes in one line: this is what a `main` that returns the error prints.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", describe::Chain(self.as_std()))
    }
}

#[cfg(test)]
mod test {
    use std::num::ParseIntError;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot load the order")]
    struct LoadError(#[source] ParseIntError);

    fn load() -> Error {
        LoadError("x".parse::<u32>().unwrap_err()).into()
    }

    #[test]
    fn the_name_of_the_concrete_type_is_kept() {
        assert_eq!(load().error_type(), "LoadError");
        assert_eq!(Error::from(fmt::Error).error_type(), "FmtError");
        assert!(load().downcast_ref::<LoadError>().is_some());
    }

    #[test]
    fn what_has_no_name_is_a_handler_error() {
        let boxed: BoxError = load().inner.source;
        for error in [Error::from("text"), Error::from("text".to_owned()), Error::from(boxed)] {
            assert_eq!(error.error_type(), "HandlerError");
        }
    }

    #[test]
    fn causes_are_reported_each_by_itself() {
        let report = load().report();
        assert_eq!(report.error_message, "cannot load the order");
        assert_eq!(report.cause.unwrap().error_message, "invalid digit found in string");
    }

    #[test]
    fn the_debug_form_is_one_line_with_all_causes() {
        assert_eq!(format!("{:?}", load()), "cannot load the order: invalid digit found in string");
    }
}
