//! Guests that end when they should not, and what is left of them.

use mock_server::{MockLambda, Rule, core::Exit};

use super::{Stage, invocation};
use crate::{
    guest::{INIT_ERROR, NEXT, answering},
    raw::{self, Connection},
};

#[tokio::test(start_paused = true)]
async fn an_exit_is_a_breach_whatever_its_status() {
    for (result, seen) in [(Ok(()), "exit status 0"), (Err("no table"), "exit status 1")] {
        let mock = MockLambda::new();
        let function = mock.function("f").in_process(move |api| async move {
            Connection::open(&api).await.get(NEXT).await;
            result
        });
        assert_eq!(function.invoke("{}").await.error_type(), Some("Runtime.ExitError"));
        let [misuse] = &mock.misuse()[..] else { panic!("{:?}", mock.misuse()) };
        assert_eq!((misuse.rule, &*misuse.seen), (Rule::Exited, seen));
    }
}

#[tokio::test(start_paused = true)]
async fn an_exit_while_nothing_goes_on_is_a_breach_too() {
    let mock = MockLambda::new();
    let function = mock.function("f").in_process(|api| async move {
        tokio::select! {
            _ = answering(api, async |event| event.body) => {}
            () = tokio::time::sleep(std::time::Duration::from_secs(60)) => {}
        }
        Ok::<_, String>(())
    });
    assert!(function.invoke("{}").await.is_success());
    let is_exit = |event: &mock_server::Event| *event == mock_server::Event::Exited(Exit::Code(0));
    mock.timeline().wait_for(|entry| is_exit(&entry.event)).await;
    assert_eq!(mock.misuse().iter().map(|misuse| misuse.rule).collect::<Vec<_>>(), [Rule::Exited]);
}

#[tokio::test(start_paused = true)]
async fn an_exit_after_an_init_error_is_what_is_wanted() {
    let mock = MockLambda::new();
    let function = mock.function("f").in_process(|api| async move {
        Connection::open(&api).await.post(INIT_ERROR, "{}").await;
        Err("no table")
    });
    assert!(!function.invoke("{}").await.is_success());
    assert!(mock.finish().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_call_of_a_guest_that_has_been_replaced() {
    let stage = Stage::new();
    let (old, outcome) = stage.launched("r-1").await;
    let mut runtime = Connection::open(&old).await;
    runtime.get(NEXT).await;
    assert!(outcome.await.unwrap().is_timeout());
    drop(runtime);
    let (mut runtime, _outcome) = stage.puppet.connected(invocation("r-2")).await;
    runtime.get(NEXT).await;
    let mut left_over = Connection::open(&old).await;
    left_over.send_in_vain(raw::get(NEXT)).await;
    assert!(left_over.try_reply().await.is_none());
    assert_eq!(stage.broken_by_runtime(), [Rule::TimedOut, Rule::OutlivedItsProcess]);
}
