//! Events as the services send them, for tests: each as text, and as its type.
//!
//! ```
//! # #[cfg(feature = "sqs")] {
//! use lambda_events::{samples, sqs};
//!
//! let mut event = samples::SQS.event();
//! event.records[0].body = "something else".into();
//! // As the bytes of an invocation:
//! let bytes = serde_json::to_vec(&event)?;
//! # }
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! The text is in the order in which the service writes it. Names, accounts and addresses are made up.

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use crate::{Borrowed, ParseError, Unknown};

mod apps;
mod http;
mod operations;
mod streams;

pub use self::{apps::*, http::*, operations::*, streams::*};

/// An event as text, and as its type.
pub struct Sample<T> {
    name: &'static str,
    json: &'static str,
    of: PhantomData<fn() -> T>,
}

impl<T> Sample<T> {
    const fn new(name: &'static str, json: &'static str) -> Self {
        Self { name, json, of: PhantomData }
    }

    /// What it is called.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The event as text.
    pub const fn json(&self) -> &'static str {
        self.json
    }
}

impl<T: Borrowed> Sample<T>
where
    T::Of<'static>: Deserialize<'static>,
{
    /// The event as its type.
    #[expect(clippy::expect_used, reason = "each sample is tested to be an event")]
    pub fn event(&self) -> T::Of<'static> {
        serde_json::from_str(self.json).expect("a sample is an event of its type")
    }
}

/// A sample of any type: what all of them have in common.
#[derive(Clone, Copy)]
pub struct AnySample {
    /// What it is called.
    pub name: &'static str,
    /// What has happened, in a sentence.
    pub about: &'static str,
    /// The name of its type.
    pub type_name: &'static str,
    /// The event as text.
    pub json: &'static str,
    /// Reads text as an event of its type, and writes it.
    pub round_trip: fn(&str) -> Result<String, serde_json::Error>,
    /// Reads text as an event of its type, with errors for people.
    pub parse: fn(&str) -> Result<(), ParseError>,
    /// Reads text as an event of its type, and finds what the type does not know.
    pub unknown: fn(&str) -> Result<Vec<String>, serde_json::Error>,
}

/// All samples of the sources that are on.
pub fn all() -> Vec<AnySample> {
    [apps(), http(), operations(), streams()].concat()
}

/// Those of applications: identities, conversations, devices, pipelines.
pub fn apps() -> Vec<AnySample> {
    apps::all()
}

/// Those of HTTP requests.
pub fn http() -> Vec<AnySample> {
    http::all()
}

/// Those of building and running systems: stacks, secrets, logins, groups, dashboards, images.
pub fn operations() -> Vec<AnySample> {
    operations::all()
}

/// Those of queues, topics, streams, buses, buckets and mail.
pub fn streams() -> Vec<AnySample> {
    streams::all()
}

fn round_trip<T: Borrowed>(json: &str) -> Result<String, serde_json::Error>
where
    for<'a> T::Of<'a>: Deserialize<'a> + Serialize,
{
    serde_json::from_str::<T::Of<'_>>(json).and_then(|event| serde_json::to_string(&event))
}

fn parse<T: Borrowed>(json: &str) -> Result<(), ParseError>
where
    for<'a> T::Of<'a>: Deserialize<'a>,
{
    crate::parse::<T::Of<'_>>(json.as_bytes()).map(drop)
}

fn unknown<T: Borrowed>(json: &str) -> Result<Vec<String>, serde_json::Error>
where
    for<'a> T::Of<'a>: Deserialize<'a> + Unknown,
{
    serde_json::from_str::<T::Of<'_>>(json).map(|event| event.unknown())
}

/// Samples of a group of sources: constants, and all of them as a list.
macro_rules! samples {
    ($($feature:literal { $($(#[doc = $about:literal])* $name:ident: $type:ty = $file:literal;)* })*) => {
        $($(
            $(#[doc = $about])*
            #[cfg(feature = $feature)]
            pub const $name: $crate::samples::Sample<$type> = $crate::samples::Sample::new(
                $file,
                include_str!(concat!("../../samples/", $file, ".json")),
            );
        )*)*

        pub(super) fn all() -> Vec<$crate::samples::AnySample> {
            vec![$($(
                #[cfg(feature = $feature)]
                $crate::samples::AnySample {
                    name: $name.name,
                    about: concat!($($about),*).trim_ascii(),
                    type_name: stringify!($type),
                    json: $name.json,
                    round_trip: $crate::samples::round_trip::<$type>,
                    parse: $crate::samples::parse::<$type>,
                    unknown: $crate::samples::unknown::<$type>,
                },
            )*)*]
        }
    };
}

use samples;
