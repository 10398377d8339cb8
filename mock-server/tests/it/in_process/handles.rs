//! Functions whose code holds handles of other functions, and what goes with the last one.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{future::Future, sync::mpsc, thread};

use mock_server::{Function, FunctionBuilder, MockLambda, Outcome};

use crate::{
    guest::{answering, echo},
    wait::PATIENCE,
};

/// Runs a test to the end of all that it holds. A lock that waits for itself would stop its thread for ever.
fn ends<Fut: Future<Output = ()>>(test: impl FnOnce() -> Fut + Send + 'static) {
    let (sender, end) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
        runtime.unwrap().block_on(test());
        sender.send(()).unwrap();
    });
    assert_eq!(end.recv_timeout(PATIENCE), Ok(()));
}

/// A function that gives each event to another one.
fn calling(caller: FunctionBuilder, callee: &Function) -> Function {
    let callee = callee.clone();
    caller.in_process(move |api| {
        let callee = callee.clone();
        answering(api, move |event| {
            let invoked = callee.clone();
            async move { invoked.invoke(event.body).await.payload().to_vec() }
        })
    })
}

fn is_answered(outcome: &Outcome) {
    assert_eq!(outcome.payload(), "[1]");
}

#[test]
fn code_may_hold_the_last_handle_of_another_function_when_the_service_ends() {
    ends(|| async {
        let mock = MockLambda::new();
        let callee = mock.function("callee").in_process(echo);
        let caller = calling(mock.function("caller"), &callee);
        is_answered(&caller.invoke("[1]").await);
        mock.finish().await.unwrap();
    });
}

#[test]
fn code_may_hold_the_last_handle_of_another_function_when_it_is_replaced() {
    ends(|| async {
        let mock = MockLambda::new();
        let callee = mock.function("callee").in_process(echo);
        let caller = calling(mock.function("caller"), &callee);
        drop(callee);
        let callee = mock.function("callee").in_process(echo);
        calling(caller.update(), &callee);
        is_answered(&caller.invoke("[1]").await);
        mock.finish().await.unwrap();
    });
}

#[test]
fn code_may_hold_the_last_handle_of_another_function_when_its_own_name_is_taken() {
    ends(|| async {
        let mock = MockLambda::new();
        let callee = mock.function("callee").in_process(echo);
        drop(calling(mock.function("caller"), &callee));
        drop(callee);
        let callee = mock.function("callee").in_process(echo);
        let caller = calling(mock.function("caller"), &callee);
        is_answered(&caller.invoke("[1]").await);
        mock.finish().await.unwrap();
    });
}

/// Uses the service once more when it goes.
struct Last(MockLambda);

impl Drop for Last {
    fn drop(&mut self) {
        self.0.function("last").in_process(echo);
    }
}

#[test]
fn what_goes_with_a_function_whose_name_is_taken_may_use_the_service() {
    ends(|| async {
        let mock = MockLambda::new();
        let last = Last(mock.clone());
        mock.function("f").in_process(move |api| {
            let _held = &last;
            echo(api)
        });
        let function = mock.function("f").in_process(echo);
        is_answered(&function.invoke("[1]").await);
        mock.finish().await.unwrap();
    });
}
