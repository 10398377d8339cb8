//! How a type with a lifetime is named without one, and how it is made one's own.

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

impl<T: Borrowed> Borrowed for Vec<T> {
    type Of<'a> = Vec<T::Of<'a>>;
}

/// A type that may borrow, and can be made to own what it holds.
///
/// ```
/// use lambda_events::IntoOwned;
///
/// let names: Option<Vec<bool>> = Some(vec![true]).into_owned();
/// assert_eq!(names, Some(vec![true]));
/// ```
pub trait IntoOwned {
    /// The type that borrows nothing.
    type Owned: 'static;

    /// Copies what is borrowed.
    fn into_owned(self) -> Self::Owned;
}

impl IntoOwned for bool {
    type Owned = Self;

    fn into_owned(self) -> Self {
        self
    }
}

impl<T: IntoOwned> IntoOwned for Option<T> {
    type Owned = Option<T::Owned>;

    fn into_owned(self) -> Self::Owned {
        self.map(T::into_owned)
    }
}

impl<T: IntoOwned> IntoOwned for Vec<T> {
    type Owned = Vec<T::Owned>;

    fn into_owned(self) -> Self::Owned {
        self.into_iter().map(T::into_owned).collect()
    }
}

impl<T: IntoOwned> IntoOwned for Box<T> {
    type Owned = Box<T::Owned>;

    fn into_owned(self) -> Self::Owned {
        Box::new((*self).into_owned())
    }
}
