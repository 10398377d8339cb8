//! How a type with a lifetime is named without one.

/// A type that borrows, named with `'static`, and how it is called with a shorter lifetime.
///
/// A handler's argument must own what it holds. `lambda_runtime::Payload<Order<'static>>` owns the bytes of an
/// event and lends `Order<'a>`; this trait tells it how the one becomes the other.
///
/// ```
/// use lambda_events::Borrowed;
///
/// struct Order<'a> {
///     note: &'a str,
/// }
///
/// impl Borrowed for Order<'static> {
///     type Of<'a> = Order<'a>;
/// }
///
/// fn lend(text: &str) -> <Order<'static> as Borrowed>::Of<'_> {
///     Order { note: text }
/// }
/// assert_eq!(lend("fragile").note, "fragile");
/// ```
pub trait Borrowed {
    /// The type with a lifetime of one's choice.
    type Of<'a>;
}
