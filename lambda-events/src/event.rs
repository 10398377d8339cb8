//! The macros that make the types of events: `event!` for objects and `open_enum!` for texts of which there are a few.
//!
//! An object's fields are in the order in which the service writes them. A field is `Option`, `Vec`, [`Map`](crate::Map) or
//! another object, and empty where the member is not there; after `required` it has to be there, after `always` it is written
//! even if it is empty, as a reply may need it, and after `strict` it may be missing and may be of no other type. What else there is of a type is made from that: reading, writing in the same
//! way, owning. It is all `inline`, so that what nobody uses is not compiled in the first place.

/// Defines objects.
macro_rules! event {
    ($(
        $(#[$about:meta])*
        pub struct $name:ident<'a> {
            $(
                $(#[$field_about:meta])*
                $field:ident: $type:ty = $json:literal $(, $kind:ident)?;
            )*
        }
    )+) => {$(
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name<'a> {
            $(
                $(#[$field_about])*
                pub $field: $type,
            )*
            /// Members that are in no field.
            pub other: $crate::Other<'a>,
        }

        const _: () = {
            #[expect(non_camel_case_types, reason = "they have the names of the fields")]
            #[derive(Clone, Copy)]
            #[repr(usize)]
            enum Number { $($field),* }

            const NAMES: &[&str] = &[$($json),*];
            const _: () = assert!(NAMES.len() <= $crate::other::FIELDS, "there are bits for so many");

            impl<'de> $crate::value::Value<'de> for $name<'de> {
                const EXPECTED: &'static str = concat!("an object (", stringify!($name), ")");

                fn from_object<A: ::serde::de::MapAccess<'de>>(
                    mut object: A,
                ) -> Result<$crate::value::Read<'de, Self>, A::Error> {
                    let mut this = Self { other: $crate::Other::read(), ..Self::default() };
                    let mut next = 0;
                    while let Some(found) =
                        object.next_key_seed($crate::other::Names { names: NAMES, next })?
                    {
                        match found {
                            $($crate::other::Name::Field(number) if number == Number::$field as usize => {
                                event!(@read this, $field, $json, object, Number::$field as usize $(, $kind)?);
                                next = number + 1;
                            })*
                            $crate::other::Name::Field(_) => {}
                            $crate::other::Name::Other(name) => {
                                let value = object.next_value()?;
                                this.other.keep(name, value);
                            }
                        }
                    }
                    $(event!(@check this, $json, Number::$field as usize $(, $kind)?);)*
                    Ok($crate::value::Read::Value(this))
                }

                #[inline]
                fn into_json(self) -> $crate::value::Json<'de> {
                    let mut this = self;
                    let other = ::std::mem::take(&mut this.other);
                    let seen = other.seen();
                    other.into_json(NAMES.len(), |number| match number {
                        $(number if number == Number::$field as usize => {
                            let field = ::std::mem::take(&mut this.$field);
                            match event!(@written field, seen, number $(, $kind)?) {
                                $crate::other::Written::Value => Some(($json, event!(@json field $(, $kind)?))),
                                $crate::other::Written::Null => Some(($json, $crate::value::Json::Null)),
                                $crate::other::Written::Nothing => None,
                            }
                        })*
                        _ => None,
                    })
                }
            }

            impl<'de> $crate::value::Field<'de> for $name<'de> {
                type Value = Self;

                fn put(&mut self, value: Self) {
                    *self = value;
                }

                #[inline]
                fn is_absent(&self) -> bool {
                    self.other.seen().is_new() && *self == Self::default()
                }

                #[inline]
                fn into_json(self) -> $crate::value::Json<'de> {
                    $crate::value::Value::into_json(self)
                }
            }

            impl<'de: 'a, 'a> ::serde::Deserialize<'de> for $name<'a> {
                fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let $crate::value::Strict(value) = $crate::value::Strict::<$name<'de>>::deserialize(deserializer)?;
                    Ok(value)
                }
            }

            impl ::serde::Serialize for $name<'_> {
                fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    use ::serde::ser::SerializeMap as _;

                    let seen = self.other.seen();
                    let mut map = serializer.serialize_map(None)?;
                    let is_set = |number| match number {
                        $(number if number == Number::$field as usize => event!(@set self.$field $(, $kind)?),)*
                        _ => false,
                    };
                    self.other.write(&mut map, NAMES, is_set, |map, number| match number {
                        $(number if number == Number::$field as usize => {
                            match event!(@written self.$field, seen, number $(, $kind)?) {
                                $crate::other::Written::Value => map.serialize_entry($json, &self.$field),
                                $crate::other::Written::Null => map.serialize_entry($json, &()),
                                $crate::other::Written::Nothing => Ok(()),
                            }
                        })*
                        _ => Ok(()),
                    })?;
                    map.end()
                }
            }

            impl $crate::IntoOwned for $name<'_> {
                type Owned = $name<'static>;

                #[inline]
                fn into_owned(self) -> $name<'static> {
                    $name {
                        $($field: $crate::IntoOwned::into_owned(self.$field),)*
                        other: $crate::IntoOwned::into_owned(self.other),
                    }
                }
            }

            impl $crate::Unknown for $name<'_> {
                #[inline]
                fn find_unknown(&self, path: &mut String, found: &mut Vec<String>) {
                    $($crate::unknown::at_member(path, $json, |path| {
                        $crate::Unknown::find_unknown(&self.$field, path, found);
                    });)*
                    for (name, _) in self.other.iter() {
                        $crate::unknown::at_member(path, name, |path| found.push(path.clone()));
                    }
                }
            }

            impl $crate::Borrowed for $name<'static> {
                type Of<'b> = $name<'b>;
            }
        };
    )+};

    (@read $this:ident, $field:ident, $json:literal, $object:ident, $number:expr, required) => {
        $this.$field = $crate::other::read_required(&mut $object)?;
        $this.other.see($number);
    };
    (@read $this:ident, $field:ident, $json:literal, $object:ident, $number:expr, strict) => {
        $crate::other::read_strict(&mut $this.$field, $number, &mut $object, &mut $this.other)?;
    };
    (@read $this:ident, $field:ident, $json:literal, $object:ident, $number:expr $(, always)?) => {
        $crate::other::read_field(&mut $this.$field, $number, $json, &mut $object, &mut $this.other)?;
    };
    (@check $this:ident, $json:literal, $number:expr, required) => {
        if !$this.other.seen().has($number) {
            return Err($crate::other::missing($json));
        }
    };
    (@check $this:ident, $json:literal, $number:expr $(, $kind:ident)?) => {};
    (@written $field:expr, $seen:ident, $number:ident, required) => {{
        let _: $crate::other::Seen = $seen;
        $crate::other::Written::Value
    }};
    (@written $field:expr, $seen:ident, $number:ident, always) => {
        if $seen.is_new() {
            $crate::other::Written::Value
        } else {
            event!(@written $field, $seen, $number)
        }
    };
    (@written $field:expr, $seen:ident, $number:ident $(, strict)?) => {
        $crate::other::written(&$field, $seen, $number)
    };
    (@set $field:expr, required) => { true };
    (@set $field:expr $(, $kind:ident)?) => { !$crate::value::Field::is_absent(&$field) };
    (@json $field:expr, required) => { $crate::value::Value::into_json($field) };
    (@json $field:expr $(, $kind:ident)?) => { $crate::value::Field::into_json($field) };
}

