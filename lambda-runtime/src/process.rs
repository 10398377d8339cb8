//! What exists once for the process: the panic hook.
//!
//! Where a panic happened is told to the hook and nowhere else. Ours notes the place for the thread that
//! panics and then calls the hook that was there before, so nothing that it prints is lost.

use std::{
    cell::Cell,
    panic::{set_hook, take_hook},
    sync::Once,
    thread::panicking,
};

thread_local! {
    static PLACE: Cell<Option<String>> = const { Cell::new(None) };
}

/// Makes the place of panics known. More than one call changes nothing.
pub(crate) fn note_places_of_panics() {
    static INSTALLED: Once = Once::new();

    // A thread that is panicking may not change the hook.
    if panicking() {
        return;
    }
    INSTALLED.call_once(|| {
        let previous = take_hook();
        set_hook(Box::new(move |panic| {
            // A thread that is on its way out may have no place to note it any more.
            let _gone = PLACE.try_with(|place| place.set(panic.location().map(ToString::to_string)));
            previous(panic);
        }));
    });
}

/// The place of this thread's last panic, once. Taken also to forget a panic that was not the runtime's.
pub(crate) fn take_place_of_panic() -> Option<String> {
    PLACE.take()
}
