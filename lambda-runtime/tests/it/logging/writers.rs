//! Writers of the user's: chosen by level, and with locks of their own.

use std::{
    error::Error,
    fmt,
    io::{self, Write},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

use lambda_runtime::tracing::{
    Level, Logging, error, info,
    subscriber::{fmt::writer::MakeWriterExt, util::SubscriberInitExt},
};

use super::Lines;

#[test]
fn writers_are_chosen_by_the_level_of_the_line() {
    let (grave, other) = (Lines::default(), Lines::default());
    let (to_grave, to_other) = (grave.clone(), other.clone());
    let writers = (move || to_grave.clone()).with_max_level(Level::WARN).or_else(move || to_other.clone());
    let _scope = Logging::new().make_writer(writers).subscriber().set_default();
    error!("grave");
    info!("not so grave");
    let (grave, other) = (grave.text(), other.text());
    assert!(grave.len() == 1 && grave[0].contains("grave"), "{grave:?}");
    assert!(other.len() == 1 && other[0].contains("not so grave"), "{other:?}");
}

/// A writer whose lock others hold, as that of stdout.
struct Locked(Arc<Mutex<()>>);

impl Write for Locked {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _held = self.0.lock().unwrap();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_thread_that_waits_for_the_writers_lock_does_not_keep_others_from_asking_for_theirs() {
    let lock = Arc::new(Mutex::new(()));
    let of_writer = Arc::clone(&lock);
    // Only the first line needs the lock that is held here.
    let lines = Lines::default();
    let other = lines.clone();
    let writers =
        (move || Locked(Arc::clone(&of_writer))).with_max_level(Level::ERROR).or_else(move || other.clone());
    let dispatch: lambda_runtime::tracing::Dispatch = Logging::new().make_writer(writers).subscriber().into();
    let held = lock.lock().unwrap();
    let (of_thread, (sender, receiver)) = (dispatch.clone(), mpsc::channel());
    let waiting = thread::spawn(move || {
        sender.send(()).unwrap();
        lambda_runtime::tracing::dispatcher::with_default(&of_thread, || error!("waits"));
    });
    receiver.recv().unwrap();
    let (done, is_done) = mpsc::channel();
    let quick = thread::spawn(move || {
        lambda_runtime::tracing::dispatcher::with_default(&dispatch, || info!("does not"));
        done.send(()).unwrap();
    });
    is_done.recv_timeout(Duration::from_secs(60)).unwrap();
    drop(held);
    waiting.join().unwrap();
    quick.join().unwrap();
    assert_eq!(lines.text().len(), 1);
}

#[test]
fn an_error_that_cannot_be_told_or_has_no_end_costs_no_more_than_its_text() {
    #[derive(Debug)]
    struct Endless;

    impl fmt::Display for Endless {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            Err(fmt::Error)
        }
    }

    impl Error for Endless {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&Self)
        }
    }

    let lines = Lines::default();
    let _scope = Logging::new().writer(lines.clone()).subscriber().set_default();
    let error: &dyn Error = &Endless;
    error!(error, "untold");
    let lines = lines.text();
    assert!(lines.len() == 1 && lines[0].contains("untold"), "{lines:?}");
}
