//! What exists once for the process, each with its reason, and nothing else does.
//!
//! - The panic hook: where a panic happened is told to the hook and nowhere else. Ours notes the place for the
//!   thread that panics and then calls the hook that was there before, so nothing that it prints is lost.
//! - The current invocation, where one runs at a time: a task of `tokio::spawn` inherits nothing, and its log
//!   lines belong to the invocation all the same.
//! - The registry of [`spawn_graceful_shutdown_handler`](crate::spawn_graceful_shutdown_handler), whose users
//!   have no runtime at hand yet.
//! - The signal handlers, which `shutdown` has tokio install.

use std::{
    backtrace::Backtrace,
    cell::Cell,
    panic::{set_hook, take_hook},
    sync::{Mutex, Once, PoisonError},
    thread::panicking,
};

use crate::{CurrentInvocation, shutdown::Hook, stack};

thread_local! {
    static PLACE: Cell<Option<Vec<String>>> = const { Cell::new(None) };
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
            let mut lines: Vec<String> = panic.location().iter().map(ToString::to_string).collect();
            lines.extend(stack::lines(&Backtrace::capture()));
            // A thread that is on its way out may have no place to note it any more.
            let _gone = PLACE.try_with(|place| place.set(Some(lines)));
            previous(panic);
        }));
    });
}

/// The place of this thread's last panic, and its backtrace if one is enabled; once. Taken also to forget a panic
/// that was not the runtime's.
pub(crate) fn take_place_of_panic() -> Vec<String> {
    PLACE.take().unwrap_or_default()
}

static CURRENT: Mutex<Option<CurrentInvocation>> = Mutex::new(None);

/// Remembers which invocation the whole process works for, as long as it lives; only in one-at-a-time mode, and only for a
/// runtime that has the process for itself.
pub(crate) struct Known(());

impl Known {
    pub(crate) fn new(current: &CurrentInvocation) -> Self {
        set(Some(current.clone()));
        Self(())
    }
}

impl Drop for Known {
    fn drop(&mut self) {
        set(None);
    }
}

fn set(current: Option<CurrentInvocation>) {
    let before = std::mem::replace(&mut *CURRENT.lock().unwrap_or_else(PoisonError::into_inner), current);
    // Not under the lock: what it holds may log when it is dropped, and a log line asks for the current one.
    drop(before);
}

/// Which invocation the process works for, if it works for one at a time.
#[cfg(feature = "tracing")]
pub(crate) fn current_invocation() -> Option<CurrentInvocation> {
    CURRENT.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Hooks of [`spawn_graceful_shutdown_handler`](crate::spawn_graceful_shutdown_handler) for the next runtime that has
/// the process for itself.
static SHUTDOWN_HOOKS: Mutex<Vec<Hook>> = Mutex::new(Vec::new());

#[cfg(feature = "graceful-shutdown")]
pub(crate) fn add_shutdown_hook(hook: Hook) {
    SHUTDOWN_HOOKS.lock().unwrap_or_else(PoisonError::into_inner).push(hook);
}

pub(crate) fn take_shutdown_hooks() -> Vec<Hook> {
    std::mem::take(&mut SHUTDOWN_HOOKS.lock().unwrap_or_else(PoisonError::into_inner))
}