/// Defines texts of which there are a few, and room for those that are new.
macro_rules! open_enum {
    ($(
        $(#[$about:meta])*
        pub enum $name:ident<'a> {
            $($(#[$variant_about:meta])* $variant:ident = $text:literal,)*
        }
    )*) => {$(
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name<'a> {
            $($(#[$variant_about])* $variant,)*
            /// One that is not among these.
            Other($crate::Str<'a>),
        }

        impl $name<'_> {
            /// The text.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(text) => text,
                }
            }
        }

        impl<'a> From<&'a str> for $name<'a> {
            fn from(text: &'a str) -> Self {
                Self::from($crate::Str::from(text))
            }
        }

        impl<'a> From<$crate::Str<'a>> for $name<'a> {
            fn from(text: $crate::Str<'a>) -> Self {
                match text.as_str() {
                    $($text => Self::$variant,)*
                    _ => Self::Other(text),
                }
            }
        }

        /// The empty text.
        impl Default for $name<'_> {
            fn default() -> Self {
                Self::from("")
            }
        }

        impl ::std::fmt::Display for $name<'_> {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl PartialEq<&str> for $name<'_> {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }

        impl<'de> $crate::value::Value<'de> for $name<'de> {
            const EXPECTED: &'static str = "a string";

            #[inline]
            fn from_text(text: $crate::Str<'de>) -> $crate::value::Read<'de, Self> {
                $crate::value::Read::Value(Self::from(text))
            }

            fn into_json(self) -> $crate::value::Json<'de> {
                let text = match self {
                    $(Self::$variant => $crate::Str::from($text),)*
                    Self::Other(text) => text,
                };
                $crate::value::Json::String(text)
            }
        }

        impl<'de: 'a, 'a> ::serde::Deserialize<'de> for $name<'a> {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::Str::deserialize(deserializer).map(Self::from)
            }
        }

        impl ::serde::Serialize for $name<'_> {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl $crate::Unknown for $name<'_> {
            fn find_unknown(&self, _path: &mut String, _found: &mut Vec<String>) {}
        }

        impl $crate::IntoOwned for $name<'_> {
            type Owned = $name<'static>;

            fn into_owned(self) -> $name<'static> {
                match self {
                    $(Self::$variant => $name::$variant,)*
                    Self::Other(text) => $name::Other($crate::IntoOwned::into_owned(text)),
                }
            }
        }
    )*};
}

// Not all sources have one.
open_enum! {}
