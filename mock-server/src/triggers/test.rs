//! What wakes a service that has shut down.

use crate::{MockLambda, core::trigger::topic::Publication};

fn stands_still(mock: &MockLambda) -> (bool, bool) {
    let world = mock.world();
    (*world.triggers.common.is_paused.borrow(), world.hub().pauses_queue)
}

#[tokio::test(start_paused = true)]
async fn what_the_service_tells_itself_does_not_wake_it_and_what_comes_from_outside_does() {
    let mock = MockLambda::new();
    let (queue, topic) = (mock.queue("results"), mock.topic("results"));
    topic.subscribe(&queue).unwrap();
    mock.shut_down().await;
    queue.take_in("a".into()).unwrap();
    topic.pass_on(Publication::new("b")).unwrap();
    assert_eq!(queue.counts().visible, 2);
    assert_eq!(stands_still(&mock), (true, true));
    topic.publish("c").unwrap();
    assert_eq!(stands_still(&mock), (false, false));
    mock.shut_down().await;
    queue.send("d").unwrap();
    assert_eq!(stands_still(&mock), (false, true));
}
