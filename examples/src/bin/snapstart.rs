//! SnapStart: close what does not survive a snapshot, and open it again in each copy.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use lambda_runtime::{BoxFuture, Error, LambdaEvent, Runtime, SnapStartResource, service_fn};
use serde_json::{Value, json};

/// Stands for a pool of connections.
struct Pool {
    is_open: AtomicBool,
}

impl SnapStartResource for Pool {
    fn before_snapshot(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async move {
            self.is_open.store(false, Ordering::Relaxed);
            Ok(())
        })
    }

    fn after_restore(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async move {
            self.is_open.store(true, Ordering::Relaxed);
            Ok(())
        })
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let pool = Arc::new(Pool { is_open: AtomicBool::new(true) });
    let handler_pool = Arc::clone(&pool);
    let handler = service_fn(move |_: LambdaEvent<Value>| {
        let is_open = handler_pool.is_open.load(Ordering::Relaxed);
        async move { Ok::<_, Error>(json!({ "poolIsOpen": is_open })) }
    });
    Runtime::new(handler).register_snapstart_resource(pool).run().await
}
