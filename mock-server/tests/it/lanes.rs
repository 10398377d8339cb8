//! The timeline as a picture: what it shows, and how wide it gets.

mod layout;
mod pictures;
